"""The contrast of two colours (WCAG 2.2)."""

from __future__ import annotations

from collections.abc import Sequence


def luminance_of(colour: str) -> float:
    """Return the relative luminance of ``#RRGGBB``; an opacity after it is ignored."""
    return luminance([value / 255 for value in bytes.fromhex(colour.lstrip("#"))[:3]])


def luminance(rgb: Sequence[float]) -> float:
    """Return the relative luminance of a gamma-encoded colour (0 … 1 each)."""
    red, green, blue = map(_linear, rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def contrast(first: float, second: float) -> float:
    """Return the contrast of two luminances, 1 to 21."""
    low, high = sorted((first, second))
    return (high + 0.05) / (low + 0.05)
