"""Open image files as 8-bit sRGB: any orientation, bit depth, palette and colour profile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from app.core.errors import BadMedia
from app.media.images.opening import UserImage, open_image
from app.media.images.srgb import to_eight_bits, to_srgb
from app.media.probe.facts import DECODE_ERRORS

Rgb = npt.NDArray[np.uint8]
Size = tuple[int, int]


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
    return user_image.upright(to_srgb(_downscaled(to_eight_bits(image), stored_size), image))


def _downscaled(image: Image.Image, needed: Size) -> Image.Image:
    factor = min(image.width // max(1, needed[0]), image.height // max(1, needed[1]))
    return image.reduce(factor) if factor > 1 else image


def _picture(image: Image.Image) -> Picture:
    pixels = np.asarray(image)
    alpha = pixels[..., 3] if image.mode == "RGBA" else None
    if alpha is not None and alpha.min() == 255:
        alpha = None
    return Picture(np.ascontiguousarray(pixels[..., :3]), None if alpha is None else np.ascontiguousarray(alpha))
