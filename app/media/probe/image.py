"""Facts of an image file."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from app.core.errors import BadMedia
from app.media.images import jpeg
from app.media.images.opening import Source, UserImage, open_typed
from app.media.probe.alpha import is_transparent
from app.media.probe.animation import animation_facts
from app.media.probe.description import description_of
from app.media.probe.facts import DECODE_ERRORS, Limits, MediaFacts
from app.media.probe.file_type import FileType
from schemas.content_types import content_type

# A JPEG that is not progressive has one scan, or one for each colour.
SCANS_OF_COLOURS = 4


def image_facts(path: Path, field: str, limits: Limits, file_type: FileType) -> MediaFacts:
    """Return the facts of an image, which is decoded to its end if its header states an allowed size.

    Raises ``BadMedia``.
    """
    try:
        with path.open("rb") as file, open_typed(file, path.stat().st_size, file_type, field) as user_image:
            image = user_image.image
            limits.check_size(image.width, image.height, field)
            if user_image.source.format == "JPEG":
                _check_jpeg(user_image.source, image.width * image.height, field)
            still = _still_facts(user_image, file_type)
            return animation_facts(path, image, still, field, limits) or still
    except Image.DecompressionBombError as error:
        raise BadMedia(field, f"it has more than the allowed {limits.max_pixels:,} pixels") from error
    except DECODE_ERRORS as error:
        raise BadMedia(field, f"the {file_type.format} is damaged or incomplete") from error


def _check_jpeg(source: Source, pixels: int, field: str) -> None:
    """Raise ``BadMedia`` if decoding a progressive JPEG goes over its pixels too often."""
    scans = jpeg.read_scans(source.file, source.size).count
    if scans > SCANS_OF_COLOURS and scans * pixels > jpeg.MAX_SCANNED_PIXELS:
        raise BadMedia(field, f"it is a large JPEG of {scans} scans", jpeg.SAVE_PLAIN)


def _still_facts(user_image: UserImage, file_type: FileType) -> MediaFacts:
    image = user_image.image
    width, height = user_image.displayed(image.size)
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
        description=description_of(user_image.notes),
    )
