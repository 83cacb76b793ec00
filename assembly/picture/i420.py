"""The encoder's frame format: one planar buffer, 8-bit yuv420p (I420), BT.709 limited range.

Shape ``(height * 3 // 2, width)``, uint8: ``height`` rows of luma, then U and V, each ``(height // 2, width // 2)``,
one after the other. Chroma is left-sited: a chroma sample lies on its left luma column, halfway between its two rows.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Planes = tuple[Pixels, Pixels, Pixels]

BLACK = 16
WHITE = 235
NEUTRAL = 128


def empty(width: int, height: int) -> Pixels:
    """Return an uninitialised buffer for one frame."""
    return np.empty((height * 3 // 2, width), np.uint8)


def size(frame: Pixels) -> tuple[int, int]:
    """Return width and height in luma samples; raises ``ValueError`` for a buffer of another format."""
    rows, width = frame.shape
    height = rows * 2 // 3
    if frame.dtype != np.uint8 or width % 2 or height % 2 or height * 3 != rows * 2:
        raise ValueError(f"not an I420 frame of even size: {frame.shape} {frame.dtype}")
    return width, height


def planes(frame: Pixels) -> Planes:
    """Return Y, U and V as views: writing to them writes to ``frame``, which must be contiguous."""
    width, height = size(frame)
    flat = frame.reshape(-1)
    if not np.may_share_memory(flat, frame):
        raise ValueError("an I420 frame must be contiguous")
    luma, quarter = width * height, width * height // 4
    half = (height // 2, width // 2)
    return (
        flat[:luma].reshape(height, width),
        flat[luma : luma + quarter].reshape(half),
        flat[luma + quarter :].reshape(half),
    )


def dimming(share: float) -> tuple[Pixels, Pixels]:
    """Return the tables for ``dim``: luma goes to black and chroma to grey by ``share`` (0 … 1)."""
    levels = np.arange(256, dtype=np.float64)
    luma, chroma = (base + (levels - base) * (1 - share) for base in (BLACK, NEUTRAL))
    return _as_bytes(luma), _as_bytes(chroma)


def _as_bytes(values: npt.NDArray[np.float64]) -> Pixels:
    return np.asarray(np.rint(np.clip(values, 0, 255)), np.uint8)


def dim(frame: Pixels, tables: tuple[Pixels, Pixels]) -> None:
    """Darken a frame in place with the tables of ``dimming``."""
    luma, *chroma = planes(frame)
    cv2.LUT(luma, tables[0], dst=luma)
    for plane in chroma:
        cv2.LUT(plane, tables[1], dst=plane)
