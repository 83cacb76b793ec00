"""Stills in panels over a background that stands still, with rounded corners and shadows."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from assembly.picture import i420, shadows
from assembly.picture.i420 import Pixels
from assembly.picture.stills import Still

_UNIT = 1 / 255
Place = tuple[slice, slice]
# Corners are drawn at this multiple of their size and averaged, so that their edges are smooth.
_OVERSAMPLING = 8


@dataclass(frozen=True, slots=True)
class PlacedStill:
    """A still whose frames fill the pixels ``left, top`` to ``left + width, top + height`` of the film's frame."""

    still: Still
    left: int
    top: int


class Panels:
    """Frames of ``ground`` (an I420 frame) with ``stills`` over it, later ones over earlier ones.

    ``radius`` is that of the corners in pixels of luma; 0 leaves them square. With ``has_shadow``, the panels have a
    soft shadow on the ground.
    """

    def __init__(self, ground: Pixels, stills: tuple[PlacedStill, ...], radius: int, *, has_shadow: bool = False):
        self.ground, self._stills = ground, stills
        self._buffers = [i420.empty(placed.still.width, placed.still.height) for placed in stills]
        self._corners = tuple(_corner_coverage(radius // step) for step in (1, 2, 2))
        boxes = [(placed.left, placed.top, placed.still.width, placed.still.height) for placed in stills]
        self._light = shadows.light(i420.size(ground), boxes) if has_shadow else None
        self._background = ground if self._light is None else shadows.lit(ground, self._light)

    def frame(self, index: int, out: Pixels) -> None:
        """Write frame ``index`` into ``out``, an I420 buffer of the film's size."""
        np.copyto(out, self._background)
        self._draw_stills(index, out)

    def cards(self, index: int, out: Pixels) -> None:
        """Write the cards of frame ``index`` without their ground into ``out``.

        A frame is ``ground`` × ``openness()`` + these cards, in shares of 255.
        """
        np.copyto(out, 0 if self._light is None else shadows.shade(self._light))
        self._draw_stills(index, out)

    def openness(self) -> Pixels:
        """Return how much of the ground is seen beside the cards and in their shadows (0 … 255), as an I420 buffer."""
        out = np.full_like(self.ground, 255) if self._light is None else shadows.as_bytes(self._light)
        for placed, buffer in zip(self._stills, self._buffers, strict=True):
            self._draw(placed, np.zeros_like(buffer), out)
        return out

    def _draw_stills(self, index: int, out: Pixels) -> None:
        for placed, buffer in zip(self._stills, self._buffers, strict=True):
            placed.still.frame(index, buffer)
            self._draw(placed, buffer, out)

    def _draw(self, placed: PlacedStill, buffer: Pixels, out: Pixels) -> None:
        for plane, (target, picture) in enumerate(zip(i420.planes(out), i420.planes(buffer), strict=True)):
            step = 2 if plane else 1
            _draw(target, picture, placed.left // step, placed.top // step, self._corners[plane])


def _draw(target: Pixels, picture: Pixels, left: int, top: int, corner: Pixels) -> None:
    """Draw ``picture`` into ``target``; ``corner`` is how much of its upper left corner is visible."""
    height, width = picture.shape
    area = target[top : top + height, left : left + width]
    blended = [
        (place, _blended(area[place], picture[place], np.ascontiguousarray(coverage)))
        for place, coverage in _turned(corner)
    ]
    np.copyto(area, picture)
    for place, corner_pixels in blended:
        area[place] = corner_pixels


def corners(radius: int) -> list[tuple[Place, Pixels]]:
    """Return where the four corners of a picture are, and how much of each pixel there is inside (0 … 255)."""
    return _turned(_corner_coverage(radius))


def _turned(corner: Pixels) -> list[tuple[Place, Pixels]]:
    if not corner.size:
        return []
    coverages = (corner, corner[:, ::-1], corner[::-1], corner[::-1, ::-1])
    return list(zip(_corner_slices(corner.shape[0]), coverages, strict=True))


def _blended(below: Pixels, above: Pixels, coverage: Pixels) -> Pixels:
    return np.asarray(
        cv2.add(cv2.multiply(above, coverage, scale=_UNIT), cv2.multiply(below, 255 - coverage, scale=_UNIT)), np.uint8
    )


def _corner_slices(size: int) -> tuple[tuple[slice, slice], ...]:
    near, far = slice(0, size), slice(-size, None)
    return (near, near), (near, far), (far, near), (far, far)


def _corner_coverage(radius: int) -> Pixels:
    """Return 0 … 255 for each pixel of the upper left corner: the share of it inside a circle of ``radius``."""
    if radius < 1:
        return np.empty((0, 0), np.uint8)
    distance = radius - (np.arange(radius * _OVERSAMPLING) + 0.5) / _OVERSAMPLING
    inside = (np.add.outer(distance**2, distance**2) <= radius**2).astype(np.float32) * 255
    return np.asarray(np.rint(cv2.resize(inside, (radius, radius), interpolation=cv2.INTER_AREA)), np.uint8)
