"""Exposure of footage on its Y'CbCr planes: one table for luma, one for chroma."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from assembly.picture import i420
from assembly.picture.i420 import Pixels, Planes
from schemas.exposure import Exposure

FrameChange = Callable[[Planes, Pixels], None]


class PlaneExposure:
    """An exposure for I420 frames of one size."""

    def __init__(self, exposure: Exposure, width: int, height: int) -> None:
        levels = np.arange(256)
        luma = [exposure.level((level - i420.BLACK) / 219) for level in levels.tolist()]
        self._luma = _as_bytes(i420.BLACK + 219 * np.array(luma))
        self._chroma = _as_bytes(i420.NEUTRAL + exposure.chroma_gain * (levels - i420.NEUTRAL))
        self._exposed = i420.planes(i420.empty(width, height))

    def before(self, change: FrameChange) -> FrameChange:
        """Return the change of a frame that exposes it and then applies ``change``."""

        def apply(frame: Planes, out: Pixels) -> None:
            tables = (self._luma, self._chroma, self._chroma)
            for plane, table, target in zip(frame, tables, self._exposed, strict=True):
                cv2.LUT(plane, table, dst=target)
            change(self._exposed, out)

        return apply


def _as_bytes(levels: np.ndarray) -> Pixels:
    return np.asarray(np.floor(np.clip(levels, 0, 255) + 0.5), np.uint8)
