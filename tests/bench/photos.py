"""Pictures that cost an encoder what photographs cost: structure at every size, grain, edges. The same every time."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image

# Natural pictures have about this slope of amplitude over spatial frequency (Field 1987).
SLOPE = 1.1


def photo(number: int, width: int = 2400, height: int = 1600) -> bytes:
    """A JPEG file."""
    dice = np.random.default_rng(number)
    channels = [_clouds(dice, width, height) for _ in range(3)]
    light = channels[0]
    picture = np.stack([0.75 * light + 0.25 * channel for channel in channels], axis=-1)
    _add_edges(picture, dice)
    picture += dice.normal(0, 0.012, picture.shape)
    image = Image.fromarray((np.clip(picture, 0, 1) * 255).astype(np.uint8))
    file = BytesIO()
    image.save(file, "JPEG", quality=92)
    return file.getvalue()


def _clouds(dice: np.random.Generator, width: int, height: int) -> np.ndarray:
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :])
    frequency[0, 0] = 1 / max(width, height)
    spectrum = np.fft.rfft2(dice.normal(size=(height, width))) / frequency**SLOPE
    field = np.fft.irfft2(spectrum, (height, width))
    low, high = np.percentile(field, (1, 99))
    return np.clip((field - low) / (high - low), 0, 1)


def _add_edges(picture: np.ndarray, dice: np.random.Generator) -> None:
    """Things in front of the clouds, each with a hard edge."""
    height, width, _ = picture.shape
    for _ in range(14):
        top, left = int(dice.integers(height)), int(dice.integers(width))
        box = picture[top : top + int(dice.integers(60, 500)), left : left + int(dice.integers(60, 700))]
        box *= 0.4
        box += 0.6 * dice.random(3)
