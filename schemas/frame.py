"""The size of a film's frame: the aspect gives its shape, the quality its shorter side."""

from __future__ import annotations

from fractions import Fraction

# Width to height.
ASPECTS = {"9:16": (9, 16), "16:9": (16, 9), "1:1": (1, 1), "4:5": (4, 5)}
DEFAULT_ASPECT = "9:16"
SHORTER_SIDE_PX = {"draft": 540, "low": 720, "medium": 1080, "high": 2160}
QUALITIES = tuple(SHORTER_SIDE_PX)
DEFAULT_QUALITY = "medium"


def frame_size(aspect: str, quality: str) -> tuple[int, int]:
    """Width and height in pixels, both even; raises ``KeyError`` for an unknown aspect or quality."""
    across, down = ASPECTS[aspect]
    unit = Fraction(SHORTER_SIDE_PX[quality], min(across, down))
    return _even(across * unit), _even(down * unit)


def _even(length: Fraction) -> int:
    return 2 * round(length / 2)
