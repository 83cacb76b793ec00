"""A picture with transparency in the encoder's frame format, to be laid over a part of a frame."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from assembly.picture import i420
from assembly.picture.i420 import Pixels

_UNIT = 1 / 255
# ITU-R BT.709, 8 bits, limited range: Y, U and V from R, G and B of 0 … 255.
_KR, _KG, _KB = 0.2126, 0.7152, 0.0722
_RED, _GREEN, _BLUE = np.eye(3)
_LUMA = np.array([_KR, _KG, _KB])
TO_YUV = np.stack(
    [_LUMA * 219 / 255, (_BLUE - _LUMA) / (2 - 2 * _KB) * 224 / 255, (_RED - _LUMA) / (2 - 2 * _KR) * 224 / 255]
)
OFFSET = np.array([i420.BLACK, i420.NEUTRAL, i420.NEUTRAL], np.float64)

Floats = npt.NDArray[np.float64]


def yuv_of(colour: str) -> tuple[float, float, float]:
    """Return ``#RRGGBB`` in BT.709, limited range; an opacity after it is ignored."""
    y, u, v = TO_YUV @ np.array(list(bytes.fromhex(colour.lstrip("#"))[:3]), np.float64) + OFFSET
    return float(y), float(u), float(v)


# Of a plane: the slice of the frame that is covered, premultiplied samples and 255 × (1 − alpha).
Part = tuple[tuple[slice, slice], Pixels, Pixels]


@dataclass(frozen=True, slots=True)
class Move:
    """A patch scaled and turned about its centre, and moved down by pixels of the frame."""

    scale: float = 1.0
    degrees: float = 0.0
    down: float = 0.0


class Patch:
    """For each plane the slice of the frame that is covered, premultiplied samples and 255 × (1 − alpha).

    ``rgba`` has even sides, colours of 0 … 255 multiplied by alpha, and alpha of 0 … 1. ``left`` and ``top`` are even;
    what is outside the frame of ``frame_size`` (width, height) is left out.
    """

    def __init__(self, rgba: Floats, left: int, top: int, frame_size: tuple[int, int]) -> None:
        self._parts: list[Part] = []
        x, y = max(0, -left), max(0, -top)
        inside = rgba[y : max(0, frame_size[1] - top), x : max(0, frame_size[0] - left)]
        if inside.size:
            self._convert(inside, left + x, top + y)

    def _convert(self, rgba: Floats, left: int, top: int) -> None:
        yuv = rgba[..., :3] @ TO_YUV.T + OFFSET * rgba[..., 3:]
        alpha = rgba[..., 3]
        for plane in range(3):
            step = 2 if plane else 1
            samples, coverage = (_chroma_samples(values) if plane else values for values in (yuv[..., plane], alpha))
            height, width = samples.shape
            area = (slice(top // step, top // step + height), slice(left // step, left // step + width))
            self._parts.append((area, _as_uint8(samples), _as_uint8(255 * (1 - coverage))))

    def draw(self, frame: Pixels, opacity: float, move: Move | None = None) -> None:
        """Lay the picture over ``frame``, in place; ``opacity`` is 0 … 1.

        With ``move``, what leaves the area of the patch is left out.
        """
        if opacity <= 0:
            return
        planes = i420.planes(frame)
        parts = [_moved(part, move, step=2 if plane else 1) for plane, part in enumerate(self._parts)] if move else None
        for plane, (area, samples, transparency) in enumerate(parts or self._parts):
            below = planes[plane][area]
            above = cv2.add(cv2.multiply(below, transparency, scale=_UNIT), samples)
            below[...] = above if opacity >= 1 else cv2.addWeighted(below, 1 - opacity, above, opacity, 0)


def _moved(part: Part, move: Move, step: int) -> Part:
    """Return a part of a patch after ``move``; ``step`` is the number of luma samples for one of its samples."""
    area, samples, transparency = part
    height, width = samples.shape
    # The centre of the patch between luma samples; chroma samples are on the left columns and between two rows.
    x, y = (width * step - 1) / 2 / step, ((height * step - 1) / 2 - (step - 1) / 2) / step
    matrix = cv2.getRotationMatrix2D((x, y), move.degrees, move.scale)
    matrix[1, 2] += move.down / step
    moved = (
        np.asarray(cv2.warpAffine(plane, matrix, (width, height), borderValue=outside), np.uint8)
        for plane, outside in ((samples, 0), (transparency, 255))
    )
    return area, next(moved), next(moved)


def _chroma_samples(plane: Floats) -> Floats:
    """Subsample to left-sited chroma: the mean of two rows, and of a column with half of each neighbour."""
    rows = (plane[0::2] + plane[1::2]) / 2
    padded = np.pad(rows, ((0, 0), (1, 1)), mode="edge")
    return np.asarray((padded[:, 0:-2:2] + 2 * padded[:, 1:-1:2] + padded[:, 2::2]) / 4)


def _as_uint8(values: Floats) -> Pixels:
    return np.ascontiguousarray(np.rint(np.clip(values, 0, 255)).astype(np.uint8))
