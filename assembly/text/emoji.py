"""Colour emoji of the bundled font: which can be drawn, their width, and their pictures.

libass draws no colour fonts. The ASS document therefore has a gap for each emoji (``gap``), and
``assembly.picture.emoji_pictures`` lays the picture over it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from schemas.contract import fingerprint

# The package is only read for its font, never imported.
FONT_PACKAGE, FONT_FILE = "dynamic_font", "NotoColorEmoji-Regular.ttf"
SHAPER_PACKAGE = "uharfbuzz"
# Every glyph of the font lies between the ascent and the descent, and most have their middle here; in em.
ASCENT_EM, DESCENT_EM, MIDDLE_EM = 0.95, 0.25, 0.34
MISSING_GLYPH = 0

Premultiplied = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Picture:
    """RGBA samples, shape (height, width, 4), colours multiplied by alpha; ``left`` and ``top`` may be negative.

    The position and the size are even, because a chroma sample covers two pixels.
    """

    rgba: Premultiplied
    left: int
    top: int


@lru_cache(maxsize=1)
def unavailable() -> str | None:
    """Return why this machine cannot draw colour emoji, or ``None``."""
    if _font_path() is None:
        return f"the package {FONT_PACKAGE.replace('_', '-')} with {FONT_FILE} is not installed"
    try:
        import uharfbuzz
    except ImportError:
        return f"the package {SHAPER_PACKAGE} is not installed, or cannot be loaded"
    return None if hasattr(uharfbuzz, "RasterPaint") else f"the package {SHAPER_PACKAGE} cannot draw colour fonts"


@lru_cache(maxsize=1)
def drawing_identity() -> str:
    """Return a hash of all that pictures depend on: files with emoji that were made without them are not reused."""
    path = _font_path()
    if unavailable() or path is None:
        return "none"
    import uharfbuzz

    return fingerprint(path.stat().st_size, uharfbuzz.version_string())


@lru_cache(maxsize=4096)
def advance_em(sequence: str) -> float:
    """Return the width of an emoji in em; 0 when it cannot be drawn."""
    return sum(advance for _, advance in _glyphs(sequence))


def lift_em(capital_em: float) -> float:
    """Return how far an emoji is raised, so that its middle is that of capitals of this height."""
    return capital_em / 2 - MIDDLE_EM


def picture(sequence: str, size: float, x: float, y: float) -> Picture:
    """Draw an emoji of ``size`` pixels to the em whose baseline begins at ``x``, ``y`` of the frame."""
    import uharfbuzz

    font, scale = _font(), size / _font().face.upem
    left, right = 2 * math.floor(x / 2), 2 * math.ceil((x + advance_em(sequence) * size) / 2)
    top, bottom = 2 * math.floor((y - ASCENT_EM * size) / 2), 2 * math.ceil((y + DESCENT_EM * size) / 2)
    paint = uharfbuzz.RasterPaint()
    # Rows count from the bottom up.
    paint.extents = uharfbuzz.RasterExtents(left, -bottom, right - left, bottom - top, 4 * (right - left))
    for glyph, glyph_advance_em in _glyphs(sequence):
        paint.transform = (scale, 0.0, 0.0, scale, x, -y)
        paint.paint_glyph(font, glyph)
        x += glyph_advance_em * size
    bgra = np.frombuffer(paint.render().buffer, np.uint8).reshape(bottom - top, right - left, 4)
    return Picture(np.ascontiguousarray(bgra[::-1, :, [2, 1, 0, 3]]), left, top)


def _glyphs(sequence: str) -> tuple[tuple[int, float], ...]:
    """Return the glyphs of a sequence with their advances in em; none if the font lacks one of them."""
    if unavailable():
        return ()
    import uharfbuzz

    buffer = uharfbuzz.Buffer()
    buffer.add_str(sequence)
    buffer.guess_segment_properties()
    uharfbuzz.shape(_font(), buffer)
    units = _font().face.upem
    positions = zip(buffer.glyph_infos, buffer.glyph_positions, strict=True)
    glyphs = tuple((info.codepoint, position.x_advance / units) for info, position in positions)
    return () if any(glyph == MISSING_GLYPH for glyph, _ in glyphs) else tuple(g for g in glyphs if g[1])


@lru_cache(maxsize=1)
def _font() -> Any:
    import uharfbuzz

    return uharfbuzz.Font(uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(_font_path()))))


@lru_cache(maxsize=1)
def _font_path() -> Path | None:
    spec = find_spec(FONT_PACKAGE)
    folders = spec.submodule_search_locations if spec else None
    return next((path for folder in folders or () for path in Path(folder).rglob(FONT_FILE)), None)
