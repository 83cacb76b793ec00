"""The soft shadows of panels, and of images over the picture, on the ground behind them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from assembly.picture import i420
from assembly.picture.i420 import Pixels

Light = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]
# Left, top, width and height in pixels of luma.
Box = tuple[int, int, int, int]

# Of the shadow of a panel, in shares of the frame's shorter side: its softness (the deviation of a Gaussian) and how
# far it lies below the panel.
BLUR, OFFSET = 0.022, 0.012
OPACITY = 0.45


def light(size: tuple[int, int], boxes: Sequence[Box]) -> Light:
    """Return how much light (0 … 1) reaches a ground of ``size``, for each sample of luma and of chroma."""
    side = min(size)
    unlit = np.ones((size[1], size[0]), np.float32)
    for left, top, width, height in boxes:
        across = _blurred_span(size[0], left, left + width, BLUR * side)
        down = _blurred_span(size[1], top + OFFSET * side, top + height + OFFSET * side, BLUR * side)
        unlit *= 1 - np.outer(down, across)
    luma = np.asarray(1 - OPACITY * (1 - unlit), np.float32)
    # Left-sited chroma: on its left luma column, halfway between two rows.
    return luma, np.asarray((luma[::2, ::2] + luma[1::2, ::2]) / 2, np.float32)


def _blurred_span(length: int, start: float, end: float, deviation: float) -> npt.NDArray[np.float32]:
    """Return a line that is 1 from ``start`` to ``end`` and else 0, blurred with a Gaussian."""
    scale = 1 / (deviation * math.sqrt(2))
    return np.array(
        [(math.erf((x + 0.5 - start) * scale) - math.erf((x + 0.5 - end) * scale)) / 2 for x in range(length)],
        np.float32,
    )


def lit(ground: Pixels, light: Light) -> Pixels:
    """Return ``ground`` in the ``light``: darker in the shadows, of the same colour."""
    out = np.empty_like(ground)
    for source, target, share, base in _planes(ground, out, light):
        np.copyto(target, np.rint(base + (source - np.float32(base)) * share), casting="unsafe")
    return out


def shade(light: Light) -> Pixels:
    """Return what a shadow adds where it takes light: ``lit(ground)`` is ``ground`` × light + this."""
    height, width = light[0].shape
    out = i420.empty(width, height)
    for _, target, share, base in _planes(out, out, light):
        np.copyto(target, np.rint(base * (1 - share)), casting="unsafe")
    return out


def as_bytes(light: Light) -> Pixels:
    """Return the light (0 … 255) as an I420 buffer."""
    height, width = light[0].shape
    out = i420.empty(width, height)
    for _, target, share, _ in _planes(out, out, light):
        np.copyto(target, np.rint(255 * share), casting="unsafe")
    return out


def _planes(
    source: Pixels, target: Pixels, light: Light
) -> Sequence[tuple[Pixels, Pixels, npt.NDArray[np.float32], int]]:
    """Return the planes of two frames with the light on them and the value of black."""
    shares = (light[0], light[1], light[1])
    bases = (i420.BLACK, i420.NEUTRAL, i420.NEUTRAL)
    return list(zip(i420.planes(source), i420.planes(target), shares, bases, strict=True))


def with_shadow(image: npt.NDArray[np.float64], side: int) -> tuple[npt.NDArray[np.float64], int]:
    """Return a premultiplied image (alpha 0 … 1) on its own soft shadow, and the margin added on each side in pixels.

    ``side`` is the shorter side of the frame. Where the image is transparent, it casts no shadow.
    """
    blur = BLUR * side
    # Three deviations of the Gaussian hold nearly all of it; an even margin keeps the position of the chroma samples.
    margin = 2 * math.ceil((3 * blur + OFFSET * side) / 2)
    padded = np.pad(image, ((margin, margin), (margin, margin), (0, 0)))
    down = round(OFFSET * side)
    silhouette = np.roll(padded[..., 3], down, axis=0).astype(np.float32)
    shadow = OPACITY * cv2.GaussianBlur(silhouette, (0, 0), blur)
    padded[..., 3] += (1 - padded[..., 3]) * shadow
    return padded, margin
