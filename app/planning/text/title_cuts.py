"""What a long sentence gives for a title: a whole clause, its beginning up to a noun, or a noun phrase of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate

from app.planning.text.graphemes import line_units
from app.planning.text.hooks import plain_words
from app.planning.text.marks import CLAUSE_MARKS, CLOSING_MARKS, END_MARKS, OPENING_MARKS
from app.planning.text.title_words import TitleWords

MIN_WORDS, MAX_WORDS = 2, 6
# A beginning of two words that is no subject says less than a noun phrase from the rest of the sentence.
SHORT_WORDS = 3
_MARKS = CLAUSE_MARKS + CLOSING_MARKS + END_MARKS + OPENING_MARKS
ELISION = re.compile(r"^(?:[ldjcsnmt]|qu|jusqu|un|all|dell|nell|dall|sull)['’](?=\w)", re.IGNORECASE)
# Links that are not followed by a noun alone, and links inside a noun phrase.
_OTHERS = """
to and or but that not never also only always often probably just almost even if when who which because so zu dass nicht
que qui ne pas no che non não dat te niet und et y e ou o
"""
_OFS = "of von de di van da do der des du del dei della delle dos das"
_BEFORE_OTHERS, _OF = frozenset(_OTHERS.split()), frozenset(_OFS.split())
# The rest of the verb comes after the object.
_AUXILIARIES = "habe hat haben habt hatte hatten bin bist seid kann können muss müssen will wollen soll wird werden"
_GERMAN_AUXILIARIES = frozenset(_AUXILIARIES.split())
_RELATIVE = frozenset(("that", "which", "who", "whose", "where"))
_DEMONSTRATIVE = frozenset(("this", "that", "these", "those"))
ENGLISH_VERB = re.compile(r"[a-z]{3,}(?:s|ed)")


class _Text:
    """The words of a text, as written and plain, and where it may be cut between units that stay together."""

    def __init__(self, text: str) -> None:
        self.written = text.split()
        self.plain = plain_words(self.written)
        self.ends = set(accumulate(len(unit.split()) for unit in line_units(text)))

    def part(self, start: int, end: int) -> str:
        return " ".join(self.written[start:end]).rstrip(CLAUSE_MARKS + "?!？！ ")

    def pauses_after(self, index: int) -> bool:
        return index + 1 >= len(self.written) or self.written[index][-1:] in tuple(CLAUSE_MARKS + END_MARKS)


def without_introduction(sentence: str, words: TitleWords) -> str:
    """Return ``sentence`` without the words before what it says ("Did you know that …")."""
    start = sentence.lstrip(OPENING_MARKS)
    for introduction in words.introductions:
        if start.lower().startswith(f"{introduction} "):
            return start[len(introduction) :].strip().rstrip("?？ ")
    return sentence


def cut_sentence(sentence: str, words: TitleWords, key_words: Callable[[], Sequence[str]]) -> str:
    """Return the part of a long sentence that says something by itself, in at most six words; "" if none is found.

    ``key_words`` returns the key words of the sentence, the best first, and is called if they are needed.
    """
    clauses = _clauses(sentence)
    main = _main_clauses(clauses, words)
    if clause := next((clause for clause in main if len(clauses) > 1 and _is_whole(clause, words)), ""):
        return clause
    beginnings = [cut for part in (*main, sentence) if (cut := _beginning(_Text(part), words))]
    long_ones = [cut for cut in beginnings if len(cut.split()) >= SHORT_WORDS or _is_subject(cut, sentence, words)]
    first = [clauses[0]] if SHORT_WORDS < len(clauses[0].split()) <= MAX_WORDS and len(clauses) > 1 else []
    first = [clause for clause in first if words.may_end(_Text(clause).plain[-1])]
    phrases = _ranked(_noun_phrases(_Text(sentence), words), key_words)
    return next(iter([*long_ones, *first, *phrases, *beginnings]), "") or _single_subject(_Text(sentence), words)


def _clauses(sentence: str) -> list[str]:
    """Return the clauses of ``sentence``, without the marks between them."""
    clauses, clause = [], ""
    for unit in line_units(sentence):
        clause += unit
        if unit.strip().rstrip(CLOSING_MARKS)[-1:] in tuple(CLAUSE_MARKS):
            clauses.append(clause)
            clause = ""
    parts = [part.strip(CLAUSE_MARKS + " ") for part in (*clauses, clause)]
    return [part for part in parts if part]


def _is_whole(clause: str, words: TitleWords) -> bool:
    plain = _Text(clause).plain
    is_short = MIN_WORDS <= len(plain) <= MAX_WORDS
    # The noun after a copula is incomplete without the clause that follows it.
    is_complete = not words.copulas & {*plain} and plain[0] not in words.links and words.may_end(plain[-1])
    return is_short and is_complete


def _main_clauses(clauses: Sequence[str], words: TitleWords) -> list[str]:
    """Return the clauses that begin like a sentence, with a subject of their own.

    One that begins with another word in lower case goes on with the subject of the clauses before it; only the second
    one is an order or the like, if the first says when, if or who.
    """
    result = []
    for index, clause in enumerate(clauses):
        first, before = _Text(clause).plain[0], _Text(clauses[0]).plain
        begins_anew = not index or not clause[0].islower() or first in words.determiners | words.pronouns
        follows = index == 1 and (before[0] in words.openers or (len(before) == 1 and before[0] in words.pronouns))
        if _begins_main_clause(clause, words) and (begins_anew or follows):
            result.append(clause)
    return result


def _begins_main_clause(clause: str, words: TitleWords) -> bool:
    """Return whether ``clause`` begins like a sentence; a German clause may begin with its verb, in lower case."""
    first = _Text(clause).plain[0]
    is_inverted = "der" in words.determiners and clause[0].islower() and first not in words.determiners
    return first not in words.openers and not is_inverted


# -- the beginning ---------------------------------------------------------------------------------------------------


def _beginning(text: _Text, words: TitleWords) -> str:
    """Return the longest beginning of ``text`` that ends with a noun before a link, or the subject; "" if none does."""
    for count in range(min(MAX_WORDS, len(text.written) - 1), MIN_WORDS - 1, -1):
        may_end = count in text.ends and text.plain[count - 1] and words.may_end(text.plain[count - 1])
        if may_end and (_ends_subject(text.plain, count, words) or _ends_with_noun(text, count, words)):
            return text.part(0, count)
    return ""


def _is_subject(beginning: str, sentence: str, words: TitleWords) -> bool:
    text, count = _Text(sentence), len(beginning.split())
    return text.part(0, count) == beginning and _ends_subject(text.plain, count, words)


def _ends_subject(plain: Sequence[str], count: int, words: TitleWords) -> bool:
    """Return whether the first ``count`` words are a subject: a verb follows, and none is before it."""
    before = plain[:count]
    starts_with_noun = before[0] not in words.openers | words.links | words.pronouns | words.verbs
    if _has_inner_clause(before, words):
        return False
    is_verb_next = _is_verb(plain, count, words) and not any(_is_verb(plain, index, words) for index in range(count))
    return is_verb_next and starts_with_noun and not words.pronouns & {*before}


def _has_inner_clause(plain: Sequence[str], words: TitleWords) -> bool:
    """Return whether a noun has a clause without a relative word ("three things your cat wants")."""
    nouns = words.determiners | words.links
    return any(
        first in words.determiners and noun not in nouns and after in words.determiners
        for first, noun, after in zip(plain, plain[1:], plain[2:], strict=False)
    )


def _is_verb(plain: Sequence[str], index: int, words: TitleWords) -> bool:
    """Return whether a word is a verb: one of the list, or in English one with its ending before a determiner or link.

    The word after a determiner is none.
    """
    if plain[index] in words.verbs:
        return plain[index] not in words.determiners or (index > 1 and plain[index] in words.copulas)
    is_ending = "the" in words.determiners and index > 1 and ENGLISH_VERB.fullmatch(plain[index])
    after = plain[index + 1] if index + 1 < len(plain) else ""
    follows_noun = plain[index - 1] not in words.determiners | words.links
    # "taught machines to read"
    is_infinitive = after == "to" and plain[index + 2 : index + 3] and plain[index + 2] not in words.determiners
    return (
        bool(is_ending and not is_infinitive)
        and follows_noun
        and after in (words.determiners | words.links) - _OF - _RELATIVE - {"and", "or"}
    )


def _ends_with_noun(text: _Text, count: int, words: TitleWords) -> bool:
    """Return whether the first ``count`` words end with a noun, and what follows may be left out."""
    is_open = "der" in words.determiners and _GERMAN_AUXILIARIES & {*text.plain[:count]}
    if is_open or words.copulas & {*text.plain[:count]} or _is_verb(text.plain, count - 1, words):
        return False
    # "personne ne ferme": the verb comes next.
    is_link_next = text.plain[count] in words.links - {"ne"}
    return (is_link_next or text.pauses_after(count - 1)) and _is_noun(text, count - 1, words)


def _is_noun(text: _Text, index: int, words: TitleWords) -> bool:
    """Return whether the word at ``index`` is a noun: by what is before it, by its capital or by its digits."""
    word = text.written[index].strip(_MARKS)
    if index and (word[:1].isupper() or word[:1].isdigit() or text.plain[index] == "o'clock" or ELISION.match(word)):
        return True
    if index > 1 and text.plain[index - 1] in _RELATIVE and text.plain[index - 2] not in words.links:
        return False
    before = words.determiners | (words.links - _BEFORE_OTHERS)
    if text.plain[index + 1 : index + 2] and text.plain[index + 1] in _RELATIVE and {*text.plain[:index]} & before:
        return True
    # "The Moon pulls": the word after the noun of a first determiner may be a verb.
    is_second = index > 2 and text.plain[index - 2] in before - _DEMONSTRATIVE
    return text.plain[index - 1] in before or (is_second and text.plain[index - 1] not in words.verbs)


def _single_subject(text: _Text, words: TitleWords) -> str:
    """Return the first word of ``text`` if it is a name or a noun before a verb ("Venice is …")."""
    first = text.plain[0]
    is_noun = words.may_end(first) and first not in words.openers and len(first) > MIN_WORDS
    return text.part(0, 1) if is_noun and text.plain[1:2] and text.plain[1] in words.verbs else ""


# -- noun phrases ----------------------------------------------------------------------------------------------------


def _noun_phrases(text: _Text, words: TitleWords) -> Iterator[str]:
    """Yield the phrases of ``text`` that begin with a determiner and end before a link, a verb or a pause."""
    for start, word in enumerate(text.plain):
        if start and word in words.determiners - words.openers - words.links - words.copulas - _DEMONSTRATIVE:
            # "Das ist passiert" is no noun phrase.
            is_pronoun = text.plain[start + 1 : start + 2] and text.plain[start + 1] in words.verbs
            end = start if is_pronoun else _end_of_phrase(text, start, words)
            if MIN_WORDS <= end - start <= MAX_WORDS and end in text.ends and words.may_end(text.plain[end - 1]):
                yield text.part(start, end)


def _end_of_phrase(text: _Text, start: int, words: TitleWords) -> int:
    """Return the index after the noun phrase that begins at ``start``; ``start`` if there is none."""
    stops = words.links | words.verbs | words.pronouns
    for index in range(start + 1, len(text.plain)):
        if text.plain[index] in words.determiners:
            # The word before a determiner is the verb of the phrase, unless a preposition leads to it.
            return index - 1 if text.plain[index - 1] not in words.links and index - start > MIN_WORDS else start
        after = text.plain[index + 1] if index + 1 < len(text.plain) else ""
        is_verb_next = index + 1 < len(text.plain) and _is_verb(text.plain, index + 1, words)
        is_german_noun = "der" in words.determiners and text.written[index][:1].isupper()
        if text.pauses_after(index) or is_verb_next or is_german_noun or (after in stops and after not in _OF):
            return index + 1
        if after in _OF:
            return _end_of_phrase_with_of(text, start, index, words)
    return start


def _end_of_phrase_with_of(text: _Text, start: int, noun: int, words: TitleWords) -> int:
    """Return the end of the phrase "the right kind of wood" whose first noun is at ``noun``."""
    for index in range(noun + 2, min(start + MAX_WORDS, len(text.plain))):
        is_end = text.pauses_after(index) or text.plain[index + 1] in words.links | words.verbs
        if is_end and words.may_end(text.plain[index]):
            return index + 1
    return noun + 1


def _ranked(phrases: Iterator[str], key_words: Callable[[], Sequence[str]]) -> list[str]:
    """Return the phrases in the order of the best key word that each has; those without one are left out."""
    candidates = list(phrases)
    ranks = {word.lower(): rank for rank, word in reversed(list(enumerate(key_words() if candidates else ())))}
    scored = [
        (min((rank for word, rank in ranks.items() if word in phrase.lower()), default=len(ranks)), phrase)
        for phrase in candidates
    ]
    return [phrase for _, phrase in sorted(scored, key=lambda pair: pair[0])]
