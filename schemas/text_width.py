"""How writing systems set words: which of them use no spaces, and what stands between two words of a line."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

# Ranges of code points of scripts that are written without spaces between words (Korean is not one of them).
UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x2FDF),  # CJK radicals
    (0x3000, 0x30FF),  # CJK marks, Hiragana, Katakana
    (0x31F0, 0x31FF),  # Katakana, small
    (0x3400, 0x4DBF),  # CJK extension A
    (0x4E00, 0x9FFF),  # CJK
    (0xF900, 0xFAFF),  # CJK compatibility
    (0xFF00, 0xFF9F),  # full-width forms, half-width Katakana
    (0x20000, 0x3FFFF),  # CJK extensions B and on
)


def is_unspaced(char: str) -> bool:
    """Whether ``char`` belongs to a script that sets no spaces between words."""
    code = ord(char)
    return any(first <= code <= last for first, last in UNSPACED)


def gap(before: str, after: str) -> str:
    """What stands between two words of a line: a space, or nothing where both meet in a script without spaces."""
    if not before or not after:
        return ""
    return "" if is_unspaced(before[-1]) and is_unspaced(after[0]) else " "


def written(words: Sequence[str]) -> str:
    """The words of a line as one text."""
    return "".join(gap(words[place - 1], word) + word if place else word for place, word in enumerate(words))


def width(text: str) -> int:
    """How many columns ``text`` takes: full-width characters and emoji two, marks and joiners none."""
    return sum(_columns(char) for char in text)


def _columns(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf", "Cc"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
