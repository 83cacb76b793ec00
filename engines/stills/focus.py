"""Where to look: the point of a picture that must stay in the frame when nobody has named one."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from engines.stills.pictures import Picture, Rgb
from schemas.scene_graph import Focus

Map = npt.NDArray[np.float32]

# The longer side of the copy that is looked at.
_SIDE = 192
# How much of the picture's attention lies around its focus, as a share of the shorter side.
_REACH = 0.16
# Pictures are composed: nothing within this share of the edge is what they are about.
_EDGE = 0.12


def find_focus(picture: Picture) -> Focus:
    """The middle of what draws the eye: what stands out, what has the colour of skin, what is not transparent."""
    if picture.alpha is not None:
        return _middle_of(picture.alpha.astype(np.float32))
    small = _small(picture.rgb)
    attention = _unusual(small) * (0.35 + _contrast(small)) * (1 + 1.5 * _skin(small)) * _composed(small.shape)
    return _strongest(np.asarray(attention, np.float32))


def _small(rgb: Rgb) -> Rgb:
    # Of a very large picture every few pixels are enough to average from.
    stride = max(1, max(rgb.shape[:2]) // (4 * _SIDE))
    rgb = np.ascontiguousarray(rgb[::stride, ::stride])
    height, width = rgb.shape[:2]
    scale = min(1.0, _SIDE / max(width, height))
    size = max(8, round(width * scale)), max(8, round(height * scale))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def _unusual(rgb: Rgb) -> Map:
    """Colours far from the picture's mean colour (Achanta et al., "Frequency-tuned salient region detection", 2009)."""
    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB).astype(np.float32)
    smooth = cv2.GaussianBlur(lab, (5, 5), 0)
    return _unit(np.linalg.norm(smooth - lab.reshape(-1, 3).mean(axis=0), axis=2))


def _contrast(rgb: Rgb) -> Map:
    """Fine detail beside plain ground: what is sharp is what was meant."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    return _unit(cv2.GaussianBlur(cv2.magnitude(across, down), (0, 0), _SIDE / 40))


def _skin(rgb: Rgb) -> Map:
    """Skin of every tone shares a narrow range of chroma (Chai and Ngan, 1999); it only ever adds weight."""
    _, red, blue = cv2.split(cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb))
    inside = (red >= 133) & (red <= 173) & (blue >= 77) & (blue <= 127)
    return np.asarray(cv2.GaussianBlur(inside.astype(np.float32), (0, 0), _SIDE / 60), np.float32)


def _composed(shape: tuple[int, ...]) -> Map:
    down, across = (_bell(length) for length in shape[:2])
    return np.asarray(down[:, None] * across[None, :], np.float32)


def _bell(length: int) -> Map:
    place = (np.arange(length, dtype=np.float32) + 0.5) / length
    return np.asarray(np.clip(np.minimum(place, 1 - place) / _EDGE, 0, 1) * (1 - (place - 0.5) ** 2 * 1.6), np.float32)


def _strongest(attention: Map) -> Focus:
    """The middle of attention around its highest hill; the picture's own middle when there is none."""
    height, width = attention.shape
    reach = _REACH * min(width, height)
    hills = cv2.GaussianBlur(attention, (0, 0), reach, borderType=cv2.BORDER_CONSTANT)
    if float(hills.max()) <= 0 or float(attention.std()) < 1e-4:
        return Focus()
    y, x = np.unravel_index(int(hills.argmax()), hills.shape)
    rows, columns = np.mgrid[0:height, 0:width]
    near = np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / (2 * (1.5 * reach) ** 2))
    return _middle_of(np.asarray(attention * near, np.float32))


def _middle_of(weights: Map) -> Focus:
    total = float(weights.sum(dtype=np.float64))
    if total <= 0:
        return Focus()
    height, width = weights.shape
    x = float(weights.sum(axis=0, dtype=np.float64) @ (np.arange(width) + 0.5)) / total / width
    y = float(weights.sum(axis=1, dtype=np.float64) @ (np.arange(height) + 0.5)) / total / height
    # Coarser than any machine's rounding, so that the same picture has the same focus everywhere.
    return Focus(round(x, 3), round(y, 3))


def _unit(values: npt.NDArray[np.floating]) -> Map:
    top = float(values.max())
    return np.asarray(values / top if top > 0 else values, np.float32)
