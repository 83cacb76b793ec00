"""Writing systems: scripts without spaces between words, the space between two words, the width of text."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from wcwidth import wcswidth, wcwidth

from schemas.emoji import split_emoji

EMOJI_COLUMNS = 2
# The nearest letter to a joint is looked for within so many characters.
LETTER_SPAN = 100
# Code points of East Asian scripts, which have no spaces between words or sentences (Korean has them).
EAST_ASIAN = (
    (0x2E80, 0x2FDF),  # CJK radicals
    (0x3000, 0x30FF),  # CJK marks, Hiragana, Katakana
    (0x31F0, 0x31FF),  # Katakana, small
    (0x3400, 0x4DBF),  # CJK extension A
    (0x4E00, 0x9FFF),  # CJK
    (0xF900, 0xFAFF),  # CJK compatibility
    (0xFF00, 0xFF9F),  # full-width forms, half-width Katakana
    (0x20000, 0x3FFFF),  # CJK extensions B and on
)
# Code points of South-East Asian scripts without spaces between words. A written space separates phrases or sentences.
SOUTH_EAST_ASIAN = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0xA9E0, 0xA9FF),  # Myanmar extended B
    (0xAA60, 0xAA7F),  # Myanmar extended A
)


def is_unspaced(char: str) -> bool:
    """Return whether ``char`` belongs to a script without spaces between words."""
    return is_east_asian(char) or _is_in(char, SOUTH_EAST_ASIAN)


def is_east_asian(char: str) -> bool:
    """Return whether ``char`` belongs to an East Asian script, without spaces between words or sentences."""
    return _is_in(char, EAST_ASIAN)


def _is_in(char: str, ranges: Sequence[tuple[int, int]]) -> bool:
    code = ord(char)
    return any(first <= code <= last for first, last in ranges)


def gap(before: str, after: str) -> str:
    """Return the separator of two words: nothing inside East Asian text, otherwise a space."""
    if not before or not after:
        return ""
    return "" if is_east_asian(before[-1]) and is_east_asian(after[0]) else " "


def line_gap(before: str, after: str) -> str:
    """Return the separator of two sentences, or of two lines of a paragraph, that are joined to one line.

    It is nothing in East Asian text and beside a full-width mark, as in CSS Text 3 ("segment break transformation");
    otherwise a space.
    """
    if not before or not after or _is_full_width_mark(before[-1]) or _is_full_width_mark(after[0]):
        return ""
    last = next(filter(_is_letter, reversed(before[-LETTER_SPAN:])), " ")
    first = next(filter(_is_letter, after[:LETTER_SPAN]), " ")
    return "" if is_east_asian(last) and is_east_asian(first) else " "


def _is_full_width_mark(char: str) -> bool:
    return is_east_asian(char) and unicodedata.category(char)[0] == "P"


def _is_letter(char: str) -> bool:
    return unicodedata.category(char)[0] in "LMN"


def one_line(text: str) -> str:
    """Return ``text`` on one line, with single spaces for white space and none at the ends."""
    joined = ""
    for line in text.splitlines():
        flat = " ".join(line.split())
        joined += line_gap(joined, flat) + flat
    return joined


def width(text: str) -> int:
    """Return the width of ``text`` in columns: two for full-width characters and emoji sequences, none for marks and
    joiners.

    Source: Unicode Standard Annex #11 as implemented by ``wcwidth``.
    """
    return sum(EMOJI_COLUMNS if is_emoji else _text_width(part) for part, is_emoji in split_emoji(text))


def _text_width(text: str) -> int:
    columns = wcswidth(text)
    # Control characters have no width, but wcswidth returns −1 for a text with one.
    return columns if columns >= 0 else sum(max(0, wcwidth(char)) for char in text)
