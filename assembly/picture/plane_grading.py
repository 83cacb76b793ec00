"""The grade laid over footage: each plane by itself, or chroma into luma where a warm look needs it."""

from __future__ import annotations

import cv2
import numpy as np

from app.media.grading import affine, strays
from assembly.picture import i420
from assembly.picture.i420 import Pixels, Planes
from schemas.preset import Grade

# In 8-bit levels, on average over all colours: more of it would be seen beside a still.
UNSEEN = 1.0
# 8-bit limited range: what 0 is, and how far it is to 1.
_ZERO = np.array([i420.BLACK, i420.NEUTRAL, i420.NEUTRAL])
_SPAN = np.array([219.0, 224.0, 224.0])


def fits(grade: Grade) -> bool:
    """Whether planes tell the grade's colours from those of its table by less than is seen."""
    return strays(grade) <= UNSEEN


class PlaneGrading:
    """A grade for frames of one size. What leaves the gamut is left to the screen, which clips it as a table would."""

    def __init__(self, grade: Grade, width: int, height: int) -> None:
        rows = np.array(affine(grade))
        self._mix = _SPAN[:, None] * rows[:, :3] / _SPAN
        self._add = _ZERO + _SPAN * rows[:, 3] - self._mix @ _ZERO
        self._alone = bool(np.allclose(self._mix, np.diag(np.diag(self._mix)), atol=1e-4))
        self._full, self._half = (width, height), (width // 2, height // 2)

    def laid(self, frame: Planes, out: Pixels) -> None:
        """Writes ``frame`` into ``out``, an I420 buffer of that size, with the grade laid over it."""
        if self._alone:
            for plane, target, gain, add in zip(frame, i420.planes(out), np.diag(self._mix), self._add, strict=True):
                _scaled(plane, target, float(gain), float(add))
        else:
            self._mixed(frame, i420.planes(out))

    def _mixed(self, frame: Planes, out: Planes) -> None:
        """Chroma takes what it needs of luma at its own size; luma takes what chroma gives it, enlarged."""
        luma, cb, cr = frame
        small = cv2.resize(luma, self._half, interpolation=cv2.INTER_AREA)
        mixed = cv2.transform(cv2.merge((small, cb, cr)), self._small())
        given, out[1][:], out[2][:] = cv2.split(mixed)
        chroma = self._mix[0, 1:].sum() * i420.NEUTRAL
        _scaled(luma, out[0], float(self._mix[0, 0]), float(self._add[0] + chroma))
        cv2.addWeighted(out[0], 1, cv2.resize(given, self._full), 1, -i420.NEUTRAL, dst=out[0])

    def _small(self) -> np.ndarray:
        rows = np.column_stack((self._mix, self._add))
        given = self._mix[0, 1:]
        rows[0] = (0, *given, i420.NEUTRAL * (1 - given.sum()))
        return rows


def _scaled(plane: Pixels, out: Pixels, gain: float, add: float) -> None:
    cv2.addWeighted(plane, gain, plane, 0, add, dst=out)
