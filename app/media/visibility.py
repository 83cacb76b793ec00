"""How much of a picture stands out from the ground under it, by the contrast of WCAG 2.2."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

# The contrast of graphics.
MIN_CONTRAST = 3.0

Values = npt.NDArray[np.float64]


def luminances(rgb: npt.NDArray[np.uint8]) -> Values:
    """Return the relative luminance of each pixel; the last axis is R, G, B."""
    coded = rgb.astype(np.float64) / 255
    linear = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722]))


def standing_out(luminance: Values, weight: Values, darkest: Values | float, lightest: Values | float) -> float:
    """Return the share of the pixels, by ``weight``, that stand out from a ground between two luminances.

    Less contrast than ``MIN_CONTRAST`` counts as a part of a pixel.
    """
    contrast = np.maximum((luminance + 0.05) / (lightest + 0.05), (darkest + 0.05) / (luminance + 0.05))
    parts = np.clip((contrast - 1) / (MIN_CONTRAST - 1), 0.0, 1.0)
    return float((weight * parts).sum() / weight.sum())
