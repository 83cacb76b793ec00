"""How written text is spoken: amounts, units, signs, dates and abbreviations in words, with the tokens they stand for.

A token is a run of characters without white space. Captions show tokens as written; a voice gets the spoken words.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module

from app.planning.text.language import primary_subtag
from app.planning.text.spoken_forms.owners import Range, assign_owners
from app.planning.text.spoken_forms.phrases import Phrase, Rule, find_phrases, said_as
from schemas.alias import Alias

# The module with the rules of each language. It is imported when a text is in the language: its patterns are many.
MODULES = {"en": "english", "de": "european.german", "fr": "european.french", "es": "european.spanish"}
# A spoken phrase joins these characters before it: "(5" is "(five", "pre-5" is "pre-five".
_OPENING = frozenset("([{<«‹„“‘\"'¿¡-–—")


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A spoken word without white space, and the written tokens ``[start, end)`` that it says."""

    text: str
    start: int
    end: int


def spoken_words(text: str, language: str, aliases: Sequence[Alias] = ()) -> tuple[SpokenWord, ...]:
    """Return the words that say ``text``, in order; every token of ``text`` that is not a silent sign has one.

    The owners are sorted. A language without rules keeps its tokens, except those that ``aliases`` have.
    """
    said_otherwise = [_rule_of_alias(alias, language) for alias in aliases]
    rules = (*said_otherwise, *_rules(primary_subtag(language)))
    phrases = find_phrases(_with_ascii_digits(text), rules)
    pieces = list(_pieces(text, phrases)) if text.strip() else []
    return tuple(_join(pieces))


def _rule_of_alias(alias: Alias, language: str) -> Rule:
    words = r"\s+".join(map(re.escape, alias.written.split()))
    return Rule(re.compile(rf"(?<!\w){words}(?!\w)"), said_as(spoken_form(alias.spoken, language)))


def spoken_form(text: str, language: str) -> str:
    """Return ``text`` as it is spoken, with single spaces."""
    return " ".join(word.text for word in spoken_words(text, language))


def _rules(language: str) -> tuple[Rule, ...]:
    module = MODULES.get(language)
    return import_module(f"{__name__}.{module}").RULES if module else ()


def _with_ascii_digits(text: str) -> str:
    """Return ``text`` with the decimal digits of every script as ASCII digits, at the same positions."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(char, char)) for char in text)


def _pieces(text: str, phrases: Sequence[Phrase]) -> Iterator[tuple[str, Range]]:
    """Yield parts of the spoken text with their owners; a part of white space separates words."""
    starts = [match.start() for match in re.finditer(r"\S+", text)]
    position = 0
    for phrase in phrases:
        yield from _written_pieces(text, position, phrase.start, starts)
        if phrase.start and text[phrase.start - 1] not in _OPENING:
            yield " ", (0, 0)
        yield from _spoken_pieces(phrase, starts)
        if not phrase.said or text[phrase.end : phrase.end + 1].isalnum():
            yield " ", (0, 0)
        position = phrase.end
    yield from _written_pieces(text, position, len(text), starts)


def _written_pieces(text: str, start: int, end: int, starts: Sequence[int]) -> Iterator[tuple[str, Range]]:
    for match in re.compile(r"\s+|\S+").finditer(text, start, end):
        token = max(0, bisect_right(starts, match.start()) - 1)
        yield match[0], (token, token + 1)


def _spoken_pieces(phrase: Phrase, starts: Sequence[int]) -> Iterator[tuple[str, Range]]:
    """Yield the words of a phrase with spaces between them; the preferred owner of a word is the token it says."""
    first = bisect_right(starts, phrase.start) - 1
    count = bisect_right(starts, phrase.end - 1) - first
    words = [(word, bisect_right(starts, said.at) - 1 - first) for said in phrase.said for word in said.text.split()]
    if not words:
        return
    for index, (start, end) in enumerate(assign_owners([owner for _, owner in words], count)):
        if index:
            yield " ", (0, 0)
        yield words[index][0], (first + start, first + end)


def _join(pieces: Sequence[tuple[str, Range]]) -> Iterator[SpokenWord]:
    """Yield the words that pieces without white space between them form."""
    text, start, end = "", 0, 0
    for piece, owners in [*pieces, (" ", (0, 0))]:
        if not piece.isspace():
            text, start, end = text + piece, (start if text else owners[0]), owners[1]
        elif text:
            yield SpokenWord(text, start, end)
            text = ""
