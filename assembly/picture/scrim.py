"""Scrims: the picture is darker or lighter behind text, without an edge that is seen.

Near the upper or lower edge of its picture, a scrim is a gradient that ends at that edge; elsewhere it falls off in all
directions. The falloff is a raised cosine, which begins and ends without a slope.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from assembly.picture import i420
from assembly.picture.i420 import Pixels
from assembly.picture.patch import yuv_of
from assembly.text.layout import Box

# Full strength reaches this far beyond the text, in em.
_MARGIN_EM = 0.25
# From there it falls to nothing within this share of the frame's height, or of its width at the sides.
FALLOFF = 0.36
# Text whose distance from an edge of its picture is less than this share of its height has a gradient to that edge.
_EDGE_SHARE = 0.34
# With a higher power, overlapping scrims are nearer to the largest of them.
_UNION_POWER = 8
_UNIT = 1 / 255
# Any constant: the grain is the same in all films.
_GRAIN_SEED = 5
Shares = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TextArea:
    """Text in ``box`` with this ``em`` and ``outline`` (pixels of the frame) and ``colours``; colours are #RRGGBB.

    ``ground`` is the colour of its scrim, which appears from frame ``first`` to ``full`` and goes from frame ``ends``
    to ``gone``.
    """

    box: Box
    em: float
    colours: tuple[str, ...]
    ground: str
    first: int
    full: int
    ends: int
    gone: int
    outline: float = 0.0
    outline_colour: str = "#000000"

    def opacity(self, index: int) -> float:
        """Return how much of the scrim there is in frame ``index``, 0 … 1."""
        share = min(
            (index - self.first + 1) / (self.full - self.first + 1), (self.gone - index) / (self.gone - self.ends + 1)
        )
        share = min(1.0, max(0.0, share))
        return share * share * (3 - 2 * share)


def falloff(area: TextArea, picture: Box, size: tuple[int, int]) -> Shares:
    """Return the share of a scrim, 0 … 1, in each pixel of a frame of ``size``; the text is in ``picture``."""
    width, height = size
    margin = _MARGIN_EM * area.em
    left, right = _distances(area.box.left - margin, area.box.right + margin, width)
    above, below = _distances(area.box.top - margin, area.box.bottom + margin, height)
    to_top, to_bottom = area.box.top - picture.top, picture.bottom - area.box.bottom
    across = np.maximum(left, right) / (FALLOFF * width)
    if min(to_top, to_bottom) < _EDGE_SHARE * picture.height:
        across = np.zeros(width, np.float32)
        above, below = (np.zeros_like(above), below) if to_top <= to_bottom else (above, np.zeros_like(below))
    down = np.maximum(above, below) / (FALLOFF * height)
    distance = np.hypot(down[:, None], across[None, :])
    return np.asarray((1 + np.cos(np.pi * np.minimum(1, distance))) / 2, np.float32)


def _distances(start: float, end: float, length: int) -> tuple[Shares, Shares]:
    """Return how far each pixel of a line is before ``start`` and after ``end``, at least 0."""
    pixels = np.arange(length, dtype=np.float32) + 0.5
    return np.maximum(0, start - pixels), np.maximum(0, pixels - end)


@dataclass(frozen=True, slots=True)
class Scrim:
    """The scrim of ``area``: the ``shares`` of its colour in the frame's pixels are at most ``strength`` (0 … 1)."""

    area: TextArea
    strength: float
    shares: Shares


class Scrims:
    """``draw(frame, index)`` lays the scrims of a segment, all in the colour ``ground``, over an I420 frame."""

    def __init__(self, scrims: Sequence[Scrim], ground: str) -> None:
        self.scrims, self._ground = tuple(scrims), ground
        self._layers: dict[frozenset[int], _Layer] = {}

    def __bool__(self) -> bool:
        return bool(self.scrims)

    def draw(self, frame: Pixels, index: int) -> None:
        (numbers, share), *others = self._mix(index)
        plain = frame.copy() if others else frame
        self._layer(numbers).draw(frame)
        for numbers, more in others:
            share += more
            other = plain.copy()
            self._layer(numbers).draw(other)
            cv2.addWeighted(frame, 1 - more / share, other, more / share, 0, dst=frame)

    def _mix(self, index: int) -> list[tuple[frozenset[int], float]]:
        """Return the sets of scrims that are mixed in frame ``index``, and their shares of the mix."""
        opacities = [scrim.area.opacity(index) for scrim in self.scrims]
        order = sorted(range(len(opacities)), key=lambda number: -opacities[number])
        bounds = [1.0, *(opacities[number] for number in order), 0.0]
        sets = ((frozenset(order[:count]), above - below) for count, (above, below) in enumerate(pairwise(bounds)))
        return [(numbers, share) for numbers, share in sets if share > 0]

    def _layer(self, numbers: frozenset[int]) -> _Layer:
        """Return the layer of several scrims, which costs no more in a frame than that of one."""
        if numbers not in self._layers:
            self._layers[numbers] = _Layer(_union([self.scrims[number].shares for number in numbers]), self._ground)
        return self._layers[numbers]


def _union(shares: Sequence[Shares]) -> Shares:
    """Return the shares of several scrims, where they overlap hardly more than the largest, and without a crease."""
    if len(shares) < 2:
        return shares[0] if shares else np.zeros((2, 2), np.float32)
    return np.asarray(sum(share**_UNION_POWER for share in shares) ** (1 / _UNION_POWER), np.float32)


class _Layer:
    """A colour with a share of each pixel, in samples of 8 bits.

    The samples have grain, so that the mean of several is less than a level from the gradient, which has no bands.
    """

    def __init__(self, shares: Shares, ground: str) -> None:
        rows, columns = (_even_span(shares.max(axis=axis) > _UNIT / 2) for axis in (1, 0))
        self._place = rows, columns
        luma = shares[slice(*rows), slice(*columns)]
        self._samples = [
            _samples(share, level)
            for share, level in zip((luma, luma[::2, ::2], luma[::2, ::2]), yuv_of(ground), strict=True)
        ]

    def draw(self, frame: Pixels) -> None:
        (top, bottom), (left, right) = self._place
        if top == bottom:
            return
        for step, plane, (keep, add) in zip((1, 2, 2), i420.planes(frame), self._samples, strict=True):
            part = plane[top // step : bottom // step, left // step : right // step]
            cv2.add(cv2.multiply(part, keep, scale=_UNIT), add, dst=part)


def _even_span(is_covered: npt.NDArray[np.bool_]) -> tuple[int, int]:
    """Return the even numbers between which something is covered; a line of the frame has an even length."""
    numbers = np.flatnonzero(is_covered)
    return (int(numbers[0]) // 2 * 2, int(numbers[-1]) // 2 * 2 + 2) if len(numbers) else (0, 0)


def _samples(shares: Shares, level: float) -> tuple[Pixels, Pixels]:
    """Return the factors (of 255) and the summands that mix samples of a frame with ``level``.

    One is rounded up where the other is rounded down, so that the grain of both is hardly more than that of one.
    """
    grain = 0.001 + 0.998 * np.random.default_rng(_GRAIN_SEED).random(shares.shape, np.float32)
    return _rounded_up_by(grain, 255 * (1 - shares)), _rounded_up_by(1 - grain, level * shares)


def _rounded_up_by(grain: Shares, values: Shares) -> Pixels:
    return np.asarray(np.floor(values + grain), np.uint8)
