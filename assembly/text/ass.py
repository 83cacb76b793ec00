"""ASS as a language: how a user's words, a colour and a frame are written in it, so that none is read as another."""

from __future__ import annotations

import unicodedata
from fractions import Fraction

import pysubs2

# The segment's frame 0 stands at a minute, because something may have begun before it and ASS has no negative times.
CLOCK_S = 60
WORD_JOINER = "\u2060"
LINE_BREAKS = "\n\r\u2028\u2029\x85\x0b\x0c"
CASELESS = ("GEORGIAN",)


def escaped(text: str) -> str:
    """``text`` so that libass shows it as it is: no override block, no ``\\N``, no second line in the file.

    A backslash is parted from what follows it by U+2060 (no glyph, no break); other control characters are dropped.
    """
    kept = (char for char in text if char not in LINE_BREAKS and _is_shown(char))
    plain = "".join(kept)
    return plain.replace("\\", "\\" + WORD_JOINER).replace("{", "\\{").replace("}", "\\}")


def flowing(text: str) -> str:
    """``text`` with every run of white space, line breaks too, as one space, and without other control characters."""
    return " ".join("".join(char for char in text if char.isspace() or _is_shown(char)).split())


def _is_shown(char: str) -> bool:
    return unicodedata.category(char) not in ("Cc", "Cs")


def upper(text: str, language: str) -> str:
    """``text`` in capitals as ``language`` writes them; scripts without capitals stay as they are."""
    tag = language.lower()
    if tag.startswith(("tr", "az")):
        text = text.replace("i", "İ").replace("ı", "I")
    loud = "".join(char if _has_no_capitals(char) else char.upper() for char in text)
    return _without_tonos(loud) if tag.startswith("el") else loud


def _has_no_capitals(char: str) -> bool:
    return unicodedata.name(char, "").startswith(CASELESS)


def _without_tonos(text: str) -> str:
    """Greek capitals carry no accent (the dialytika stays)."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).replace("\u0301", ""))


def colour(code: str) -> pysubs2.Color:
    """``#RRGGBB`` or ``#RRGGBBAA`` (AA: opacity) as ASS counts it (alpha: transparency)."""
    r, g, b, *opacity = bytes.fromhex(code.lstrip("#"))
    return pysubs2.Color(r, g, b, 255 - opacity[0] if opacity else 0)


def paint(code: str) -> str:
    """The override that gives letters a colour and its opacity."""
    c = colour(code)
    return f"\\1c&H{c.b:02X}{c.g:02X}{c.r:02X}&\\1a&H{c.a:02X}&"


def clock_frames(fps: Fraction) -> int:
    """The whole frames that the segment's clock is put forward by."""
    return -int(-CLOCK_S * fps // 1)


def at(frame: int, fps: Fraction) -> int:
    """The ASS time (ms) from which ``frame`` of the segment is shown: half a frame early, in whole centiseconds, so
    that whichever way anything rounds it is the same frame (up to 75 fps)."""
    moment = (frame + clock_frames(fps) - Fraction(1, 2)) / fps
    return max(0, round(moment * 100)) * 10
