"""Open image files as 8-bit sRGB: any orientation, bit depth, palette and colour profile."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from app.core.errors import BadMedia

Rgb = npt.NDArray[np.uint8]
Size = tuple[int, int]

_ORIENTATION = 0x0112
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
        with Image.open(path) as image:
            return _picture(_upright(image, needed_size))
    except UnidentifiedImageError as error:
        raise BadMedia("picture", "the file is not an image") from error
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise BadMedia("picture", f"the image is incomplete or broken ({type(error).__name__})") from error


def _upright(image: Image.Image, needed_size: Callable[[Size], Size]) -> Image.Image:
    stored_size = _swapped_if_sideways(needed_size(_swapped_if_sideways(image.size, image)), image)
    image.draft(None, stored_size)
    image.load()
    srgb = _to_srgb(_downscaled(_to_eight_bits(image), stored_size), image)
    # exif_transpose copies the image even if it has nothing to do.
    return ImageOps.exif_transpose(srgb) if srgb.getexif().get(_ORIENTATION, 1) != 1 else srgb


def _swapped_if_sideways(size: Size, image: Image.Image) -> Size:
    """Convert between the stored and the displayed size, in either direction: orientations 5 to 8 swap the axes."""
    sideways = image.getexif().get(_ORIENTATION, 1) in (5, 6, 7, 8)
    return (size[1], size[0]) if sideways else size


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
    white = 65535.0 if values.max(initial=0) > 255 else 255.0
    white = 1.0 if image.mode == "F" and values.max(initial=0) <= 1 else white
    grey = Image.fromarray(np.rint(np.clip(values / white, 0, 1) * 255).astype(np.uint8))
    grey.info = {k: v for k, v in image.info.items() if k != "transparency"}
    return _with_exif(grey, image)


def _downscaled(image: Image.Image, needed: Size) -> Image.Image:
    factor = min(image.width // max(1, needed[0]), image.height // max(1, needed[1]))
    return _with_exif(image.reduce(factor), image) if factor > 1 else image


def _with_exif(image: Image.Image, source: Image.Image) -> Image.Image:
    image.getexif()[_ORIENTATION] = source.getexif().get(_ORIENTATION, 1)
    return image


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
    return _with_exif(srgb, source)


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
