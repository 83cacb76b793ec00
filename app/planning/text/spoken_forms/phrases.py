"""Find the phrases of a text that are spoken otherwise than they are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

# Replaces the characters of a phrase, so that no later rule matches them: a noncharacter of Unicode.
CLAIMED = "\ufdd0"
# Spaces that may stand inside a phrase; a line break never does.
GAP = "[ \u00a0\u2009\u202f]"


@dataclass(frozen=True, slots=True)
class Said:
    """Words (``text``) that say what stands at character ``at`` of the text."""

    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Phrase:
    """The characters ``[start, end)`` of a text and how they are said; without ``said`` they are silent."""

    start: int
    end: int
    said: tuple[Said, ...]


Saying = Callable[[re.Match[str]], Sequence[Said] | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """``say`` returns how a match of ``pattern`` is said, or ``None`` if the match is no such phrase.

    In the text of the match, phrases of earlier rules are replaced by ``CLAIMED``.
    """

    pattern: re.Pattern[str]
    say: Saying


def find_phrases(text: str, rules: Iterable[Rule]) -> tuple[Phrase, ...]:
    """Return the phrases of ``text`` in order; they do not overlap, because the first rule that matches wins."""
    phrases: list[Phrase] = []
    for rule in rules:
        found = _phrases_of_rule(text, rule)
        for phrase in found:
            text = text[: phrase.start] + CLAIMED * (phrase.end - phrase.start) + text[phrase.end :]
        phrases += found
    return tuple(sorted(phrases, key=lambda phrase: phrase.start))


def _phrases_of_rule(text: str, rule: Rule) -> list[Phrase]:
    phrases: list[Phrase] = []
    position = 0
    while match := rule.pattern.search(text, position):
        said = rule.say(match)
        position = match.start() + 1
        if said is not None and match.end() > match.start():
            phrases.append(Phrase(match.start(), match.end(), tuple(said)))
            position = match.end()
    return phrases


def said_as(text: str) -> Saying:
    """Return a saying that reads every match as ``text``; an empty text is silent."""
    return lambda match: (Said(text, match.start()),) if text else ()


def text_before(match: re.Match[str]) -> str:
    """Return the part of the line before the match."""
    return match.string[: match.start()].rpartition("\n")[2]


def text_after(match: re.Match[str]) -> str:
    """Return the part of the line after the match."""
    return match.string[match.end() :].partition("\n")[0]


def alternatives(texts: Iterable[str]) -> str:
    """Return a pattern that matches each of ``texts`` literally, the longest first."""
    return "|".join(re.escape(text) for text in sorted(texts, key=lambda text: (-len(text), text)))
