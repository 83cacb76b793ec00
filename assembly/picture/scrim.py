"""A scrim: a soft band of one colour behind text, as strong as the picture under the text needs.

The band is as wide as the picture and reaches to its edge if the text is near one. Its strength is decided once for a
segment, so that it does not flicker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from app.media.contrast import contrast, luminance, luminance_of
from assembly.picture import i420
from assembly.picture.i420 import Pixels
from assembly.picture.panels import corners
from assembly.picture.patch import yuv_of
from assembly.text.layout import Box

# The contrast of text to what is under it (WCAG 2.2, large letters: 3 : 1) that a scrim gives it.
MIN_CONTRAST = 3.1
# The largest standard deviation of the detail under text, in levels of luma; more makes letters hard to tell apart.
MAX_DETAIL = 13.0
# The same for letters with an outline of at least so many em, which sets them off from the picture.
THICK_OUTLINE_EM, MAX_DETAIL_OUTLINED = 0.05, 24.0
# Pictures have up to so much detail, a page of text has more; of that, this share less may remain.
_PICTURE, _PAGE, _LESS_OF_TEXT = 20.0, 35.0, 0.4
STRENGTH_STEP, MAX_STRENGTH = 0.05, 0.9
# Of the pixels under the text, this share is less of a problem than the one that is measured.
_WORST = 0.9
# Every so many rows and columns are enough for it.
_SPARSE = 3
# Full strength reaches this far beyond the text, and fades to nothing within the second distance, in em.
_MARGIN_EM, _FADE_EM = 0.25, 1.4
# Text whose distance from an edge of the picture is less than this share of its height has a band up to that edge.
_EDGE_SHARE = 0.34
_UNIT = 1 / 255
Mask = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TextArea:
    """Text in ``box`` with this ``em`` (pixels of the frame) and ``colours`` during the frames ``[first, last)``.

    ``outline`` is the width of its outline in pixels. ``ground`` is the colour of its scrim, which appears and goes
    within ``fade`` frames. Colours are #RRGGBB.
    """

    box: Box
    em: float
    colours: tuple[str, ...]
    ground: str
    first: int
    last: int
    fade: int
    outline: float = 0.0

    def max_detail(self, detail: float) -> float:
        """Return what may remain of ``detail``: less if it is as strong as that of a page of text."""
        most = MAX_DETAIL_OUTLINED if self.outline >= THICK_OUTLINE_EM * self.em else MAX_DETAIL
        return most * (1 - _LESS_OF_TEXT * min(1.0, max(0.0, (detail - _PICTURE) / (_PAGE - _PICTURE))))


class Scrim:
    """``draw(frame, index)`` lays the scrim of ``area`` over an I420 frame, inside ``picture``.

    ``picture`` is left, top, width and height in even pixels; its corners have the ``radius``.
    """

    def __init__(self, area: TextArea, strength: float, picture: tuple[int, int, int, int], radius: int = 0) -> None:
        self.area, self.strength = area, strength
        left, top, width, height = picture
        shares = (
            strength * np.repeat(band_of(area, top, height)[:, None], width, axis=1) * _inside(width, height, radius)
        )
        rows = np.flatnonzero(shares.max(axis=1) > _UNIT / 2)
        first, last = (rows[0] // 2 * 2, min(height, rows[-1] // 2 * 2 + 2)) if len(rows) else (0, 0)
        self._columns, self._rows = (left, left + width), (top + int(first), top + int(last))
        luma = shares[first:last]
        self._layers = [
            (np.rint(255 * (1 - share)).astype(np.uint8), np.rint(level * share).astype(np.uint8))
            for share, level in zip((luma, luma[::2, ::2], luma[::2, ::2]), yuv_of(area.ground), strict=True)
        ]

    def draw(self, frame: Pixels, index: int) -> None:
        opacity = self._opacity(index)
        if opacity <= 0 or self._rows[0] == self._rows[1]:
            return
        for step, plane, (keep, add) in zip((1, 2, 2), i420.planes(frame), self._layers, strict=True):
            (top, bottom), (left, right) = self._rows, self._columns
            part = plane[top // step : bottom // step, left // step : right // step]
            covered = cv2.add(cv2.multiply(part, keep, scale=_UNIT), add)
            part[:] = covered if opacity >= 1 else cv2.addWeighted(part, 1 - opacity, covered, opacity, 0)

    def _opacity(self, index: int) -> float:
        area = self.area
        if not area.first <= index < area.last:
            return 0.0
        if area.fade <= 0:
            return 1.0
        return min(1.0, (index - area.first + 1) / area.fade, (area.last - index) / area.fade)


def band_of(area: TextArea, top: int, height: int) -> Mask:
    """Return the share of the scrim, 0 … 1, in each of the ``height`` rows of a picture that begins at row ``top``."""
    row = top + np.arange(height) + 0.5
    margin, fade = _MARGIN_EM * area.em, _FADE_EM * area.em
    above, below = area.box.top - margin - row, row - area.box.bottom - margin
    if area.box.top - top < _EDGE_SHARE * height and area.box.top - top <= top + height - area.box.bottom:
        above = np.zeros(height)
    elif top + height - area.box.bottom < _EDGE_SHARE * height:
        below = np.zeros(height)
    share = 1 - np.clip(np.maximum(above, below) / fade, 0, 1)
    return np.asarray(share * share * (3 - 2 * share))


def _inside(width: int, height: int, radius: int) -> Mask:
    """Return 1 for each pixel inside a rectangle with round corners, 0 outside."""
    inside = np.ones((height, width))
    for place, coverage in corners(radius):
        inside[place] = coverage / 255
    return inside


def strength_for(area: TextArea, frames: Sequence[Pixels]) -> float:
    """Return the least strength at which the text is readable on all ``frames``; 0 if it is readable anyway."""
    grounds = [_under(area, frame) for frame in frames]
    text = luminances(area.colours)
    is_light = min(text) > luminance_of(area.ground)
    share = _WORST if is_light else 1 - _WORST
    worst = [float(np.quantile(luma[::_SPARSE, ::_SPARSE], share)) for luma in grounds]
    level = max(worst) if is_light else min(worst)
    detail = max(_detail(luma, area.em) for luma in grounds)
    strength = 0.0
    while strength < MAX_STRENGTH - 1e-9:
        covered = level + strength * (yuv_of(area.ground)[0] - level)
        if least_contrast(text, covered) >= MIN_CONTRAST and (1 - strength) * detail <= area.max_detail(detail):
            break
        strength += STRENGTH_STEP
    return round(strength, 2)


def least_contrast(text: Sequence[float], luma: float) -> float:
    """Return the contrast of the least readable of some luminances to a grey of ``luma`` (16 … 235)."""
    grey = luminance([min(1.0, max(0.0, (luma - i420.BLACK) / (i420.WHITE - i420.BLACK)))] * 3)
    return min(contrast(value, grey) for value in text)


def luminances(colours: Sequence[str]) -> tuple[float, ...]:
    return tuple(map(luminance_of, colours))


def _under(area: TextArea, frame: Pixels) -> Pixels:
    """Return the luma of the frame under the text, at least of one pixel."""
    luma = i420.planes(frame)[0]
    height, width = luma.shape
    top, left = min(height - 1, max(0, int(area.box.top))), min(width - 1, max(0, int(area.box.left)))
    return luma[top : max(top + 1, round(area.box.bottom)), left : max(left + 1, round(area.box.right))]


def _detail(luma: Pixels, em: float) -> float:
    """Return the standard deviation of what is smaller than a letter."""
    fine = luma.astype(np.float32)
    return float((fine - cv2.blur(fine, (max(3, round(em)),) * 2)).std())
