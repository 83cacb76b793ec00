"""How strong a scrim must be for text to be readable on a picture.

Around a letter, as far as its strokes are wide, there are its outline and its shadow and then the picture. The mean of
their luma is what the letter has its contrast to, so that text with a thick outline needs a weak scrim or none.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from app.media.contrast import contrast, luminance, luminance_of
from assembly.picture import i420
from assembly.picture.i420 import Pixels
from assembly.picture.patch import yuv_of
from assembly.picture.scrim import TextArea

# The contrast of text to what is around it (WCAG 2.2, large letters: 3 : 1) that a scrim gives it.
MIN_CONTRAST = 3.1
# A stronger scrim would hide the picture.
MAX_STRENGTH = 0.55
STRENGTH_STEP = 0.01
# How far around a letter the eye takes its ground from, in em.
SURROUNDINGS_EM = 0.12
# The share of it that an outline of that width covers: the rest is at ends and corners, where a ring around a letter is
# longer outside than inside.
_COVERED = 0.9
# The largest standard deviation of the detail around letters, in levels of luma; more makes them hard to tell apart.
MAX_DETAIL = 16.0
# Of the pixels under the text, this share is less of a problem than the one that is measured.
_WORST = 0.9
# Every so many rows and columns are enough for it.
_SPARSE = 3


def strength_for(area: TextArea, frames: Sequence[Pixels]) -> float:
    """Return the least strength at which the text is readable on all ``frames``, at most ``MAX_STRENGTH``."""
    grounds = [_under(area, frame) for frame in frames]
    text = luminances(area.colours)
    is_light = min(text) > luminance_of(area.ground)
    share = _WORST if is_light else 1 - _WORST
    worst = [float(np.quantile(luma[::_SPARSE, ::_SPARSE], share)) for luma in grounds]
    level = max(worst) if is_light else min(worst)
    detail = max(_detail(luma, area.em) for luma in grounds)
    ground, outline, covered = yuv_of(area.ground)[0], yuv_of(area.outline_colour)[0], _outline_share(area)
    for strength in np.arange(0, MAX_STRENGTH, STRENGTH_STEP):
        picture = level + strength * (ground - level)
        remaining = (1 - covered) * (1 - strength) * detail
        around = covered * outline + (1 - covered) * picture
        if least_contrast(text, around) >= MIN_CONTRAST and remaining <= MAX_DETAIL:
            return round(float(strength), 2)
    return MAX_STRENGTH


def _outline_share(area: TextArea) -> float:
    """Return the share of what is around the letters that their outline covers."""
    return _COVERED * min(1.0, area.outline / (SURROUNDINGS_EM * area.em))


def least_contrast(text: Sequence[float], luma: float) -> float:
    """Return the contrast of the least readable of some luminances to a grey of ``luma`` (16 … 235)."""
    grey = luminance([min(1.0, max(0.0, (luma - i420.BLACK) / (i420.WHITE - i420.BLACK)))] * 3)
    return min(contrast(value, grey) for value in text)


def luminances(colours: Sequence[str]) -> tuple[float, ...]:
    return tuple(map(luminance_of, colours))


def _under(area: TextArea, frame: Pixels) -> Pixels:
    """Return the luma of the frame under and around the text, at least of one pixel."""
    luma = i420.planes(frame)[0]
    height, width = luma.shape
    box, margin = area.box, SURROUNDINGS_EM * area.em
    top, left = (max(0, int(edge - margin)) for edge in (box.top, box.left))
    top, left = min(height - 1, top), min(width - 1, left)
    bottom, right = (round(edge + margin) for edge in (box.bottom, box.right))
    return luma[top : max(top + 1, bottom), left : max(left + 1, right)]


def _detail(luma: Pixels, em: float) -> float:
    """Return the standard deviation of what is smaller than a letter."""
    fine = luma.astype(np.float32)
    return float((fine - cv2.blur(fine, (max(3, round(em)),) * 2)).std())
