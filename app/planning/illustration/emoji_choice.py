"""The emoji that a line names: concrete words before general ones, and none for grave lines, names and idioms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import regex

from app.planning.illustration.sensitive import is_sensitive
from app.planning.illustration.word_forms import last_parts, word_forms
from app.planning.illustration.word_table import Entry, Term, word_table
from app.planning.text.language import primary_subtag
from app.planning.text.people_words import ADDRESSES, SHOWN_TITLES

MAX_TERM_WORDS = 3
WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+(?:['’\-][\p{L}\p{M}\p{N}]+)*")
TITLE = regex.compile(f"{SHOWN_TITLES}|{ADDRESSES}")
SENTENCE_END = regex.compile(r"[.!?…:;¿¡\"“„»«]")
# Words after which a word is a noun; there may be an adjective between.
_ARTICLES = """
    a an the this that these those my your our his her their its every each one two three four five another any some
    no by
"""
# Capitals inside a sentence are names, except in these words.
_CAPITALISED = """
    christmas xmas halloween saturn jupiter everest paris hollywood ai dna gps iphone tv dj nfl diy bitcoin valentine
    noël navidad monday tuesday wednesday thursday friday saturday sunday earth adn ia
"""
ARTICLES, CAPITALISED = frozenset(_ARTICLES.split()), frozenset(_CAPITALISED.split())
_IDIOMS = """
    piece of cake, break a leg, under the weather, hit the road, cold feet, hot potato, big apple, white house,
    silver lining, heart attack, elephant in the room, cats and dogs, cash cow, top dog, star wars, black market,
    in the long run, out of the blue, at the end of the day, by the way, in light of, bear in mind, on the house,
    ice breaker, of course, cold call, cold calls, cold email, bread and butter, apple of, fish for
"""
IDIOMS = tuple(tuple(idiom.split()) for idiom in _IDIOMS.split(","))


@dataclass(frozen=True, slots=True)
class EmojiMatch:
    """An ``emoji`` for the words ``[first, last)`` of a line; a ``general`` one serves if there is no other."""

    emoji: str
    first: int
    last: int
    general: bool = False


def emoji_matches(line: str, language: str) -> tuple[EmojiMatch, ...]:
    """Return the emoji that ``line`` names, in order; general ones only if there are no others."""
    code = primary_subtag(language)
    table = word_table(code)
    if not table or is_sensitive(line, code):
        return ()
    matches = tuple(_matches(line, code, table))
    concrete = tuple(match for match in matches if not match.general)
    return concrete or matches


def words_of(line: str) -> list[str]:
    """Return the words of ``line`` as written; matches count them."""
    return [match[0] for match in WORD.finditer(line)]


def _matches(line: str, code: str, table: Mapping[Term, Entry]) -> Iterator[EmojiMatch]:
    words = words_of(line)
    lower = [word.casefold() for word in words]
    names = _names(line, code)
    index = 0
    while index < len(words):
        idiom = next((idiom for idiom in IDIOMS if tuple(lower[index : index + len(idiom)]) == idiom), ())
        length, entry = (len(idiom), None) if idiom else _longest(lower, index, code, table)
        is_name = length == 1 and index in names and lower[index] not in CAPITALISED
        if entry and not is_name and (not entry.needs_article or _after_article(lower, index, code)):
            yield EmojiMatch(entry.emoji, index, index + length, entry.general)
        index += max(1, length)


def _longest(lower: Sequence[str], index: int, code: str, table: Mapping[Term, Entry]) -> tuple[int, Entry | None]:
    """Return the number of words and the entry of the longest term that begins at ``index``."""
    for length in range(min(MAX_TERM_WORDS, len(lower) - index), 0, -1):
        before, last = lower[index : index + length - 1], lower[index + length - 1]
        for form in word_forms(last, code):
            if entry := table.get((*before, form)):
                return length, entry
    compounds = (form for part in last_parts(lower[index], code) for form in word_forms(part, code))
    return 1, next((table[(form,)] for form in compounds if (form,) in table), None)


def _after_article(lower: Sequence[str], index: int, code: str) -> bool:
    return code != "en" or any(word in ARTICLES for word in lower[max(0, index - 2) : index])


def _names(line: str, code: str) -> frozenset[int]:
    """Return the indexes of the words after a title of a person, and of those with a capital inside a sentence.

    The latter do not count in German and in titles of films.
    """
    found = list(WORD.finditer(line))
    capital = [match[0][:1].isupper() for match in found]
    titled = frozenset(index for index, (before, _) in enumerate(pairwise(found), 1) if TITLE.fullmatch(before[0]))
    if code == "de" or 2 * sum(capital) > len(found):
        return titled
    gaps = ["", *(line[before.end() : after.start()] for before, after in pairwise(found))]
    inside = [index > 0 and not SENTENCE_END.search(gap) for index, gap in enumerate(gaps)]
    return titled | {index for index, is_name in enumerate(capital) if is_name and inside[index]}
