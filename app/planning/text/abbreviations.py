"""Words that end with the dot of an abbreviation ("Dr.", "Ave.", "Jan.", "U.S.") and not with a full stop."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from app.planning.text.bound_words import MONTHS, STREETS
from app.planning.text.language import primary_subtag
from app.planning.text.marks import CLOSING_MARKS, OPENING_MARKS

KINDS = ("names", "numbers", "leading", "closing", "suffixes")
# A text of unknown language has the abbreviations of these.
FREQUENT = ("en", "de", "fr", "es", "it", "pt", "nl")
# The same language under other codes.
SAME = {"nb": "no", "nn": "no", "bs": "hr"}
# Languages that write an ordinal with a dot.
ORDINALS = frozenset(("de", "cs", "sk", "sl", "pl", "da", "no", "fi", "hu", "hr", "et", "lv", "is"))
MAX_PARTS = 4
# Shorter titles belong to their own language.
MIN_FOREIGN_LETTERS = 3
DOTTED_LETTERS = re.compile(r"(?:[^\W\d_]\.-?){2,}")
# An article or the like before the abbreviation ("l’art. 5").
ELISION = re.compile(r"^[^\W\d_]{1,2}['’](?=\w)")
# Between two abbreviations ("Mo.–Fr.").
RANGE_DASH = re.compile(r"[–—]")
LETTER_DOT = re.compile(r"[^\W\d_]\.")


@dataclass(frozen=True, slots=True)
class Abbreviations:
    """The abbreviations of a language: for each the kinds under which ``abbreviations.yaml`` has it.

    ``beginnings`` are the first parts of those that are written with spaces ("z" of "z. B."), ``starters`` the words
    that begin a sentence. ``has_ordinals`` says that an ordinal has a dot ("29. Juli").
    """

    kinds: Mapping[str, frozenset[str]]
    beginnings: frozenset[str]
    starters: frozenset[str]
    has_ordinals: bool = False

    def kinds_of(self, word: str) -> frozenset[str]:
        """Return the kinds of ``word``, written with its dot and without white space; none for another word."""
        core = word.lstrip(OPENING_MARKS).rstrip(CLOSING_MARKS)
        if not core.endswith(".") or core.endswith(".."):
            return frozenset()
        plain = ELISION.sub("", RANGE_DASH.split(core[:-1])[-1])
        return self.kinds.get(plain.casefold(), frozenset()) | self.kinds.get(plain, frozenset())

    def is_starter(self, word: str) -> bool:
        """Return whether ``word``, without marks at its end, begins a sentence rather than continues a name."""
        return word in self.starters


def abbreviations_of(language: str | None) -> Abbreviations:
    """Return the abbreviations of ``language``, or of the most frequent ones if it is not known."""
    code = primary_subtag(language or "")
    return _abbreviations(SAME.get(code, code))


def has_table(language: str) -> bool:
    """Return whether the abbreviations of ``language`` are known."""
    code = primary_subtag(language)
    return SAME.get(code, code) in _table()


@cache
def _abbreviations(code: str) -> Abbreviations:
    codes = ("all", code) if code in _table() else ("all", *FREQUENT)
    kinds: dict[str, set[str]] = {}
    for word, kind in [*_entries(codes, code), *_foreign_titles()]:
        kinds.setdefault(word, set()).add(kind)
    return Abbreviations(
        {word: frozenset(names) for word, names in kinds.items()},
        beginnings=frozenset(start for word in kinds for start in _beginnings(word)),
        starters=frozenset(word for name in codes for word in _words(name, "starters")),
        has_ordinals=code in ORDINALS,
    )


def _entries(codes: Sequence[str], own: str) -> Iterator[tuple[str, str]]:
    """Yield the abbreviations of ``codes`` with their kinds.

    A single letter is an abbreviation in its ``own`` language only; before a number it is one everywhere.
    """
    for code in codes:
        for kind in KINDS:
            for word in _words(code, kind):
                if kind == "numbers" or code == own or len(word) > 1 or word.isupper():
                    yield word, kind


def _foreign_titles() -> Iterator[tuple[str, str]]:
    """Yield titles that keep their name in every language, if they have a capital letter ("Mme. Martin")."""
    for word in (word for code in FREQUENT for word in _words(code, "names")):
        if len(word) >= MIN_FOREIGN_LETTERS:
            yield word.capitalize(), "names"


def _words(name: str, kind: str) -> tuple[str, ...]:
    return _table()[name].get(kind, ())


def _beginnings(word: str) -> Iterator[str]:
    parts = word.split(".")
    yield from (".".join(parts[:count]) for count in range(1, len(parts)))


@cache
def _table() -> dict[str, dict[str, tuple[str, ...]]]:
    data = yaml.safe_load(files("app.planning.text").joinpath("abbreviations.yaml").read_text("utf-8"))
    return {name: {kind: tuple(words.split()) for kind, words in kinds.items()} for name, kinds in data.items()}


def whole_abbreviation(words: Sequence[str], index: int, table: Abbreviations) -> str:
    """Return the longest known abbreviation that ends with the word at ``index``, such as "z.B." of "z. B."."""
    whole = core = words[index].lstrip(OPENING_MARKS).rstrip(CLOSING_MARKS)
    for start in range(index - 1, max(-1, index - MAX_PARTS), -1):
        part = words[start].lstrip(OPENING_MARKS)
        if not part.endswith("."):
            break
        core = part + core
        whole = core if table.kinds_of(core) else whole
    return whole


def is_inside_abbreviation(words: Sequence[str], index: int, table: Abbreviations) -> bool:
    """Return whether the words at ``index`` and after it are parts of one abbreviation ("z. B.", "av. J.-C.")."""
    after = words[index + 1].rstrip(CLOSING_MARKS + ",;:!?…")
    core = ""
    for start in range(index, max(-1, index - MAX_PARTS + 1), -1):
        part = words[start].lstrip(OPENING_MARKS)
        if not part.endswith("."):
            break
        core = part + core
        is_beginning = core[:-1].casefold() in table.beginnings
        if is_beginning and _continues(core + after, table):
            return True
    return False


def _continues(parts: str, table: Abbreviations) -> bool:
    plain = parts.removesuffix(".").casefold()
    return plain in table.kinds or plain in table.beginnings


def is_abbreviation(word: str, language: str | None = None) -> bool:
    """Return whether ``word``, which has no white space, is an abbreviation with its dot."""
    word = word.lstrip(OPENING_MARKS)
    if not word.endswith(".") or word.endswith(".."):
        return False
    kinds = abbreviations_of(language).kinds_of(word)
    is_name = "names" in kinds and word[:1].isupper()
    is_known = word in MONTHS or word.lower() in STREETS or bool(kinds & {"leading", "closing", "suffixes"})
    return is_name or is_known or bool(DOTTED_LETTERS.fullmatch(word))
