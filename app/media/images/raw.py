"""The picture in a camera raw file: the embedded JPEG of full size, or a page with colours."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from app.media.images import tiff
from app.media.images.jpeg import FRAME_HEADERS
from app.media.images.no_picture import NoPicture
from app.media.images.tags import Directory, TagError

DNG_VERSION = 50706
# Pixels of a sensor, before they are colours.
COLOUR_FILTER_ARRAY, LINEAR_RAW = 32803, 34892
# A smaller picture is a thumbnail.
MIN_LONG_SIDE = 1000
EXPORT = "Export it as JPEG and send that file."
SEARCHED_BYTES, MAX_EMBEDDED, HEADER_BYTES = 128 << 20, 200, 262_144
JPEG_START = re.compile(rb"\xff\xd8\xff[\xdb\xe0-\xef\xc0-\xc2\xc4]")
BASELINE, EXTENDED, PROGRESSIVE = 0xC0, 0xC1, 0xC2


@dataclass(frozen=True, slots=True)
class Embedded:
    """A JPEG of ``width`` × ``height`` pixels at ``at`` in another file."""

    at: int
    width: int
    height: int


def is_raw(pages: list[Directory]) -> bool:
    """Return whether the directories are those of a camera raw file."""
    return any(DNG_VERSION in page.tags or _is_sensor_data(page) for page in pages)


def pages_of(file: BinaryIO, size: int) -> list[Directory]:
    """Return the directories of a raw file; none if it is not built like a TIFF."""
    try:
        return tiff.all_pages(file, size)
    except TagError:
        return []


def full_page(pages: list[Directory], file: BinaryIO) -> Directory:
    """Return the page of full size. Raises ``NoPicture`` with the size of the largest smaller one."""
    shown = [page for page in pages if tiff.WIDTH in page.tags and not _is_sensor_data(page)]
    full = [page for page in shown if tiff.is_full(page) and tiff.long_side(page) >= MIN_LONG_SIDE]
    if full:
        return full[0]
    name = f"is a camera raw file{_kind(pages, file)}"
    if not shown:
        raise NoPicture(f"{name} without a preview", EXPORT)
    largest = max(shown, key=tiff.long_side)
    size = f"{largest.integer(tiff.WIDTH, 0)} × {largest.integer(tiff.HEIGHT, 0)}"
    raise NoPicture(f"{name} whose preview has only {size} pixels", EXPORT)


def _kind(pages: list[Directory], file: BinaryIO) -> str:
    file.seek(0)
    head = file.read(16)
    marks = {b"FUJIFILM": "RAF", b"IIRO": "ORF", b"IIRS": "ORF", b"MMOR": "ORF", b"IIU\x00": "RW2"}
    named = (name for mark, name in marks.items() if head.startswith(mark))
    is_dng = any(DNG_VERSION in page.tags for page in pages)
    kind = next(named, "CR2" if head[8:10] == b"CR" else "CR3" if head[4:8] == b"ftyp" else "DNG" if is_dng else "")
    return f" ({kind})" if kind else ""


def _is_sensor_data(page: Directory) -> bool:
    return page.integer(tiff.PHOTOMETRIC, 0) in (COLOUR_FILTER_ARRAY, LINEAR_RAW)


# -- embedded JPEGs --------------------------------------------------------------------------------------------------


def largest_jpeg(file: BinaryIO, size: int) -> Embedded | None:
    """Return the largest JPEG inside a file; ``None`` if none is larger than a thumbnail."""
    file.seek(0)
    found = _jpegs(file.read(min(size, SEARCHED_BYTES)))
    largest = max(found, key=lambda jpeg: jpeg.width * jpeg.height, default=None)
    return largest if largest and max(largest.width, largest.height) >= MIN_LONG_SIDE else None


def _jpegs(data: bytes) -> Iterator[Embedded]:
    for mark in islice(JPEG_START.finditer(data), MAX_EMBEDDED):
        frame = _frame_size(data[mark.start() : mark.start() + HEADER_BYTES])
        if frame:
            yield Embedded(mark.start(), *frame)


def _frame_size(data: bytes) -> tuple[int, int] | None:
    """Return the size that a JPEG states, unless it is compressed as sensor data are (lossless)."""
    at = 2
    while len(data) >= at + 9 and data[at] == 0xFF:
        marker, precision = data[at + 1], data[at + 4]
        if marker in FRAME_HEADERS:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return (width, height) if marker in (BASELINE, EXTENDED, PROGRESSIVE) and precision == 8 else None
        at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    return None
