"""Vignette: darker corners, applied to every frame. Applied to a plate, they would move with the camera."""

from __future__ import annotations

import cv2
import numpy as np

from assembly.picture import i420
from assembly.picture.i420 import Pixels

# The share of its light that a corner keeps at full strength.
_CORNER_LIGHT = 0.25
_UNIT = 1 / 255


class Vignette:
    """``apply(frame)`` darkens an I420 frame of ``width`` × ``height`` in place; ``strength`` is 0 (no change) … 1.

    Light falls off with the third power of the distance from the centre, so that the centre is unchanged. All planes
    are scaled towards black, not luma alone: dark corners with full chroma would look too saturated.
    """

    def __init__(self, strength: float, width: int, height: int) -> None:
        self.strength = strength
        self._scale = i420.empty(width, height)
        self._offset = i420.empty(width, height)
        share = _light(strength, width, height)
        scale_of_planes = i420.planes(self._scale)
        for plane, scale in zip(scale_of_planes, (share, share[::2, ::2], share[::2, ::2]), strict=True):
            np.copyto(plane, np.rint(scale * 255).astype(np.uint8))
        # Computed by the same multiplication as the frames, so that black and grey stay exactly the same.
        black = i420.empty(width, height)
        black[:height], black[height:] = i420.BLACK, i420.NEUTRAL
        cv2.subtract(black, cv2.multiply(black, self._scale, scale=_UNIT), dst=self._offset)

    def apply(self, frame: Pixels) -> None:
        if self.strength > 0:
            cv2.multiply(frame, self._scale, dst=frame, scale=_UNIT)
            cv2.add(frame, self._offset, dst=frame)


def _light(strength: float, width: int, height: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    across = np.linspace(-1, 1, width)[None, :]
    down = np.linspace(-1, 1, height)[:, None]
    distance = (across**2 + down**2) / 2
    return np.asarray(1 - strength * (1 - _CORNER_LIGHT) * distance**1.5)
