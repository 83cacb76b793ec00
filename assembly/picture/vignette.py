"""Darker corners, laid over every frame as it is made: in a plate they would travel with the camera."""

from __future__ import annotations

import cv2
import numpy as np

from assembly.picture import i420
from assembly.picture.i420 import Pixels

# At full strength a corner keeps this share of its light.
_CORNER = 0.25
_UNIT = 1 / 255


class Vignette:
    """``over(frame)`` darkens an I420 frame of ``width`` × ``height`` in place; ``strength`` 0 … 1, 0 changes nothing.

    Light falls off with the third power of the distance from the middle, so that the middle is left alone. All planes
    are scaled towards black, not luma alone: dark corners with all their chroma would look too colourful.
    """

    def __init__(self, strength: float, width: int, height: int) -> None:
        self.strength = strength
        self._scale = i420.empty(width, height)
        self._rest = i420.empty(width, height)
        share = _light(strength, width, height)
        scale_of_planes = i420.planes(self._scale)
        for plane, scale in zip(scale_of_planes, (share, share[::2, ::2], share[::2, ::2]), strict=True):
            np.copyto(plane, np.rint(scale * 255).astype(np.uint8))
        # What is missing to black. Computed as the frames will be, so that black and grey stay exactly what they are.
        ground = i420.empty(width, height)
        ground[:height], ground[height:] = i420.BLACK, i420.NEUTRAL
        cv2.subtract(ground, cv2.multiply(ground, self._scale, scale=_UNIT), dst=self._rest)

    def over(self, frame: Pixels) -> None:
        if self.strength > 0:
            cv2.multiply(frame, self._scale, dst=frame, scale=_UNIT)
            cv2.add(frame, self._rest, dst=frame)


def _light(strength: float, width: int, height: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    across = np.linspace(-1, 1, width)[None, :]
    down = np.linspace(-1, 1, height)[:, None]
    distance = (across**2 + down**2) / 2
    return np.asarray(1 - strength * (1 - _CORNER) * distance**1.5)
