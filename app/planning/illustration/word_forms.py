"""The forms under which a written word is looked up: without an elided article, and without the usual endings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

APOSTROPHES = "'’"
# Endings of plurals and of frequent forms, with what replaces them.
ENDINGS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "en": (("ies", "y"), ("es", ""), ("s", ""), ("ing", ""), ("ing", "e")),
    "de": (("en", ""), ("er", ""), ("es", ""), ("e", ""), ("n", ""), ("s", "")),
    "fr": (("s", ""), ("x", ""), ("es", "")),
    "es": (("es", ""), ("s", "")),
    "it": (("i", "o"), ("i", "e"), ("e", "a")),
    "pt": (("s", ""), ("es", "")),
    "nl": (("en", ""), ("s", "")),
}
# A shorter stem is another word too often.
MIN_STEM = 3
# German compounds are what their last part is; shorter parts are the end of another word too often.
COMPOUNDS, MIN_LAST_PART, MIN_FIRST_PART = ("de", "nl"), 5, 4


def word_forms(word: str, code: str) -> Iterator[str]:
    """Yield the forms of ``word`` (lower case) in the language ``code``, the written one first."""
    base = _without_elision(word, code)
    yield base
    for ending, replacement in ENDINGS.get(code, ()):
        stem = base.removesuffix(ending)
        if stem != base and len(stem) >= MIN_STEM:
            yield stem + replacement
            if ending == "ing" and stem[-1:] == stem[-2:-1]:
                yield stem[:-1]


def last_parts(word: str, code: str) -> Iterator[str]:
    """Yield the possible last parts of a compound, the longest first."""
    if code in COMPOUNDS:
        yield from (word[start:] for start in range(MIN_FIRST_PART, len(word) - MIN_LAST_PART + 1))


def _without_elision(word: str, code: str) -> str:
    """Return the word without "l'" or "d'" before it, or without a possessive "'s" after it."""
    for apostrophe in APOSTROPHES:
        before, found, after = word.partition(apostrophe)
        if found:
            return (after or before) if code in ("fr", "it") else before
    return word
