"""Facts of an image file."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, UnidentifiedImageError

from app.core.errors import BadMedia
from app.media.images import jpeg, jxl
from app.media.images.no_picture import NoPicture
from app.media.images.opening import UserImage, open_typed
from app.media.probe.alpha import is_transparent
from app.media.probe.animation import animation_facts
from app.media.probe.description import description_of
from app.media.probe.facts import DECODE_ERRORS, Limits, MediaFacts
from app.media.probe.file_type import FileType
from schemas.content_types import content_type

# A JPEG that is not progressive has one scan, or one for each colour.
SCANS_OF_COLOURS = 4
DAMAGED = "is damaged or incomplete"
# Types of which Pillow reads some kinds of pixels only.
UNIDENTIFIED = dict.fromkeys(("TIFF", "PSD"), "has pixels of a kind that is not read: save it with 8 bits per colour")


def image_facts(path: Path, field: str, limits: Limits, file_type: FileType) -> MediaFacts:
    """Return the facts of an image, which is decoded to its end if its header states an allowed size.

    Raises ``BadMedia``.
    """
    try:
        with path.open("rb") as file, open_typed(file, path.stat().st_size, file_type, field) as user_image:
            image = user_image.image
            limits.check_size(image.width, image.height, field)
            if user_image.source.is_cut:
                raise ValueError("a frame is damaged")
            if user_image.source.format == "JPEG":
                return _jpeg_facts(user_image, field, file_type)
            if user_image.source.format == "JXL":
                _load_jpeg_xl(image)
            still = _still_facts(user_image, image.size, file_type)
            return animation_facts(path, image, still, field, limits) or still
    except Image.DecompressionBombError as error:
        raise BadMedia(field, f"it has more than the allowed {limits.max_pixels:,} pixels") from error
    except NoPicture as error:
        raise BadMedia(field, f"the file {error}", error.advice) from error
    except UnidentifiedImageError as error:
        raise BadMedia(field, f"the {file_type.format} {UNIDENTIFIED.get(file_type.format, DAMAGED)}") from error
    except DECODE_ERRORS as error:
        raise BadMedia(field, f"the {file_type.format} {DAMAGED}") from error


def _jpeg_facts(user_image: UserImage, field: str, file_type: FileType) -> MediaFacts:
    """Raise ``BadMedia`` if decoding goes over the pixels too often, or if the file ends before its last pixel."""
    source, image, size = user_image.source, user_image.image, user_image.image.size
    head = jpeg.read_head(source.file, source.size)
    scans = jpeg.read_scans(source.file, head, source.size)
    if scans.count > SCANS_OF_COLOURS and scans.count * size[0] * size[1] > jpeg.MAX_SCANNED_PIXELS:
        raise BadMedia(field, f"it is a large JPEG of {scans.count} scans", jpeg.SAVE_PLAIN)
    if image.info.get("progressive"):
        _reserve(jpeg.coefficient_bytes(image))
    jpeg.reduce(image)
    facts = _still_facts(user_image, size, file_type)
    if scans.end and not jpeg.ends_after_its_pixels(source.file, head, scans.end, image.tobytes()):
        raise BadMedia(field, "the JPEG is damaged or incomplete")
    return facts


def _load_jpeg_xl(image: Image.Image) -> None:
    try:
        image.load()
    except OSError:
        _reserve(jxl.BYTES_PER_PIXEL * image.width * image.height)
        raise


def _reserve(size: int) -> None:
    """Raise ``MemoryError`` if so many bytes are not to be had: some decoders do not tell that from damage."""
    bytearray(size)


def _still_facts(user_image: UserImage, size: tuple[int, int], file_type: FileType) -> MediaFacts:
    """Decode an image of ``size`` pixels, as they are stored, and return its facts."""
    image = user_image.image
    width, height = user_image.displayed(size)
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
