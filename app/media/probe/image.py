"""The facts of an image."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from app.core.errors import BadMedia
from app.media.probe.facts import UNREADABLE, Limits, MediaFacts
from app.media.probe.file_type import FileType
from schemas.content_types import content_type

ORIENTATION, SIDEWAYS = 0x0112, (5, 6, 7, 8)


def image_facts(path: Path, field: str, limits: Limits, sort: FileType) -> MediaFacts:
    """Decodes the whole image, once its header says that it is of a bearable size. Raises ``BadMedia``."""
    try:
        with Image.open(path, formats=(sort.opens,)) as image:
            limits.check_size(image.width, image.height, field)
            image.verify()
        with Image.open(path, formats=(sort.opens,)) as image:
            return _seen(image, sort)
    except Image.DecompressionBombError as error:
        raise BadMedia(field, f"it has more than the {limits.max_pixels:,} pixels that are allowed") from error
    except UNREADABLE as error:
        raise BadMedia(field, f"the {sort.opens} is damaged or not whole") from error


def _seen(image: Image.Image, sort: FileType) -> MediaFacts:
    width, height = image.size
    if _orientation(image) in SIDEWAYS:
        width, height = height, width
    # A JPEG is decoded whole at an eighth of its size: that proves as much, in a sixty-fourth of the memory.
    image.draft("RGB", (image.width // 8, image.height // 8))
    image.load()
    return MediaFacts("image", content_type(sort.suffix), sort.suffix, width, height, alpha=_can_be_seen_through(image))


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except UNREADABLE:  # broken notes do not make a broken picture
        return 1


def _can_be_seen_through(image: Image.Image) -> bool:
    if not image.has_transparency_data:
        return False
    alpha = image if "A" in image.getbands() else image.convert("RGBA")
    return any(alpha.getchannel("A").histogram()[:255])
