"""The table of words that have an emoji, by language; ``words.txt`` and ``names.txt`` are its data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

# The columns of ``words.txt``.
LANGUAGES = ("en", "de", "fr", "es")
WORDS_FILE, NAMES_FILE = (Path(__file__).with_name(name) for name in ("words.txt", "names.txt"))
NEEDS_ARTICLE, GENERAL = "*", "~"

# The words of a term, in lower case.
Term = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """The ``emoji`` of a term.

    With ``needs_article``, the term counts only after an article or a pronoun. A ``general`` term counts only in a line
    without other terms.
    """

    emoji: str
    needs_article: bool = False
    general: bool = False


@lru_cache(maxsize=8)
def word_table(code: str) -> Mapping[Term, Entry]:
    """Return the terms of the language with the two-letter ``code``; empty for a language without data."""
    rows = _words(LANGUAGES.index(code)) if code in LANGUAGES else _names(code)
    table: dict[Term, Entry] = {}
    for emoji, text in rows:
        mark = text[:1]
        term = tuple(text.lstrip(NEEDS_ARTICLE + GENERAL).casefold().split())
        table.setdefault(term, Entry(emoji, mark == NEEDS_ARTICLE, mark == GENERAL))
    return table


def _rows(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the emoji and the rest of each line."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            emoji, _, rest = line.partition(" ")
            yield emoji, rest


def _words(column: int) -> Iterator[tuple[str, str]]:
    for emoji, rest in _rows(WORDS_FILE):
        yield from ((emoji, word.strip()) for word in rest.split("|")[column].split(",") if word.strip())


def _names(code: str) -> Iterator[tuple[str, str]]:
    for emoji, rest in _rows(NAMES_FILE):
        names = dict(part.split(": ", 1) for part in rest.split(", "))
        if code in names:
            yield emoji, names[code]
