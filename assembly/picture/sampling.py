"""Linear sampling of a plane at evenly spaced positions, at half the cost of a general warp.

The frame needs the positions ``start + step * X``. ``cv2.resize`` of a region that begins at the integer sample
``origin`` reads, for its sample ``k``, the position ``origin + (k + ½) * step − ½``. Therefore a few extra samples are
computed: ``skip`` is the first ``k`` for which ``origin = start − (k + ½) * step + ½`` is an integer within an
invisible tolerance, and the samples before it are discarded. Such a ``k`` exists unless ``step`` is close to a ratio of
small integers (1, 5/4, 4/3 …); then the plane is warped, which reads the same positions, so that the change of method
is not visible.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from assembly.picture.i420 import Pixels

# Maximum error of a sample's position, in samples of the plane.
_TOLERANCE = 0.02
# Maximum number of samples that are computed and discarded.
_MAX_SKIP = 128
# The region ends a little after the frame, so that the last samples have neighbours.
_TRAILING_MARGIN = 4
_SKIPS = np.arange(_MAX_SKIP + 1)
_WARP = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP


@dataclass(frozen=True, slots=True)
class Region:
    """Along one axis: the samples of the plane that are resized, and how many of the results are discarded first."""

    origin: int
    length: int
    skip: int


def find_region(start: float, step: float, count: int) -> Region | None:
    """Return a region whose resize contains ``count`` samples at ``start + step * X``; ``None`` when there is none."""
    offsets = (_SKIPS + 0.5) * step - 0.5
    origins = np.rint(start - offsets)
    # A negative offset would lie before the region's first sample and read that sample instead.
    fitting = (np.abs(start - offsets - origins) <= _TOLERANCE) & (offsets >= 0)
    skip = int(fitting.argmax())
    length = math.ceil((skip + count) * step) + 1
    return Region(int(origins[skip]), length, skip) if fitting[skip] else None


def _changes_size(across: Region, down: Region, step: float) -> bool:
    """Return whether a resize by ``step`` changes the size of the region; OpenCV copies it unscaled otherwise."""
    return step == 1 or any(round(region.length / step) != region.length for region in (across, down))


class Plane:
    """``pixels`` with replicated edges, to be read into planes of ``size`` (width, height).

    ``step`` is the largest step expected; a larger one is slower when it begins near an edge.
    """

    def __init__(self, pixels: Pixels, size: tuple[int, int], step: float) -> None:
        self._margin = math.ceil(_MAX_SKIP * step) + 1
        edges = (self._margin, _TRAILING_MARGIN, self._margin, _TRAILING_MARGIN)
        self._pixels = np.asarray(cv2.copyMakeBorder(pixels, *edges, cv2.BORDER_REPLICATE), np.uint8)
        self._size = size
        extra = _MAX_SKIP + _TRAILING_MARGIN
        self._buffer = np.empty((size[1] + extra, size[0] + extra), np.uint8)

    def read(self, left: float, top: float, step: float, out: Pixels) -> None:
        """Write the samples at ``(left + step * X, top + step * Y)`` of the plane into ``out``."""
        left, top = left + self._margin, top + self._margin
        starts = zip((left, top), self._size, strict=True)
        across, down = (find_region(start, step, count) for start, count in starts)
        if across and down and self._contains(across, down) and _changes_size(across, down, step):
            self._resize(across, down, step, out)
        else:
            mapping = np.array([[step, 0, left], [0, step, top]])
            cv2.warpAffine(self._pixels, mapping, self._size, dst=out, flags=_WARP, borderMode=cv2.BORDER_REPLICATE)

    def _contains(self, across: Region, down: Region) -> bool:
        ends = zip((across, down), self._pixels.shape[::-1], strict=True)
        return all(region.origin >= 0 and region.origin + region.length <= end for region, end in ends)

    def _resize(self, across: Region, down: Region, step: float, out: Pixels) -> None:
        source = self._pixels[down.origin : down.origin + down.length, across.origin : across.origin + across.length]
        rows, columns = round(down.length / step), round(across.length / step)
        buffer = self._buffer[:rows, :columns]
        # From a size OpenCV would derive a slightly different scale, so the scale is passed. "Exact" rounds as the warp
        # does; plain INTER_LINEAR rounds down, an eighth of a level darker.
        resized = cv2.resize(source, None, dst=buffer, fx=1 / step, fy=1 / step, interpolation=cv2.INTER_LINEAR_EXACT)
        width, height = self._size
        np.copyto(out, resized[down.skip : down.skip + height, across.skip : across.skip + width])
