"""Open image files as 8-bit sRGB: any orientation, bit depth, palette and colour profile."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

from app.core.errors import BadMedia
from app.media.images.opening import UserImage, open_image
from app.media.probe.facts import DECODE_ERRORS

Rgb = npt.NDArray[np.uint8]
Size = tuple[int, int]

# Of a TIFF: the tag that says whether 0 is white.
PHOTOMETRIC, WHITE_IS_ZERO = 262, 0
DEEP_WHITE = 65535.0
_DEEP_GREY = ("I;16", "I;16L", "I;16B", "I;16N", "I", "F")


@dataclass(frozen=True, slots=True)
class Picture:
    """``rgb`` is (height, width, 3) in sRGB; ``alpha`` is (height, width), or ``None`` if the picture is opaque."""

    rgb: Rgb
    alpha: Rgb | None

    @property
    def width(self) -> int:
        return int(self.rgb.shape[1])

    @property
    def height(self) -> int:
        return int(self.rgb.shape[0])


def open_picture(path: Path, needed_size: Callable[[Size], Size]) -> Picture:
    """Return the first frame of the image at ``path``, upright.

    ``needed_size`` returns the size that is needed of an image of a given size: much larger images are decoded at a
    reduced size, which is at least that. Raises ``BadMedia`` if the file is broken or not an image.
    """
    try:
        with open_image(path, "picture") as user_image:
            return _picture(_upright(user_image, needed_size))
    except (*DECODE_ERRORS, Image.DecompressionBombError) as error:
        raise BadMedia("picture", f"the image is incomplete or broken ({type(error).__name__})") from error


def _upright(user_image: UserImage, needed_size: Callable[[Size], Size]) -> Image.Image:
    image = user_image.image
    stored_size = user_image.displayed(needed_size(user_image.displayed(image.size)))
    image.draft(None, stored_size)
    image.load()
    return user_image.upright(_to_srgb(_downscaled(_to_eight_bits(image), stored_size), image))


def _to_eight_bits(image: Image.Image) -> Image.Image:
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
    grey.info = {k: v for k, v in image.info.items() if k != "transparency"}
    return grey


def _white_of(mode: str, brightest: float) -> float:
    """Return the value of white; where the mode does not say it, the brightest value does."""
    if mode.startswith("I;16"):
        return DEEP_WHITE
    steps = (1.0, 255.0, DEEP_WHITE) if mode == "F" else (255.0, DEEP_WHITE, 2.0**32 - 1)
    return next((white for white in steps if brightest <= white), steps[-1])


def _downscaled(image: Image.Image, needed: Size) -> Image.Image:
    factor = min(image.width // max(1, needed[0]), image.height // max(1, needed[1]))
    return image.reduce(factor) if factor > 1 else image


def _to_srgb(image: Image.Image, source: Image.Image) -> Image.Image:
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


def _picture(image: Image.Image) -> Picture:
    pixels = np.asarray(image)
    alpha = pixels[..., 3] if image.mode == "RGBA" else None
    if alpha is not None and alpha.min() == 255:
        alpha = None
    return Picture(np.ascontiguousarray(pixels[..., :3]), None if alpha is None else np.ascontiguousarray(alpha))
