"""Grading of footage on its Y'CbCr planes: each plane by itself, or mixing luma and chroma for a warm preset."""

from __future__ import annotations

import cv2
import numpy as np

from app.media.grading import affine_error, affine_grey_error, affine_map
from assembly.picture import i420
from assembly.picture.i420 import Pixels, Planes
from schemas.preset import Grade

# In 8-bit levels, the mean over all colours and the largest of the greys; a larger difference would be visible beside a
# graded still.
TOLERANCE, GREY_TOLERANCE = 1.0, 4.0
# 8-bit limited range: the level of 0, and the number of levels from 0 to 1.
_ZERO = np.array([i420.BLACK, i420.NEUTRAL, i420.NEUTRAL])
_RANGE = np.array([219.0, 224.0, 224.0])


def can_grade_planes(grade: Grade) -> bool:
    """Return whether grading on planes is visually equal to grading by the lookup table."""
    return affine_error(grade) <= TOLERANCE and affine_grey_error(grade) <= GREY_TOLERANCE


class PlaneGrading:
    """A grade for frames of one size.

    Colours outside the gamut are not clipped here; the display clips them, as the lookup table would.
    """

    def __init__(self, grade: Grade, width: int, height: int) -> None:
        rows = np.array(affine_map(grade))
        self._mix = _RANGE[:, None] * rows[:, :3] / _RANGE
        self._add = _ZERO + _RANGE * rows[:, 3] - self._mix @ _ZERO
        self._planes_independent = bool(np.allclose(self._mix, np.diag(np.diag(self._mix)), atol=1e-4))
        self._full, self._half = (width, height), (width // 2, height // 2)

    def apply(self, frame: Planes, out: Pixels) -> None:
        """Write ``frame``, graded, into ``out``, an I420 buffer of that size."""
        if self._planes_independent:
            for plane, target, gain, add in zip(frame, i420.planes(out), np.diag(self._mix), self._add, strict=True):
                _scale_plane(plane, target, float(gain), float(add))
        else:
            self._apply_mixed(frame, i420.planes(out))

    def _apply_mixed(self, frame: Planes, out: Planes) -> None:
        """Mix reduced luma into chroma, and the enlarged contribution of chroma into luma."""
        luma, cb, cr = frame
        small_luma = cv2.resize(luma, self._half, interpolation=cv2.INTER_AREA)
        mixed = cv2.transform(cv2.merge((small_luma, cb, cr)), self._chroma_matrix())
        luma_change, out[1][:], out[2][:] = cv2.split(mixed)
        chroma_offset = self._mix[0, 1:].sum() * i420.NEUTRAL
        _scale_plane(luma, out[0], float(self._mix[0, 0]), float(self._add[0] + chroma_offset))
        cv2.addWeighted(out[0], 1, cv2.resize(luma_change, self._full), 1, -i420.NEUTRAL, dst=out[0])

    def _chroma_matrix(self) -> np.ndarray:
        """Return the affine map at chroma size; its first row is the contribution of chroma to luma, plus 128."""
        rows = np.column_stack((self._mix, self._add))
        chroma_weights = self._mix[0, 1:]
        rows[0] = (0, *chroma_weights, i420.NEUTRAL * (1 - chroma_weights.sum()))
        return rows


def _scale_plane(plane: Pixels, out: Pixels, gain: float, add: float) -> None:
    cv2.addWeighted(plane, gain, plane, 0, add, dst=out)
