"""Recognise quotations with their authors: after a dash or in parentheses, or introduced by "X said: …"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import regex

from app.planning.text.marks import CLOSING_MARKS, END_MARKS
from schemas.text_width import is_unspaced

MAX_AUTHOR_WORDS = 8
# Shorter ones are words that are stressed or doubted.
MIN_QUOTE_WORDS, MIN_UNSPACED_CHARACTERS = 4, 8
DASHES = "—–―"
# The pairs of marks: opening, closing. Words in ‘…’ are rather stressed, and have apostrophes.
_PAIRS = (('"', '"'), ("“", "”"), ("„", "“”"), ("«", "»"), ("»", "«"), ("‚", "‘’"), ("「", "」"), ("『", "』"))
_QUOTE = "|".join(rf"{opening}(?:(?![{opening}{closing}]).)+[{closing}]" for opening, closing in _PAIRS)
# The mark of inches stands after a number.
QUOTED = regex.compile(rf"(?:^|(?<=[\s(:,–—]))(?:{_QUOTE})(?!\w)")
_PARTICLE_WORDS = "van von de del della da di la le el al bin ibn der den the of"
PARTICLES = tuple(_PARTICLE_WORDS.split())
_NAME_WORD = r"(?:\p{Lu}[\p{L}'’.-]*|\p{Lo}+)"
_NAME = rf"{_NAME_WORD}(?:\s(?:(?:{'|'.join(PARTICLES)})\s){{0,2}}{_NAME_WORD}){{0,4}}"
_AFTER_NAME = r"(?:,\s[^.!?\"“”„«»]{1,60})?"
DASHED = regex.compile(rf"\s*(?:[{DASHES}]+|-\s)\s*(?P<author>{_NAME}{_AFTER_NAME})\s*(?=$|[.!?](?:\s|$))\.?")
BRACKETED = regex.compile(rf"\s*\((?P<author>{_NAME}{_AFTER_NAME})\)\.?")
_SAYING = (
    "said|says|wrote|writes|put it|puts it|explained|explains|answered|replied|sagte|sagt|schrieb|schreibt|meinte"
    "|erklärte|formulierte|a dit|dit|disait|écrit|a écrit|écrivait|répondit|dijo|dice|decía|escribió|escribe|explicó"
    "|respondió"
)
_ONCE = "once|famously|often|later|einmal|einst|un jour|una vez"
_NO_NAME_WORDS = """
He She They We You I It Who Everyone Everybody Nobody People Someone My The A An His Her Their Our Then And But
Er Sie Es Wir Ich Man Jemand Alle Niemand Mein Meine Der Die Das Und Dann Doch Il Elle Ils Elles On Nous Je Mon Ma Le
La Les Et Mais Él Ella Ellos Ellas Nadie Todos Yo Mi El Los Las Y Pero
"""
_NO_NAMES = frozenset(_NO_NAME_WORDS.split())
INTRODUCED = regex.compile(
    rf"(?:^|(?<=[.!?…]\s))(?:(?:As|Like|Wie|Comme|Como)\s)?(?:(?:{_SAYING})\s)?(?P<author>{_NAME})"
    rf"(?:\s(?:{_ONCE}))?(?:\s(?:{_SAYING}))?(?:\s(?:{_ONCE}|in \d{{4}}|es|it))?\s?[:,：，]\s*$"
)
_SAID = regex.compile(rf"(?<!\p{{L}})(?:{_SAYING})(?!\p{{L}})")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a paragraph: plain ``text``, or a quotation with its ``author`` as he is named there.

    ``is_introduced`` says that the words before the quotation name the author, who is not named after it.
    """

    text: str
    author: str = ""
    is_introduced: bool = False


def quotation_parts(text: str) -> tuple[Part, ...]:
    """Return the quotations of a paragraph that have an author, and the text around them, in order."""
    parts: list[Part] = []
    start = 0
    for match in QUOTED.finditer(text):
        if match.start() < start or not _is_quotation(match[0]):
            continue
        before, after = text[start : match.start()], text[match.end() :]
        if named := DASHED.match(after) or BRACKETED.match(after):
            parts += [Part(before.strip()), Part(match[0], named["author"].strip())]
            start = match.end() + named.end()
        elif author := _introduced_author(before):
            parts += [Part(before.strip()), Part(match[0], author, is_introduced=True)]
            start = match.end()
    return tuple(part for part in (*parts, Part(text[start:].strip())) if part.text)


def _is_quotation(quoted: str) -> bool:
    words = quoted.split()
    is_unspaced_text = sum(map(is_unspaced, quoted)) >= MIN_UNSPACED_CHARACTERS
    return len(words) >= MIN_QUOTE_WORDS or is_unspaced_text


def _introduced_author(before: str) -> str:
    """Return the name in words that introduce a quotation ("As Seneca put it, "); "" if there is none."""
    match = INTRODUCED.search(before.strip())
    if match is None or not _SAID.search(match[0]):
        return ""
    words = match["author"].split()
    return "" if words[0] in _NO_NAMES else match["author"]


def author_index(words: Sequence[str]) -> int | None:
    """Return the index of the word that begins the author of a quotation, its dash; ``None`` if there is no author.

    A dash begins an author after the end of a sentence or a quotation, before a short name at the end of the words.
    """
    first = max(1, len(words) - MAX_AUTHOR_WORDS - 1)
    for index in range(first, len(words)):
        is_dash = words[index][:1] in tuple(DASHES) and words[index - 1][-1:] in tuple(END_MARKS + CLOSING_MARKS)
        if is_dash and is_author(" ".join(words[index:]).lstrip(f"{DASHES} ")):
            return index
    return None


def is_author(text: str) -> bool:
    """Return whether ``text`` can be the name of an author: short, with a capital and without the end of a sentence."""
    words = text.split()
    if not 0 < len(words) <= MAX_AUTHOR_WORDS or words[-1][-1] in "!?…:;,":
        return False
    # "Maria loves it." is a sentence, "Ancient Chinese proverb" is none.
    is_sentence = words[-1][-1] == "." and any(word[:1].islower() and word not in PARTICLES for word in words)
    first = text.lstrip('"“«(')[:1]
    return not is_sentence and first.isalpha() and not first.islower() and not re.search(r"[^\W\d_]{3}[.!?]\s", text)
