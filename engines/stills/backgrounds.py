"""Backgrounds behind text, cut-out products and pictures that do not fill the frame."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from engines.stills.pictures import Picture, Rgb

_BRIGHTNESS = 0.6
# The standard deviation of the blur as a share of the longer side, and that of the background of cards.
_BLUR_SHARE, _CARD_BLUR_SHARE = 0.05, 0.034
_LEVEL = 256  # one 8-bit level in fixed point
_STEPS = 4096
_TILE = 256
Fixed = npt.NDArray[np.int32]
Soft = npt.NDArray[np.float32]
# ITU-R BT.709.
_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
# The background of cards: the luma from which a colour is light. On a dark one: the shares of the picture's mean luma
# and of the colour's, which is at least so bright, in the mean of the background; how much of the picture's contrast it
# has (1 is all), with a veil of light over it; the shares of both hues, how much more vivid than the picture it is, and
# how many times the colour's hue is enlarged at most where the background is lighter, and how far one channel of a
# vivid colour counts at most. On a light one: the share of the picture.
_LIGHT_LUMA = 128
_PICTURE_LUMA, _COLOUR_LUMA, _DARKEST, _CONTRAST, _VEIL = 0.36, 0.62, 36.0, 0.8, 8.0
_COLOUR_HUE, _PICTURE_HUE, _VIVID, _MOST_TINT, _MOST_HUE = 0.55, 1.1, 0.35, 2.0, 45.0
_LIGHT_SHARE = 0.14


def rgb_of(colour: str) -> tuple[int, int, int]:
    """Parse ``#RRGGBB`` or ``#RRGGBBAA`` into three bytes; alpha is ignored, because a background is opaque."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def gradient(colours: Sequence[str], width: int, height: int) -> Rgb:
    """Return a gradient from the first colour at the top left to the last at the bottom right, or one plain colour.

    It is dithered with constant noise, because eight bits give visible steps in a slow gradient.
    """
    stops = [rgb_of(colour) for colour in colours]
    if len(stops) == 1:
        return np.full((height, width, 3), stops[0], np.uint8)
    across, down = np.linspace(0, 0.35, width), np.linspace(0, 0.65, height)
    position = np.add.outer(down * _STEPS, across * _STEPS).astype(np.int32)
    noise = _dither(width, height)
    rgb = np.empty((height, width, 3), np.uint8)
    for channel in range(3):
        levels = _levels([stop[channel] for stop in stops])
        rgb[..., channel] = np.clip(levels[position] + noise, 0, 255 * _LEVEL) // _LEVEL
    return rgb


def _levels(stops: list[int]) -> Fixed:
    """Return one channel along the gradient, eased between its stops, in rounded fixed point."""
    position = np.linspace(0, len(stops) - 1, _STEPS + 1)
    first = np.minimum(position.astype(int), len(stops) - 2)
    share = position - first
    share = share * share * (3 - 2 * share)
    values = np.array(stops, float)
    levels = (values[first] * (1 - share) + values[first + 1] * share + 0.5) * _LEVEL
    return np.asarray(levels, np.int32)


def _dither(width: int, height: int) -> Fixed:
    # Triangular noise of one level, equal for all channels so that the grain is grey and not coloured.
    random = np.random.Generator(np.random.PCG64(20))
    tile = random.integers(0, _LEVEL, (2, _TILE, _TILE), dtype=np.int32)
    repeats = -(-height // _TILE), -(-width // _TILE)
    return np.tile(tile[0] - tile[1], repeats)[:height, :width]


def blurred_background(picture: Picture, width: int, height: int, centre: tuple[float, float]) -> Rgb:
    """Return the picture blurred, darkened and cropped to the frame, as a background for the picture itself.

    ``centre`` (shares of the picture) is the part that stays visible when the picture is larger than the frame.
    """
    return _enlarged(_soft_copy(picture, width, height, centre, _BLUR_SHARE) * _BRIGHTNESS, width, height)


def card_background(picture: Picture, width: int, height: int, colour: str) -> Rgb:
    """Return the picture blurred and cropped to the frame, with the brightness and partly the hue of ``colour``.

    A dark colour gives a dark background in which the picture's own light and colours are seen, a light one a light
    background with hardly any.
    """
    soft = _soft_copy(picture, width, height, (0.5, 0.5), _CARD_BLUR_SHARE)
    base = np.array(rgb_of(colour), np.float32)
    own_luma, luma = float(base @ _LUMA), (soft @ _LUMA)[..., None]
    if own_luma < _LIGHT_LUMA:
        mean = float(luma.mean())
        relative = (luma + _VEIL) / (mean + _VEIL)
        level = (_PICTURE_LUMA * mean + _COLOUR_LUMA * max(own_luma, _DARKEST)) * relative**_CONTRAST
        # A colour that is darkened as it is keeps its saturation; a little more looks alive under captions.
        vivid = np.minimum(1.0, level / (luma + _VEIL) + _VIVID)
        tint = np.clip(base - own_luma, -_MOST_HUE, _MOST_HUE)
        tint = tint * np.clip(level / max(1.0, own_luma), 1.0, _MOST_TINT)
        hue = tint * _COLOUR_HUE + (soft - luma) * _PICTURE_HUE * vivid
    else:
        level = (1 - _LIGHT_SHARE) * own_luma + _LIGHT_SHARE * luma
        hue = (base - own_luma) + (soft - luma) * _LIGHT_SHARE
    return _enlarged(np.asarray(level + hue, np.float32), width, height)


def _soft_copy(picture: Picture, width: int, height: int, centre: tuple[float, float], blur: float) -> Soft:
    # A small copy is enough, because the blur removes all detail.
    small_width = 120
    small_height = max(2, round(small_width * height / width))
    filled = _crop_to_fill(picture.rgb, small_width, small_height, centre)
    sigma = blur * max(small_width, small_height)
    soft = cv2.GaussianBlur(filled, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101)
    return np.asarray(soft, np.float32)


def _enlarged(soft: Soft, width: int, height: int) -> Rgb:
    large = np.asarray(cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    large += (_dither(width, height) / _LEVEL + 0.5).astype(np.float32)[..., None]
    return np.asarray(np.clip(large, 0, 255, out=large), np.uint8)


def _crop_to_fill(rgb: Rgb, width: int, height: int, centre: tuple[float, float]) -> Rgb:
    rows, columns = rgb.shape[:2]
    scale = max(width / columns, height / rows)
    box_width, box_height = min(columns, round(width / scale)), min(rows, round(height / scale))
    left = min(columns - box_width, max(0, round(centre[0] * columns - box_width / 2)))
    top = min(rows - box_height, max(0, round(centre[1] * rows - box_height / 2)))
    box = rgb[top : top + max(1, box_height), left : left + max(1, box_width)]
    return np.asarray(cv2.resize(box, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
