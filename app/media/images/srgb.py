"""Images of users as 8-bit sRGB: any bit depth, palette and colour profile."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageCms

from app.media.images.tiff import PHOTOMETRIC

# Of a TIFF: 0 is white.
WHITE_IS_ZERO = 0
DEEP_WHITE = 65535.0
_DEEP_GREY = ("I;16", "I;16L", "I;16B", "I;16N", "I", "F")


def rgba_of(image: Image.Image) -> Image.Image:
    """Return the current frame of ``image`` in sRGB with 8 bits per channel and alpha."""
    return to_srgb(to_eight_bits(image), image).convert("RGBA")


def to_eight_bits(image: Image.Image) -> Image.Image:
    """Return the image with 8 bits per channel and without palette; alpha is kept."""
    if image.mode in _DEEP_GREY:
        return _deep_grey_to_eight_bits(image)
    if image.mode in ("P", "PA", "LA", "La", "RGBa") or "transparency" in image.info:
        has_alpha = image.mode != "P" or "transparency" in image.info
        return image.convert("RGBA" if has_alpha else "RGB")
    if image.mode in ("RGB", "RGBA", "L", "CMYK", "LAB"):
        return image
    return image.convert("RGB")


def _deep_grey_to_eight_bits(image: Image.Image) -> Image.Image:
    # Pillow's own conversion clips deep greys at 255 instead of scaling them.
    values = np.asarray(image, np.float64)
    if image.mode == "I" and (values.min(initial=0) < 0 or values.max(initial=0) > DEEP_WHITE):
        values %= 2.0**32  # Pillow reads 32 bits without a sign as if they had one
    white = _white_of(image.mode, float(values.max(initial=0)))
    if getattr(image, "tag_v2", {}).get(PHOTOMETRIC) == WHITE_IS_ZERO:
        values = white - values  # Pillow inverts 8 bits only
    grey = Image.fromarray(np.rint(np.clip(values / white, 0, 1) * 255).astype(np.uint8))
    if isinstance(transparent := image.info.get("transparency"), int):
        alpha = Image.fromarray(np.where(np.asarray(image) == transparent, 0, 255).astype(np.uint8))
        grey = Image.merge("RGBA", (grey, grey, grey, alpha))
    grey.info = {k: v for k, v in image.info.items() if k != "transparency"}
    return grey


def _white_of(mode: str, brightest: float) -> float:
    """Return the value of white; where the mode does not say it, the brightest value does."""
    if mode.startswith("I;16"):
        return DEEP_WHITE
    steps = (1.0, 255.0, DEEP_WHITE) if mode == "F" else (255.0, DEEP_WHITE, 2.0**32 - 1)
    return next((white for white in steps if brightest <= white), steps[-1])


def to_srgb(image: Image.Image, source: Image.Image) -> Image.Image:
    """Return the image in sRGB. Without a profile, or with a broken one, its values are taken as sRGB."""
    profile, alpha = source.info.get("icc_profile"), None
    colours = image
    if image.mode == "RGBA":
        colours, alpha = image.convert("RGB"), image.getchannel("A")
    if profile:
        colours = _profile_to_srgb(colours, profile)
    srgb = colours if colours.mode == "RGB" else colours.convert("RGB")
    if alpha is not None:
        srgb.putalpha(alpha)
    return srgb


def _profile_to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return converted or image
