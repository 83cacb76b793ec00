"""Planes that move during the exposure of a frame: along an axis, or towards the viewer."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from assembly.picture import i420
from assembly.picture.i420 import Pixels

# Samples of a zoom lie at most this many pixels apart in the corners of the frame; farther apart they are seen singly.
_SAMPLE_DISTANCE = 7.0
# A zoom that moves the corners farther than this is computed at half the size: nothing in it is sharp.
_HALF_SIZE_DISTANCE = 48.0
Point = tuple[float, float]

_WARP = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP


def box_length(distance: float) -> int:
    """Return the length of the box filter, in samples and odd, for a plane that moves by ``distance`` samples."""
    return 2 * max(0, round((abs(distance) - 1) / 2)) + 1


def streak(plane: Pixels, first: float, last: float, out: Pixels, *, across: bool, outside: int | None = None) -> None:
    """Write ``plane`` as seen while it moves from ``first`` to ``last`` samples, to the right or down.

    The motion is averaged with a box filter as long as the distance. Around the plane is its mirror image, or the level
    ``outside``. Positions are rounded to whole samples.
    """
    source, target = (plane, out) if across else (plane.T, out.T)
    width, length = source.shape[1], box_length(last - first)
    margin = length // 2
    strip = _columns(source, -round((first + last) / 2) - margin, width + 2 * margin, outside)
    if margin:
        # An average along the rows of ``strip``; a box filter has the same cost at every length.
        strip = cv2.blur(strip if across else strip.T, (length, 1) if across else (1, length))
        strip = strip if across else strip.T
    np.copyto(target, strip[:, margin : margin + width])


def _columns(plane: Pixels, start: int, count: int, outside: int | None) -> Pixels:
    """Return ``count`` columns of ``plane`` from column ``start``, which may lie outside it."""
    width, end = plane.shape[1], start + count
    if outside is not None and (start >= width or end <= 0):
        return np.full((plane.shape[0], count), outside, np.uint8)
    near, far = min(max(start, 0), width - 1), max(min(end, width), 1)
    part, before, after = plane[:, near:far], max(0, near - start), max(0, end - far)
    if not before and not after:
        return part
    border = cv2.BORDER_REFLECT_101 if outside is None else cv2.BORDER_CONSTANT
    if part.flags.c_contiguous or part.strides[1] == 1:
        return np.asarray(cv2.copyMakeBorder(part, 0, 0, before, after, border, value=outside or 0), np.uint8)
    return np.asarray(cv2.copyMakeBorder(part.T, before, after, 0, 0, border, value=outside or 0), np.uint8).T


@dataclass(frozen=True, slots=True)
class _Zoom:
    """An enlargement from ``first`` to ``last`` times in 2 ** ``passes`` samples, computed at 1/``reduction`` size."""

    first: float
    last: float
    passes: int
    reduction: int


def zoom_streak(frame: Pixels, first: float, last: float, out: Pixels) -> None:
    """Write an I420 ``frame`` as seen while it is enlarged from ``first`` to ``last`` times about its centre.

    Beyond its edges is its mirror image.
    """
    width, height = i420.size(frame)
    distance = abs(math.log(last / first)) * math.hypot(width, height) / 2
    passes = math.ceil(math.log2(distance / _SAMPLE_DISTANCE)) if distance > _SAMPLE_DISTANCE else 0
    zoom = _Zoom(min(first, last), max(first, last), passes, 2 if distance > _HALF_SIZE_DISTANCE else 1)
    for index, (source, target) in enumerate(zip(i420.planes(frame), i420.planes(out), strict=True)):
        rows, columns = source.shape
        # Left-sited chroma: the centre of the frame is a quarter of a sample to the left of the plane's.
        _zoom_plane(source, target, ((columns - 1) / 2 - (0.25 if index else 0), (rows - 1) / 2), zoom)


def _zoom_plane(source: Pixels, target: Pixels, centre: Point, zoom: _Zoom) -> None:
    height, width = source.shape
    size = -(-width // zoom.reduction), -(-height // zoom.reduction)
    small = ((centre[0] + 0.5) / zoom.reduction - 0.5, (centre[1] + 0.5) / zoom.reduction - 0.5)
    plane = _warped(source, _scaling(small, centre, zoom.reduction / zoom.first), size)
    # Each pass doubles the number of samples, which are evenly spaced in the logarithm of the scale.
    for index in range(zoom.passes):
        ratio = (zoom.last / zoom.first) ** (2.0 ** (index - zoom.passes))
        enlarged = _warped(plane, _scaling(small, small, 1 / ratio), size)
        cv2.addWeighted(plane, 0.5, enlarged, 0.5, 0, dst=plane)
    if zoom.reduction > 1:
        cv2.resize(plane, (width, height), dst=target, interpolation=cv2.INTER_LINEAR)
    else:
        np.copyto(target, plane)


def _scaling(target: Point, source: Point, step: float) -> npt.NDArray[np.float64]:
    """Return the affine map of ``target`` to ``source`` with ``step`` source samples to one."""
    return np.array([[step, 0, source[0] - step * target[0]], [0, step, source[1] - step * target[1]]])


def _warped(plane: Pixels, mapping: npt.NDArray[np.float64], size: tuple[int, int]) -> Pixels:
    return np.asarray(cv2.warpAffine(plane, mapping, size, flags=_WARP, borderMode=cv2.BORDER_REFLECT_101), np.uint8)
