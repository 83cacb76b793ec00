"""Pictures as people send them, opened as plain sRGB: turned upright, any depth, any palette, any profile."""

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
    """``rgb`` is (height, width, 3) sRGB; ``alpha`` is (height, width), or ``None`` where nothing shines through."""

    rgb: Rgb
    alpha: Rgb | None

    @property
    def width(self) -> int:
        return int(self.rgb.shape[1])

    @property
    def height(self) -> int:
        return int(self.rgb.shape[0])


def open_picture(path: Path, enough: Callable[[Size], Size]) -> Picture:
    """The first frame of the picture at ``path``, no smaller than is ``enough`` for its size, if the file is not.

    Much larger ones are reduced while they are read. Raises ``BadMedia`` for what is broken or no picture.
    """
    try:
        with Image.open(path) as image:
            return _pixels(_upright(image, enough))
    except UnidentifiedImageError as error:
        raise BadMedia("picture", "this is no picture that can be opened") from error
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise BadMedia("picture", f"it cannot be read to its end ({type(error).__name__})") from error


def _upright(image: Image.Image, enough: Callable[[Size], Size]) -> Image.Image:
    wanted = _turned(enough(_turned(image.size, image)), image)
    image.draft(None, wanted)
    image.load()
    made = _srgb(_reduced(_plain(image), wanted), image)
    # Without anything to turn it would be copied all the same.
    return ImageOps.exif_transpose(made) if made.getexif().get(_ORIENTATION, 1) != 1 else made


def _turned(size: Size, image: Image.Image) -> Size:
    """Between the size as stored and as shown, in both directions: orientations 5 to 8 lie on their side."""
    sideways = image.getexif().get(_ORIENTATION, 1) in (5, 6, 7, 8)
    return (size[1], size[0]) if sideways else size


def _plain(image: Image.Image) -> Image.Image:
    """8 bits a channel, no palette, alpha kept."""
    if image.mode in _DEEP_GREY:
        return _eight_bits(image)
    if image.mode in ("P", "PA", "LA", "La", "RGBa") or "transparency" in image.info:
        alpha = image.mode != "P" or "transparency" in image.info
        return image.convert("RGBA" if alpha else "RGB")
    if image.mode in ("RGB", "RGBA", "L", "CMYK", "LAB"):
        return image
    return image.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    # Pillow's own conversion clips deep greys at 255 instead of scaling them.
    deep = np.asarray(image, np.float64)
    top = 65535.0 if deep.max(initial=0) > 255 else 255.0
    top = 1.0 if image.mode == "F" and deep.max(initial=0) <= 1 else top
    grey = Image.fromarray(np.rint(np.clip(deep / top, 0, 1) * 255).astype(np.uint8))
    grey.info = {k: v for k, v in image.info.items() if k != "transparency"}
    return _with_exif(grey, image)


def _reduced(image: Image.Image, wanted: Size) -> Image.Image:
    factor = min(image.width // max(1, wanted[0]), image.height // max(1, wanted[1]))
    return _with_exif(image.reduce(factor), image) if factor > 1 else image


def _with_exif(made: Image.Image, source: Image.Image) -> Image.Image:
    made.getexif()[_ORIENTATION] = source.getexif().get(_ORIENTATION, 1)
    return made


def _srgb(image: Image.Image, source: Image.Image) -> Image.Image:
    """In sRGB. Without a profile, or with a broken one, the numbers are taken as they are."""
    profile, alpha = source.info.get("icc_profile"), None
    plain = image
    if image.mode == "RGBA":
        plain, alpha = image.convert("RGB"), image.getchannel("A")
    if profile:
        plain = _converted(plain, profile)
    made = plain if plain.mode == "RGB" else plain.convert("RGB")
    if alpha is not None:
        made.putalpha(alpha)
    return _with_exif(made, source)


def _converted(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        out = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return out or image


def _pixels(image: Image.Image) -> Picture:
    pixels = np.asarray(image)
    alpha = pixels[..., 3] if image.mode == "RGBA" else None
    if alpha is not None and alpha.min() == 255:
        alpha = None
    return Picture(np.ascontiguousarray(pixels[..., :3]), None if alpha is None else np.ascontiguousarray(alpha))
