"""Roman numerals after a name or a word such as "chapter"."""

from __future__ import annotations

import re

_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
# Up to 89; larger ones are words or sizes as often ("XL", "CD", "MIX").
ROMAN = r"(?<![\w.'’-])(?=[IVXL])(?P<roman>L?X{0,3}(?:IX|IV|V?I{0,3}))(?![\w-]|['’](?!s\b))"
# Numerals of one letter and of this kind mean something else beside an unknown word ("Malcolm X", "XX").
_UNCLEAR = re.compile(r"[IVXL]|XX+|L.*")


def roman_value(text: str) -> int:
    """Return the value of a Roman numeral: 14 of "XIV"."""
    values = [_VALUES[letter] for letter in text]
    return sum(-value if value < max(values[index:]) else value for index, value in enumerate(values))


def is_clear(text: str) -> bool:
    """Return whether ``text`` is a numeral after any name ("Rocky IV")."""
    return not _UNCLEAR.fullmatch(text)


def word_before(before: str) -> str:
    """Return the word that ends the text ``before`` a numeral, without the dot of an abbreviation."""
    match = re.search(r"([^\W\d_]+)\.?[ \u00a0]$", before)
    return match[1] if match else ""
