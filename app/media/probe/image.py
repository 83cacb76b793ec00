"""Facts of an image file."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from app.core.errors import BadMedia
from app.media.probe.alpha import is_transparent
from app.media.probe.animation import animation_facts
from app.media.probe.description import description_of
from app.media.probe.facts import DECODE_ERRORS, Limits, MediaFacts
from app.media.probe.file_type import FileType
from schemas.content_types import content_type

ORIENTATION_TAG, ROTATED_ORIENTATIONS = 0x0112, (5, 6, 7, 8)


def image_facts(path: Path, field: str, limits: Limits, file_type: FileType) -> MediaFacts:
    """Return the facts of an image, which is decoded to its end if its header states an allowed size.

    Raises ``BadMedia``.
    """
    try:
        with Image.open(path, formats=(file_type.format,)) as image:
            limits.check_size(image.width, image.height, field)
            image.verify()
        with Image.open(path, formats=(file_type.format,)) as image:
            still = _decode_facts(image, file_type)
            return animation_facts(path, image, still, field, limits) or still
    except Image.DecompressionBombError as error:
        raise BadMedia(field, f"it has more than the allowed {limits.max_pixels:,} pixels") from error
    except DECODE_ERRORS as error:
        raise BadMedia(field, f"the {file_type.format} is damaged or incomplete") from error


def _decode_facts(image: Image.Image, file_type: FileType) -> MediaFacts:
    width, height = image.size
    if _orientation(image) in ROTATED_ORIENTATIONS:
        width, height = height, width
    # A JPEG is decoded at an eighth of its size: all its data are read, with a sixty-fourth of the memory.
    image.draft("RGB", (max(1, image.width // 8), max(1, image.height // 8)))
    image.load()
    return MediaFacts(
        "image",
        content_type(file_type.suffix),
        file_type.suffix,
        width,
        height,
        alpha=is_transparent(image),
        description=description_of(image),
    )


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ORIENTATION_TAG, 1))
    except DECODE_ERRORS:  # an image with damaged metadata is still accepted
        return 1
