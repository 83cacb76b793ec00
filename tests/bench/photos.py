"""Generated photographs that are as hard to encode as real ones: detail at every scale, grain, edges; reproducible."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image

# The slope of amplitude over spatial frequency in natural images is close to this (Field 1987).
SLOPE = 1.1


def photo(number: int, width: int = 2400, height: int = 1600) -> bytes:
    """A JPEG file; the same number and size give the same bytes."""
    rng = np.random.default_rng(number)
    channels = [_noise_field(rng, width, height) for _ in range(3)]
    light = channels[0]
    picture = np.stack([0.75 * light + 0.25 * channel for channel in channels], axis=-1)
    _add_edges(picture, rng)
    picture += rng.normal(0, 0.012, picture.shape)
    image = Image.fromarray((np.clip(picture, 0, 1) * 255).astype(np.uint8))
    file = BytesIO()
    image.save(file, "JPEG", quality=92)
    return file.getvalue()


def _noise_field(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :])
    frequency[0, 0] = 1 / max(width, height)
    spectrum = np.fft.rfft2(rng.normal(size=(height, width))) / frequency**SLOPE
    field = np.fft.irfft2(spectrum, (height, width))
    low, high = np.percentile(field, (1, 99))
    return np.clip((field - low) / (high - low), 0, 1)


def _add_edges(picture: np.ndarray, rng: np.random.Generator) -> None:
    """Blend rectangles with hard edges into ``picture``."""
    height, width, _ = picture.shape
    for _ in range(14):
        top, left = int(rng.integers(height)), int(rng.integers(width))
        box = picture[top : top + int(rng.integers(60, 500)), left : left + int(rng.integers(60, 700))]
        box *= 0.4
        box += 0.6 * rng.random(3)
