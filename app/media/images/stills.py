"""The picture of an animation where only a still one can be shown, such as a logo."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PIL import Image

from app.media.probe.facts import DECODE_ERRORS

# Animations fade or draw themselves in: a frame is full if this share of what the fullest one shows is there.
FULL_SHARE = 0.9
# The frames that are looked at, at a small size; differences of pixels that are smaller are noise.
MAX_FRAMES, SIDE, MIN_DIFFERENCE = 300, 64, 24


def seek_full_frame(image: Image.Image) -> None:
    """Go to the first full frame of an animation; the frames after a damaged one are left out.

    Raises what Pillow raises if the first frame is damaged.
    """
    first = int(bool(image.info.get("default_image")))
    shown = list(_shown(image, first))
    full = next((index for index, share in enumerate(shown) if share >= FULL_SHARE * max(shown)), 0)
    image.seek(first + full)


def _shown(image: Image.Image, first: int) -> Iterator[float]:
    """Yield the share of each frame that differs from its corner and can be seen."""
    for index in range(MAX_FRAMES):
        try:
            image.seek(first + index)
            small = image.convert("RGBA").convert("RGBa").resize((SIDE, SIDE), Image.Resampling.BOX)
        except DECODE_ERRORS:
            if index == 0:
                raise
            return
        pixels = np.asarray(small).astype(np.int16)
        yield float((np.abs(pixels - pixels[0, 0]).max(axis=2) >= MIN_DIFFERENCE).mean())
