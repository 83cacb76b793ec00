"""Detect the focus of a picture: the point that must stay in the frame if the scene names none."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from engines.stills.pictures import Picture, Rgb
from schemas.scene_graph import Focus

Map = npt.NDArray[np.float32]

# The longer side of the downscaled copy that is analysed, in pixels.
_ANALYSED_SIDE = 192
# The standard deviation of the window around the peak of the saliency, as a share of the shorter side.
_PEAK_RADIUS = 0.16
# The weight falls to zero within this share from the edge, where pictures rarely have their subject.
_EDGE_SHARE = 0.12


def find_focus(picture: Picture, saliency: Map) -> Focus:
    """Return the centre of the most salient area of a picture with this ``saliency``, or of its opaque area."""
    return _centre_of_peak(saliency) if picture.alpha is None else _centroid(saliency)


def saliency_of(picture: Picture) -> Map:
    """Return the saliency of a picture: unusual colours, detail and skin colours, downscaled.

    The saliency of a picture with alpha is its opacity.
    """
    if picture.alpha is not None:
        return picture.alpha.astype(np.float32)
    small = _downscaled(picture.rgb)
    saliency = (
        _colour_distance(small) * (0.35 + _detail(small)) * (1 + 1.5 * _skin_colour(small)) * _edge_falloff(small.shape)
    )
    return np.asarray(saliency, np.float32)


def _downscaled(rgb: Rgb) -> Rgb:
    # Averaging every pixel of a very large picture would take long; every few pixels are enough.
    stride = max(1, max(rgb.shape[:2]) // (4 * _ANALYSED_SIDE))
    rgb = np.ascontiguousarray(rgb[::stride, ::stride])
    height, width = rgb.shape[:2]
    scale = min(1.0, _ANALYSED_SIDE / max(width, height))
    size = max(8, round(width * scale)), max(8, round(height * scale))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def _colour_distance(rgb: Rgb) -> Map:
    """Return the distance from the mean colour (Achanta et al., "Frequency-tuned salient region detection", 2009)."""
    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB).astype(np.float32)
    smooth = cv2.GaussianBlur(lab, (5, 5), 0)
    return _normalised(np.linalg.norm(smooth - lab.reshape(-1, 3).mean(axis=0), axis=2))


def _detail(rgb: Rgb) -> Map:
    """Return the local gradient magnitude: the subject is usually in focus and has more detail than the background."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    return _normalised(cv2.GaussianBlur(cv2.magnitude(across, down), (0, 0), _ANALYSED_SIDE / 40))


def _skin_colour(rgb: Rgb) -> Map:
    """Return 1 for chroma in the narrow range of human skin of every tone (Chai and Ngan, 1999), smoothed.

    It only ever raises the saliency.
    """
    _, red, blue = cv2.split(cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb))
    inside = (red >= 133) & (red <= 173) & (blue >= 77) & (blue <= 127)
    return np.asarray(cv2.GaussianBlur(inside.astype(np.float32), (0, 0), _ANALYSED_SIDE / 60), np.float32)


def _edge_falloff(shape: tuple[int, ...]) -> Map:
    down, across = (_axis_falloff(length) for length in shape[:2])
    return np.asarray(down[:, None] * across[None, :], np.float32)


def _axis_falloff(length: int) -> Map:
    position = (np.arange(length, dtype=np.float32) + 0.5) / length
    edge = np.clip(np.minimum(position, 1 - position) / _EDGE_SHARE, 0, 1)
    return np.asarray(edge * (1 - (position - 0.5) ** 2 * 1.6), np.float32)


def _centre_of_peak(saliency: Map) -> Focus:
    """Return the centroid of the saliency around its peak; the picture's centre if it has no peak."""
    height, width = saliency.shape
    radius = _PEAK_RADIUS * min(width, height)
    smooth = cv2.GaussianBlur(saliency, (0, 0), radius, borderType=cv2.BORDER_CONSTANT)
    if float(smooth.max()) <= 0 or float(saliency.std()) < 1e-4:
        return Focus()
    y, x = np.unravel_index(int(smooth.argmax()), smooth.shape)
    rows, columns = np.mgrid[0:height, 0:width]
    weight = np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / (2 * (1.5 * radius) ** 2))
    return _centroid(np.asarray(saliency * weight, np.float32))


def _centroid(weights: Map) -> Focus:
    total = float(weights.sum(dtype=np.float64))
    if total <= 0:
        return Focus()
    height, width = weights.shape
    x = float(weights.sum(axis=0, dtype=np.float64) @ (np.arange(width) + 0.5)) / total / width
    y = float(weights.sum(axis=1, dtype=np.float64) @ (np.arange(height) + 0.5)) / total / height
    # Rounded more coarsely than float errors differ between machines, so that the focus is the same everywhere.
    return Focus(round(x, 3), round(y, 3))


def _normalised(values: npt.NDArray[np.floating]) -> Map:
    maximum = float(values.max())
    return np.asarray(values / maximum if maximum > 0 else values, np.float32)
