"""Frame size: the aspect is the ratio of the sides, the quality the length of the shorter side."""

from __future__ import annotations

from fractions import Fraction

# Width to height.
ASPECTS = {"9:16": (9, 16), "16:9": (16, 9), "1:1": (1, 1), "4:5": (4, 5)}
DEFAULT_ASPECT = "9:16"
SHORTER_SIDE_PX = {"draft": 540, "low": 720, "medium": 1080, "high": 2160}
# Relative difference between two aspect ratios that are treated as equal.
SHAPE_TOLERANCE = 0.015
QUALITIES = tuple(SHORTER_SIDE_PX)
DEFAULT_QUALITY = "medium"


def frame_size(aspect: str, quality: str) -> tuple[int, int]:
    """Return width and height in pixels, both even; raises ``KeyError`` for an unknown aspect or quality."""
    width, height = ASPECTS[aspect]
    px_per_unit = Fraction(SHORTER_SIDE_PX[quality], min(width, height))
    return _even(width * px_per_unit), _even(height * px_per_unit)


def aspect_of(width: int, height: int) -> str:
    """Return the aspect whose ratio is nearest to that of frames of this size."""
    return min(ASPECTS, key=lambda aspect: abs(ASPECTS[aspect][0] / ASPECTS[aspect][1] - width / height))


def _even(px: Fraction) -> int:
    return 2 * round(px / 2)
