"""ASS syntax: escaping of user text, colours, and conversion of frame numbers to times."""

from __future__ import annotations

import unicodedata
from fractions import Fraction

import pysubs2

# Frame 0 of the segment is at this time: a cue may begin before the segment, and ASS has no negative times.
CLOCK_OFFSET_S = 60
WORD_JOINER = "\u2060"
LINE_BREAKS = "\n\r\u2028\u2029\x85\x0b\x0c"
# Prefixes of Unicode character names.
SCRIPTS_WITHOUT_CAPITALS = ("GEORGIAN",)


def escape(text: str) -> str:
    """Escape ``text`` so that libass renders it literally: no override block, no ``\\N``, no second line in the file.

    U+2060 (no glyph, no break) follows each backslash; other control characters are dropped.
    """
    printable = "".join(char for char in text if char not in LINE_BREAKS and _is_printable(char))
    return printable.replace("\\", "\\" + WORD_JOINER).replace("{", "\\{").replace("}", "\\}")


def collapse_whitespace(text: str) -> str:
    """Replace every run of white space, line breaks included, by one space; drop other control characters."""
    return " ".join("".join(char for char in text if char.isspace() or _is_printable(char)).split())


def _is_printable(char: str) -> bool:
    return unicodedata.category(char) not in ("Cc", "Cs")


def uppercase(text: str, language: str) -> str:
    """Return ``text`` in capitals by the rules of ``language``; scripts without capitals are unchanged."""
    tag = language.lower()
    if tag.startswith(("tr", "az")):
        text = text.replace("i", "İ").replace("ı", "I")
    capitals = "".join(char if _has_no_capitals(char) else char.upper() for char in text)
    return _without_tonos(capitals) if tag.startswith("el") else capitals


def _has_no_capitals(char: str) -> bool:
    return unicodedata.name(char, "").startswith(SCRIPTS_WITHOUT_CAPITALS)


def _without_tonos(text: str) -> str:
    """Remove accents from Greek capitals; the dialytika stays."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).replace("\u0301", ""))


def colour(code: str) -> pysubs2.Color:
    """Convert ``#RRGGBB`` or ``#RRGGBBAA`` (AA: opacity) to an ASS colour (alpha: transparency)."""
    r, g, b, *opacity = bytes.fromhex(code.lstrip("#"))
    return pysubs2.Color(r, g, b, 255 - opacity[0] if opacity else 0)


def colour_override(code: str) -> str:
    """Return the override tags that set the text's colour and opacity."""
    c = colour(code)
    return f"\\1c&H{c.b:02X}{c.g:02X}{c.r:02X}&\\1a&H{c.a:02X}&"


def clock_offset_frames(fps: Fraction) -> int:
    """Return the clock offset in whole frames."""
    return -int(-CLOCK_OFFSET_S * fps // 1)


def frame_time_ms(frame: int, fps: Fraction) -> int:
    """Return the ASS time in ms from which ``frame`` of the segment is shown.

    It is half a frame early, in whole centiseconds, so that any rounding selects the same frame (up to 75 fps).
    """
    time_s = (frame + clock_offset_frames(fps) - Fraction(1, 2)) / fps
    return max(0, round(time_s * 100)) * 10
