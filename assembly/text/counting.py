"""A number that counts up, in the spelling of its end: "$1,299.00" begins with "$0.00"."""

from __future__ import annotations

import re
import unicodedata

_NUMBER = re.compile(r"\d(?:[\d.,'’ \u00a0\u202f]*\d)?")
# The count slows down towards its end.
_EXPONENT = 3


def counted(text: str, share: float) -> str:
    """Return ``text`` with its number at ``share`` (0 … 1) of its count; at 1 it is ``text`` itself.

    Separators, decimals and digits are those of ``text``. A range, which has two numbers, does not count.
    """
    match = _NUMBER.search(text)
    if match is None or share >= 1 or _NUMBER.search(text, match.end()):
        return text
    digits = [char for char in match[0] if char.isdigit()]
    end = int("".join(str(unicodedata.digit(char)) for char in digits))
    value = round(end * (1 - (1 - max(0.0, share)) ** _EXPONENT))
    return text[: match.start()] + _spelled(match[0], value, len(digits)) + text[match.end() :]


def _spelled(pattern: str, value: int, count: int) -> str:
    """Return ``value`` with the separators of ``pattern``, which has ``count`` digits, without zeros at its start."""
    digits = iter(f"{value:0{count}d}")
    filled = "".join(_like(char, next(digits)) if char.isdigit() else char for char in pattern)
    decimals = re.search(r"[.,]\d{1,2}$", pattern)
    whole_end = decimals.start() if decimals else len(filled)
    start = next((k for k in range(whole_end) if filled[k].isdigit() and unicodedata.digit(filled[k])), whole_end - 1)
    return filled[start:]


def _like(char: str, digit: str) -> str:
    """Return ``digit`` in the script of the digit ``char``."""
    return chr(ord(char) - unicodedata.digit(char) + int(digit))
