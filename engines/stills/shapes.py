"""Drawn shapes behind words: each kind is a function that returns masks, one for each tint.

A mask has shape (height, width), uint8: 255 inside a shape, with smooth edges. Lengths are shares of ``Canvas.unit``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.uint8]
Masks = tuple[Mask, Mask]
Point = tuple[float, float]

# Coordinates are passed to OpenCV with four binary digits after the point.
_SHIFT = 4
_FIXED = 1 << _SHIFT
_BLOB_POINTS = 180
# Soft shapes are drawn at this share of their size.
_SOFT_SCALE = 0.125


@dataclass(frozen=True, slots=True)
class Canvas:
    """An area of ``width`` × ``height`` pixels; ``unit`` is the shorter side of the frame that shows a part of it."""

    width: int
    height: int
    unit: float
    random: np.random.Generator

    def empty(self) -> Mask:
        return np.zeros((self.height, self.width), np.uint8)

    def between(self, low: float, high: float) -> float:
        return float(self.random.uniform(low, high))

    def side(self) -> int:
        """Return −1 or 1."""
        return 1 if self.random.integers(2) else -1

    def at(self, x: float, y: float) -> Point:
        """Return the pixel at shares of the canvas; −1 and 1 are its edges, 0 its middle."""
        return (x + 1) / 2 * self.width, (y + 1) / 2 * self.height


def disc(mask: Mask, centre: Point, radius: float, level: int = 255, thickness: float | None = None) -> None:
    """Draw a disc, or with ``thickness`` a ring; all lengths are in pixels."""
    width = max(1, round(thickness)) if thickness else cv2.FILLED
    point = round(centre[0] * _FIXED), round(centre[1] * _FIXED)
    cv2.circle(mask, point, round(radius * _FIXED), level, width, cv2.LINE_AA, _SHIFT)


def polygon(mask: Mask, points: npt.NDArray[np.float64], level: int = 255) -> None:
    cv2.fillPoly(mask, [np.rint(points * _FIXED).astype(np.int32)], level, cv2.LINE_AA, _SHIFT)


def discs(canvas: Canvas) -> Masks:
    """A disc that is larger than the corner it is in, and two small ones in the opposite corner."""
    large, small = canvas.empty(), canvas.empty()
    x, y, unit = canvas.side(), canvas.side(), canvas.unit
    disc(large, canvas.at(0.8 * x, 0.62 * y), unit * canvas.between(0.5, 0.62))
    disc(large, canvas.at(-0.7 * x, 0.1 * y), unit * 0.07)
    disc(small, canvas.at(-0.72 * x, -0.72 * y), unit * canvas.between(0.17, 0.22))
    return large, small


def rings(canvas: Canvas) -> Masks:
    """Rings around a point near an edge, and one ring in the opposite corner."""
    many, one = canvas.empty(), canvas.empty()
    x, y, unit = canvas.side(), canvas.side(), canvas.unit
    centre = canvas.at(0.75 * x, 0.45 * y)
    for index in range(5):
        disc(many, centre, unit * (0.16 + 0.17 * index), thickness=unit * 0.042)
    disc(one, canvas.at(-0.66 * x, -0.7 * y), unit * 0.19, thickness=unit * 0.05)
    return many, one


def blobs(canvas: Canvas) -> Masks:
    """Two rounded shapes without corners, in opposite corners."""
    large, small = canvas.empty(), canvas.empty()
    x, y, unit = canvas.side(), canvas.side(), canvas.unit
    polygon(large, _blob(canvas, canvas.at(0.72 * x, 0.66 * y), unit * canvas.between(0.5, 0.6)))
    polygon(small, _blob(canvas, canvas.at(-0.75 * x, -0.7 * y), unit * canvas.between(0.26, 0.32)))
    return large, small


def _blob(canvas: Canvas, centre: Point, radius: float) -> npt.NDArray[np.float64]:
    angle = np.linspace(0, 2 * math.pi, _BLOB_POINTS, endpoint=False)
    length = np.ones_like(angle)
    for waves, depth in ((2, 0.16), (3, 0.1), (5, 0.03)):
        length += depth * np.sin(waves * angle + canvas.between(0, 2 * math.pi))
    return np.stack([centre[0] + radius * length * np.cos(angle), centre[1] + radius * length * np.sin(angle)], axis=1)


def bands(canvas: Canvas) -> Masks:
    """Diagonal bands: a broad and a narrow one, and a thin one beside them."""
    broad, thin = canvas.empty(), canvas.empty()
    lean, place = canvas.side(), canvas.between(-0.25, 0.25)
    _band(broad, canvas, lean, place + 0.55, 0.5)
    _band(broad, canvas, lean, place - 0.62, 0.13)
    _band(thin, canvas, lean, place - 0.45, 0.055)
    return broad, thin


def _band(mask: Mask, canvas: Canvas, lean: int, place: float, breadth: float) -> None:
    """Draw a band at ``place`` (in units from the middle, across the band) that is ``breadth`` units wide."""
    angle = math.radians(32) * lean
    along, across = np.array([math.cos(angle), math.sin(angle)]), np.array([-math.sin(angle), math.cos(angle)])
    middle = np.array(canvas.at(0, 0)) + across * place * canvas.unit
    reach, half = along * (canvas.width + canvas.height), across * breadth * canvas.unit / 2
    polygon(
        mask, np.array([middle - reach - half, middle + reach - half, middle + reach + half, middle - reach + half])
    )


def dots(canvas: Canvas) -> Masks:
    """A grid of dots that become smaller away from a corner, and a disc."""
    grid, one = canvas.empty(), canvas.empty()
    x, y, unit = canvas.side(), canvas.side(), canvas.unit
    step = 0.085 * unit
    corner = np.array(canvas.at(x, y))
    farthest = math.hypot(canvas.width, canvas.height)
    for row in range(math.ceil(canvas.height / step) + 1):
        for column in range(math.ceil(canvas.width / step) + 1):
            point = (column + row % 2 / 2) * step, row * step
            share = 1 - float(np.hypot(*(corner - point))) / (0.62 * farthest)
            if share > 0.05:
                disc(grid, point, 0.45 * step * share)
    disc(one, canvas.at(-0.62 * x, -0.68 * y), unit * canvas.between(0.15, 0.2))
    return grid, one


def rays(canvas: Canvas) -> Masks:
    """Rays from a point below or above the middle, with a disc around it."""
    wedges, one = canvas.empty(), canvas.empty()
    y, start, count = canvas.side(), canvas.between(0, 2 * math.pi), 11
    centre = np.array(canvas.at(0.25 * canvas.side(), 0.5 * y))
    reach = 2.0 * (canvas.width + canvas.height)
    for index in range(count):
        first, last = (start + 2 * math.pi * (index + edge) / count for edge in (0.0, 0.5))
        ends = [centre + reach * np.array([math.cos(angle), math.sin(angle)]) for angle in (first, last)]
        polygon(wedges, np.array([centre, *ends]))
    disc(one, canvas.at(0.7 * canvas.side(), -0.74 * y), canvas.unit * 0.13)
    return wedges, one


def strokes(canvas: Canvas) -> Masks:
    """Strokes of a dry brush: bundles of hairs that begin and end at different places."""
    broad, short = canvas.empty(), canvas.empty()
    lean, unit = canvas.side(), canvas.unit
    for y in (-0.62, 0.05, 0.7):
        _stroke(broad, canvas, canvas.at(0.1 * canvas.side(), y), (1.15 * unit, 0.2 * unit), lean)
    _stroke(short, canvas, canvas.at(-0.45 * lean, -0.36), (0.45 * unit, 0.06 * unit), lean)
    return broad, short


def _stroke(mask: Mask, canvas: Canvas, centre: Point, size: tuple[float, float], lean: int) -> None:
    length, breadth = size
    angle = math.radians(canvas.between(8, 16)) * lean
    along, across = np.array([math.cos(angle), math.sin(angle)]), np.array([-math.sin(angle), math.cos(angle)])
    hair = max(2.0, 0.011 * canvas.unit)
    for index in range(round(breadth / hair)):
        offset = (index + 0.5) * hair - breadth / 2
        first, last = (
            -0.5 * length + canvas.between(0, 0.16) * length,
            0.5 * length - canvas.between(0, 0.24) * length,
        )
        start, end = (np.array(centre) + along * reach + across * offset for reach in (first, last))
        ends = [tuple(np.rint(point * _FIXED).astype(int).tolist()) for point in (start, end)]
        cv2.line(mask, ends[0], ends[1], 255, max(1, round(hair * canvas.between(0.75, 1.25))), cv2.LINE_AA, _SHIFT)


def bokeh(canvas: Canvas) -> Masks:
    """Soft discs of light of different sizes."""
    small = Canvas(
        max(8, round(canvas.width * _SOFT_SCALE)),
        max(8, round(canvas.height * _SOFT_SCALE)),
        canvas.unit * _SOFT_SCALE,
        canvas.random,
    )
    return _soft_discs(small, canvas, 9), _soft_discs(small, canvas, 4)


def _soft_discs(small: Canvas, canvas: Canvas, count: int) -> Mask:
    mask = small.empty()
    for _ in range(count):
        layer = small.empty()
        centre = small.at(small.between(-1, 1), small.between(-1, 1))
        disc(layer, centre, small.unit * small.between(0.07, 0.24), level=round(small.between(90, 200)))
        mask = np.asarray(cv2.add(mask, layer), np.uint8)
    soft = cv2.GaussianBlur(mask, (0, 0), 0.012 * small.unit)
    return np.asarray(cv2.resize(soft, (canvas.width, canvas.height), interpolation=cv2.INTER_CUBIC), np.uint8)


def lines(canvas: Canvas) -> Masks:
    """Thin arcs around a point outside the frame, and one thicker arc between them."""
    thin, thick = canvas.empty(), canvas.empty()
    centre, unit = canvas.at(1.25 * canvas.side(), 0.8 * canvas.side()), canvas.unit
    for index in range(14):
        target, breadth = (thick, 0.02) if index == 6 else (thin, 0.006)
        disc(target, centre, unit * (0.3 + 0.13 * index), thickness=max(1.5, breadth * unit))
    return thin, thick


DRAWINGS: dict[str, Callable[[Canvas], Masks]] = {
    "discs": discs,
    "rings": rings,
    "blobs": blobs,
    "bands": bands,
    "dots": dots,
    "rays": rays,
    "strokes": strokes,
    "bokeh": bokeh,
    "lines": lines,
}


def draw_shapes(rgb: Mask, kind: str, tints: Sequence[tuple[Sequence[int], float]], canvas: Canvas) -> Mask:
    """Return ``rgb`` with the shapes of ``kind`` over it; a tint is a colour and an opacity (0 … 1)."""
    channels = list(cv2.split(rgb))
    levels = np.arange(256) / 255
    below, above = DRAWINGS[kind](canvas)
    # Two tints over each other would be a third colour, on which letters may not be readable.
    masks = cv2.min(below, cv2.bitwise_not(above)), above
    for mask, (colour, opacity) in zip(masks, tints, strict=True):
        coverage = cv2.multiply(mask, opacity)
        rest = cv2.bitwise_not(coverage)
        for index, value in enumerate(colour):
            tint = cv2.LUT(coverage, np.rint(levels * value).astype(np.uint8))
            channels[index] = cv2.add(cv2.multiply(channels[index], rest, scale=1 / 255), tint)
    return np.asarray(cv2.merge(channels), np.uint8)
