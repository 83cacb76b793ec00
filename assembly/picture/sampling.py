"""A plane read linearly at evenly spaced places, at half of what a general warp of it costs.

The frame wants the places ``start + step * X``. ``cv2.resize`` of a region that begins at the whole sample ``origin``
reads, for its own sample ``k``, the place ``origin + (k + ½) * step − ½``. So a few samples too many are made: ``skip``
is the first ``k`` for which ``origin = start − (k + ½) * step + ½`` comes out whole, near enough for nobody to see, and
what lies before it is cut away. There is one unless ``step`` is close to a ratio of small numbers (1, 5/4, 4/3 …);
then the plane is warped, which reads the same places, so that nothing shows where one way takes over from the other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from assembly.picture.i420 import Pixels

# How far from its place, in samples of the plane, a sample may be read.
_TOLERANCE = 0.02
# How many samples of the frame may be made only to be cut away.
_FARTHEST = 128
# The region ends a little later than the frame, so that its last samples have neighbours too.
_AFTER = 4
_SKIPS = np.arange(_FARTHEST + 1)
_WARP = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP


@dataclass(frozen=True, slots=True)
class Region:
    """Along one axis: the samples of the plane that are resized, and how many of the made ones are cut away first."""

    origin: int
    length: int
    skip: int


def region(start: float, step: float, count: int) -> Region | None:
    """What to resize so that ``count`` samples at ``start + step * X`` are in it, if there is such a region."""
    places = (_SKIPS + 0.5) * step - 0.5
    origins = np.rint(start - places)
    # What lies before a region's first sample would be read as that sample.
    fitting = (np.abs(start - places - origins) <= _TOLERANCE) & (places >= 0)
    skip = int(fitting.argmax())
    length = math.ceil((skip + count) * step) + 1
    return Region(int(origins[skip]), length, skip) if fitting[skip] else None


class Plane:
    """``pixels``, with their edges repeated around them, to be read into planes of ``size`` (width, height).

    ``step`` is the longest one that will be asked for; a longer one is slower where it begins near an edge.
    """

    def __init__(self, pixels: Pixels, size: tuple[int, int], step: float) -> None:
        self._before = math.ceil(_FARTHEST * step) + 1
        edges = (self._before, _AFTER, self._before, _AFTER)
        self._pixels = np.asarray(cv2.copyMakeBorder(pixels, *edges, cv2.BORDER_REPLICATE), np.uint8)
        self._size = size
        more = _FARTHEST + _AFTER
        self._room = np.empty((size[1] + more, size[0] + more), np.uint8)

    def read(self, left: float, top: float, step: float, out: Pixels) -> None:
        """Writes the samples at ``(left + step * X, top + step * Y)`` of the plane into ``out``."""
        left, top = left + self._before, top + self._before
        starts = zip((left, top), self._size, strict=True)
        across, down = (region(start, step, count) for start, count in starts)
        if across and down and self._holds(across, down):
            self._resize(across, down, step, out)
        else:
            mapping = np.array([[step, 0, left], [0, step, top]])
            cv2.warpAffine(self._pixels, mapping, self._size, dst=out, flags=_WARP, borderMode=cv2.BORDER_REPLICATE)

    def _holds(self, across: Region, down: Region) -> bool:
        ends = zip((across, down), self._pixels.shape[::-1], strict=True)
        return all(it.origin >= 0 and it.origin + it.length <= end for it, end in ends)

    def _resize(self, across: Region, down: Region, step: float, out: Pixels) -> None:
        source = self._pixels[down.origin : down.origin + down.length, across.origin : across.origin + across.length]
        rows, columns = round(down.length / step), round(across.length / step)
        room = self._room[:rows, :columns]
        # The scale is given, not the size: from a size OpenCV would take another scale, a little off. "Exact" rounds as
        # the warp does; plain INTER_LINEAR rounds down, an eighth of a level darker.
        made = cv2.resize(source, None, dst=room, fx=1 / step, fy=1 / step, interpolation=cv2.INTER_LINEAR_EXACT)
        width, height = self._size
        np.copyto(out, made[down.skip : down.skip + height, across.skip : across.skip + width])
