"""The words of a quotation as one composition: all of them at once, the author on a line of its own."""

from __future__ import annotations

from dataclasses import replace

from app.planning.text.graphemes import line_units
from app.planning.text.quotes import author_index
from schemas.frame import ASPECTS
from schemas.preset import CaptionStyle, SafeZone
from schemas.text_width import width

# The sizes that are tried, as shares of that of the layout's captions; smaller letters are hard to read.
SIZES = (1.0, 0.92, 0.84, 0.77, 0.7, 0.64, 0.6)
# The height of a line as a share of the size of its letters, and the shorter side of a frame in the unit of sizes.
LINE_PITCH, SHORTER_SIDE_PX = 1.3, 1080


def composed(style: CaptionStyle, words: str, zone: SafeZone, aspect: str) -> CaptionStyle | None:
    """Return ``style`` with the largest letters at which ``words`` fit ``zone`` at once; ``None`` if none is readable.

    Smaller letters have more columns.
    """
    frame_width, frame_height = ASPECTS[aspect]
    height_px = (1 - zone.top - zone.bottom) * SHORTER_SIDE_PX * frame_height / min(frame_width, frame_height)
    for size in SIZES:
        smaller = replace(style, size_px=round(style.size_px * size), max_chars=int(style.max_chars / size))
        if line_count(words, smaller.max_chars) * LINE_PITCH * smaller.size_px <= height_px:
            return smaller
    return None


def line_count(words: str, columns: int) -> int:
    """Return how many lines of ``columns`` the ``words`` have, with those of the author."""
    texts = words.split()
    author = author_index(texts)
    parts = [texts] if author is None else [texts[:author], texts[author:]]
    return sum(_rows(" ".join(part), columns) for part in parts)


def _rows(text: str, columns: int) -> int:
    rows, used = 1, 0
    for unit in line_units(text):
        if used and used + width(unit.rstrip()) > columns:
            rows, used = rows + 1, 0
        used += width(unit)
    return rows
