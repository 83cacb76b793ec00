"""Transparent pixels of a decoded image."""

from __future__ import annotations

from PIL import Image


def is_transparent(image: Image.Image) -> bool:
    """Return whether any pixel of a decoded image is transparent, without a second copy of its pixels if possible."""
    if not image.has_transparency_data:
        return False
    bands = image.getbands()
    if "A" in bands:
        extremes = image.getextrema()
        return bool(extremes[bands.index("A")][0] < 255)  # type: ignore[index]
    return any(image.convert("RGBA").getchannel("A").histogram()[:255])
