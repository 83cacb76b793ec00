"""Contrast of colours, and the colours of what is written on a ground (WCAG 2.2)."""

from __future__ import annotations

from dataclasses import dataclass

from app.media.contrast import contrast, luminance_of
from schemas.preset import CaptionStyle

DARK, LIGHT = "#111111", "#FFFFFF"
# The ground of words for presets whose captions have none, and the least opacity of a ground.
GROUND, MIN_GROUND_OPACITY = "#101318E0", 0xE0
MIN_CONTRAST, MIN_LARGE_CONTRAST = 4.5, 3.0


def readable_on(colour: str) -> str:
    """Return black or white, whichever has the higher contrast on ``colour``."""
    return DARK if contrast_of(DARK, colour) >= contrast_of(LIGHT, colour) else LIGHT


def contrast_of(first: str, second: str) -> float:
    """Return the contrast of two colours, 1 to 21; their opacity is ignored."""
    return contrast(luminance_of(first), luminance_of(second))


@dataclass(frozen=True, slots=True)
class Scheme:
    """The colours of a block: its ``ground``, its letters (``ink``), its ``accent``, and an accent to write in."""

    ground: str
    ink: str
    accent: str
    written_accent: str


def scheme(style: CaptionStyle) -> Scheme:
    """Return the colours of blocks of a preset: those of its captions' box, or a dark ground."""
    accent = (style.accent or style.highlight_colour)[:7]
    ground = _opaque(style.box_colour) if style.box_colour else GROUND
    ink = style.colour[:7] if contrast_of(style.colour, ground) >= MIN_CONTRAST else readable_on(ground)
    drawn = accent if contrast_of(accent, ground) >= MIN_LARGE_CONTRAST else ink
    return Scheme(ground, ink, drawn, accent if contrast_of(accent, ground) >= MIN_CONTRAST else ink)


def _opaque(colour: str) -> str:
    opacity = int(colour[7:9], 16) if len(colour) > 7 else 0xFF
    return f"{colour[:7]}{max(opacity, MIN_GROUND_OPACITY):02X}"


def with_opacity(colour: str, share: float) -> str:
    """Return ``colour`` with its opacity multiplied by ``share``."""
    opacity = int(colour[7:9], 16) if len(colour) > 7 else 0xFF
    return f"{colour[:7]}{round(opacity * share):02X}"
