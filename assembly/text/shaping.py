"""Widths of text exactly as libass draws it, for what has to be laid over libass's text.

``Typeface.width_em`` is for the layout; libass's lines are up to 2 % narrower by ligatures and hinting.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from PIL import ImageFont

from assembly.text.typeface import Typeface

# libass loads every font at this height of a line in pixels, with hinting, and scales the result. FreeType rounds
# hinted advances to whole pixels, so they depend on this size. Source: libass, ass_render.c and ass_shaper.c.
LIBASS_LINE_PX = 256
REGULAR, BOLD = 400, 700
# Without a "Kerning" line in the document libass does not kern, and it makes no ligatures of spaced letters.
FEATURES = {"kern": False}
SPACED_FEATURES = {"kern": False, "liga": False, "clig": False}


@dataclass(frozen=True, slots=True)
class Shaped:
    """The width of a text in em without spacing, and the number of its characters that spacing is added to."""

    width_em: float
    characters: int


@lru_cache(maxsize=4096)
def shaped(face: Typeface, text: str, is_spaced: bool = False) -> Shaped:
    """Return the size of ``text``, with every character taken from ``face``, as libass shapes it."""
    import uharfbuzz

    buffer = uharfbuzz.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    font = _shaping_font(face)
    uharfbuzz.shape(font, buffer, SPACED_FEATURES if is_spaced else FEATURES)
    pixel_em = face.line_em / LIBASS_LINE_PX
    width_px = 0.0
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        char = text[info.cluster]
        if font.get_nominal_glyph(ord(char)) == info.codepoint and position.x_advance:
            width_px += _hinted_advance_px(face, char)
        else:
            width_px += round(position.x_advance / font.face.upem / pixel_em)
    return Shaped(width_px * pixel_em, len({info.cluster for info in buffer.glyph_infos}))


@lru_cache(maxsize=4096)
def _hinted_advance_px(face: Typeface, char: str) -> float:
    return _hinted_font(face).getlength(char)


@lru_cache(maxsize=32)
def _hinted_font(face: Typeface) -> ImageFont.FreeTypeFont:
    size = LIBASS_LINE_PX / face.line_em
    font = ImageFont.truetype(face.path, size, layout_engine=ImageFont.Layout.BASIC)
    if _is_variable(face.path) and face.bold:
        font.set_variation_by_axes([BOLD])
    return font


@lru_cache(maxsize=32)
def _shaping_font(face: Typeface) -> Any:
    import uharfbuzz

    font = uharfbuzz.Font(uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(face.path))))
    if _is_variable(face.path):
        font.set_variations({"wght": BOLD if face.bold else REGULAR})
    return font


def _is_variable(path: Path) -> bool:
    return "[wght]" in path.name
