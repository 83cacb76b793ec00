"""Metrics and character coverage of font files (OpenType tables head, OS/2 and cmap)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from fontTools.ttLib import TTFont


@lru_cache(maxsize=64)
def heights_em(path: Path) -> tuple[float, float]:
    """Return ascent and descent of the OS/2 table's Windows metrics in em; libass calls their sum the font size."""
    with _font(path) as font:
        units = font["head"].unitsPerEm
        return font["OS/2"].usWinAscent / units, font["OS/2"].usWinDescent / units


@lru_cache(maxsize=64)
def characters(path: Path) -> frozenset[int]:
    """Return the code points a font has glyphs for (of a collection: its first font)."""
    with _font(path) as font:
        return frozenset(font.getBestCmap() or ())


def _font(path: Path) -> TTFont:
    return TTFont(path, fontNumber=0, lazy=True)
