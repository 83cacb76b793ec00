"""The pages of a TIFF, and the one that is the picture."""

from __future__ import annotations

from typing import BinaryIO

from app.media.images.no_picture import SAVE_AGAIN, NoPicture
from app.media.images.parts import Piece
from app.media.images.tags import Directory, directories

SUBFILE_TYPE, WIDTH, HEIGHT, PHOTOMETRIC, STRIPS, TILES = 254, 256, 257, 262, 273, 324
REDUCED, MASK = 1, 4
# XMP, IPTC, Photoshop resources, and the directories of EXIF, GPS and interoperability.
NOTES = (700, 33723, 34377, 34665, 34853, 40965)


def all_pages(file: BinaryIO, size: int) -> list[Directory]:
    """Return the directories of a TIFF; the first may have no pixels. Raises ``TagError`` or ``NoPicture``."""
    pages = list(directories(file, size))
    for page in pages:
        # Tags of an honest file do not share their bytes. Pillow reads each one into memory.
        if sum(tag.value_bytes for tag in page.tags.values()) > size:
            raise NoPicture("is a TIFF whose tags are larger than the file", SAVE_AGAIN)
    return pages


def full_page(pages: list[Directory]) -> Directory:
    """Return the first page that is no thumbnail and no mask, or else the first with pixels. Raises ``NoPicture``."""
    with_pixels = [page for page in pages if _has_pixels(page)]
    if not with_pixels:
        raise NoPicture(_why_no_pixels(pages), SAVE_AGAIN)
    return next(filter(is_full, with_pixels), with_pixels[0])


def is_full(page: Directory) -> bool:
    """Return whether a page has pixels of full size."""
    return _has_pixels(page) and not page.integer(SUBFILE_TYPE, 0) & (REDUCED | MASK)


def _has_pixels(page: Directory) -> bool:
    has_data = any(number in page.tags and page.tags[number].count for number in (STRIPS, TILES))
    return has_data and page.integer(WIDTH, 0) > 0 and page.integer(HEIGHT, 0) > 0


def _why_no_pixels(pages: list[Directory]) -> str:
    places = {page.at: index for index, page in enumerate(pages)}
    if any(places.get(page.following, len(pages)) <= index for index, page in enumerate(pages)):
        return "is a TIFF without pixels whose directories refer to each other in a circle"
    return "is a TIFF without pixels: its tags do not say how large they are and where they are stored"


def long_side(page: Directory) -> int:
    """Return the larger of width and height in pixels."""
    return max(page.integer(WIDTH, 0), page.integer(HEIGHT, 0))


def pieces_of_page(page: Directory) -> list[Piece]:
    """Return the file with ``page`` as its only one, without its notes: a new directory follows the file."""
    width = page.layout.offset_bytes
    page.file.seek(0)
    at = page.size + page.size % 2
    padding = bytes(page.size % 2)
    return [
        page.file.read(width),
        page.layout.bytes(at, width),
        (2 * width, page.size - 2 * width),
        padding,
        page.without(NOTES),
    ]
