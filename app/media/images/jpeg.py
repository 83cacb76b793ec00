"""JPEG files without what is not needed to decode them, and whether all their pixels are there."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO

from PIL import Image

from app.media.images.no_picture import NoPicture
from app.media.images.notes import EXIF_MARK, Notes, exif_directory
from app.media.images.parts import Piece, joined

START_OF_SCAN, END, APP0, APP1, APP2, APP13, APP14, COMMENT = 0xDA, 0xD9, 0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xFE
STANDALONE = (0x01, *range(0xD0, 0xD9))
FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
LOSSLESS = (0xC3, 0xC7, 0xCB, 0xCF)
END_MARK = b"\xff\xd9"
PHOTOSHOP = b"Photoshop 3.0\x00"
IPTC_RESOURCE = 0x0404
MAX_SEGMENTS = 10_000
# libjpeg goes over the whole image for each scan; ordinary progressive files have about ten.
MAX_SCANS = 64
MAX_SCANNED_PIXELS = 1_500_000_000
SAVE_PLAIN = "Save it as an ordinary JPEG (not progressive) and send that file."
# Follows the data of a JPEG when it is tested whether any are missing: bits, and all restart marks.
OTHER_END = b"".join(bytes(range(1, 255)) + bytes([0xFF, 0xD0 + number % 8]) for number in range(64)) + END_MARK
COEFFICIENT_BYTES = 2
STRIP_ROWS, MAX_ZEROS_OF_DATA = 256, 16
CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Head:
    """``pieces`` are the parts before the first scan, at ``scans_at``, that the decoder needs."""

    pieces: list[Piece]
    scans_at: int
    notes: Notes


def cleaned(file: BinaryIO, size: int) -> tuple[list[Piece], Notes]:
    """Return the parts of a JPEG that its decoder needs, followed by an end mark, and its notes.

    Comments, thumbnails, further images and damaged profiles are left out. Raises ``NoPicture`` for too many scans,
    and ``ValueError`` if the file has no end mark and ends before its last pixel.
    """
    head = read_head(file, size)
    scans = read_scans(file, head, size)
    if scans.count > MAX_SCANS:
        raise NoPicture(f"is a JPEG of more than {MAX_SCANS} scans", SAVE_PLAIN)
    if scans.end is None and not _has_all_pixels(file, head, size):
        raise ValueError("the JPEG ends before its last pixel")
    return _with_end(head, size, END_MARK), head.notes


def coefficient_bytes(image: Image.Image) -> int:
    """Return what libjpeg keeps of a progressive JPEG, whose layers are (id, horizontal, vertical sampling, table)."""
    layers: list[tuple[int, int, int, int]] = getattr(image, "layer", [])
    widest, highest = (max((layer[axis] for layer in layers), default=1) for axis in (1, 2))
    shares = sum(layer[1] * layer[2] for layer in layers) / (widest * highest)
    return round(COEFFICIENT_BYTES * image.width * image.height * shares)


def _with_end(head: Head, data_end: int, following: bytes) -> list[Piece]:
    return [*head.pieces, (head.scans_at, max(0, data_end - head.scans_at)), following]


def read_head(file: BinaryIO, size: int) -> Head:
    """Return what precedes the scans of a JPEG. Raises ``NoPicture`` for kinds that libjpeg does not decode here."""
    pieces: list[Piece] = [(0, 2)]
    exif, resources = b"", b""
    scans_at = 2
    for marker, start, end in _segments(file, size):
        scans_at = start
        if marker == START_OF_SCAN:
            break
        scans_at = end
        if marker in FRAME_HEADERS:
            _check_kind(marker, _read(file, start + 4, start + 5))
        exif = exif or (marker == APP1 and _content(file, start, end, EXIF_MARK)) or b""
        resources = resources or (marker == APP13 and _content(file, start, end, PHOTOSHOP)) or b""
        if _is_needed(marker, _read(file, start + 4, min(end, start + 16)), end - start):
            pieces.append((start, end - start))
    return Head(pieces, scans_at, Notes(exif_directory(exif), _iptc_of(resources)))


def _check_kind(marker: int, precision: bytes) -> None:
    if marker in LOSSLESS:
        raise NoPicture("is a lossless JPEG, which is not accepted", SAVE_PLAIN)
    if precision not in (b"\x08", b""):
        raise NoPicture(f"is a JPEG of {precision[0]} bits per colour, which is not accepted", SAVE_PLAIN)


def _content(file: BinaryIO, start: int, end: int, mark: bytes) -> bytes:
    """Return what follows ``mark`` in a segment; nothing if the segment begins with something else."""
    data = _read(file, start + 4, end)
    return data[len(mark) :] if data.startswith(mark) else b""


def _is_needed(marker: int, head: bytes, size: int) -> bool:
    """Return whether a segment changes the pixels; segments that are too short for their kind are left out."""
    if marker == APP2:
        return head.startswith(b"ICC_PROFILE\x00") and size > 18
    if marker in (APP0, APP14):
        return size >= 14
    return not APP0 <= marker <= APP0 + 15 and marker != COMMENT


def _segments(file: BinaryIO, size: int) -> Iterator[tuple[int, int, int]]:
    """Yield (marker, start, end) of the segments up to the first scan, with which it ends."""
    at = 2
    for _ in range(MAX_SEGMENTS):
        mark = _read(file, at, at + 4)
        if len(mark) < 4 or mark[0] != 0xFF:
            return
        if mark[1] == 0xFF:  # a fill byte
            at += 1
            continue
        end = at + (2 if mark[1] in STANDALONE else 2 + struct.unpack(">H", mark[2:])[0])
        if end > size or mark[1] == END:
            return
        yield mark[1], at, end
        if mark[1] == START_OF_SCAN:
            return
        at = end


def _iptc_of(resources: bytes) -> bytes:
    """Return the IPTC records in Photoshop's image resources."""
    at = 0
    while resources[at : at + 4] == b"8BIM" and at + 12 <= len(resources):
        number, name_bytes = struct.unpack_from(">HB", resources, at + 4)
        size_at = at + 6 + (name_bytes + 2) // 2 * 2
        size = int.from_bytes(resources[size_at : size_at + 4], "big")
        if number == IPTC_RESOURCE:
            return resources[size_at + 4 : size_at + 4 + size]
        at = size_at + 4 + size + size % 2
    return b""


def _read(file: BinaryIO, start: int, end: int) -> bytes:
    file.seek(start)
    return file.read(max(0, end - start))


# -- work and completeness -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Scans:
    """The number of scans of a JPEG, and the offset of the end mark after the last one; ``None`` if it is missing."""

    count: int
    end: int | None


def read_scans(file: BinaryIO, head: Head, size: int) -> Scans:
    """Return the scans of a JPEG; one more than ``MAX_SCANS`` are enough."""
    at, count = head.scans_at, 0
    while len(chunk := _read(file, at, min(size, at + CHUNK_BYTES))) > 1:
        for mark in re.finditer(rb"\xff[\xd9\xda]", chunk):
            count += mark[0] != END_MARK
            if mark[0] == END_MARK or count > MAX_SCANS:
                return Scans(count, at + mark.start())
        at += len(chunk) - 1  # the last byte may begin a mark
    return Scans(count, None)


def ends_after_its_pixels(file: BinaryIO, head: Head, data_end: int, pixels: bytes) -> bool:
    """Return whether the bytes before ``data_end`` contain ``pixels``, those of the image at an eighth of its size.

    libjpeg replaces missing data by zeros. If other bits follow, it finds other pixels only if it needs them.
    """
    with _open(file, _with_end(head, data_end, OTHER_END)) as image:
        reduce(image)
        return bool(image.tobytes() == pixels)


def _has_all_pixels(file: BinaryIO, head: Head, size: int) -> bool:
    """Return whether a JPEG without an end mark has all its pixels, with zeros after them or not."""
    zeros = _count_zeros_at_end(file, size)
    # The data themselves may end with zeros.
    ends = {size - zeros, size - max(0, zeros - 1), size - (zeros if zeros > MAX_ZEROS_OF_DATA else 0)}
    versions = ([_digest(file, _with_end(head, end, mark)) for mark in (END_MARK, OTHER_END)] for end in sorted(ends))
    return any(plain == other for plain, other in versions)


def reduce(image: Image.Image) -> None:
    """Let a JPEG be decoded at an eighth of its size: all its data are read, with a sixty-fourth of the memory."""
    image.draft("RGB", (max(1, image.width // 8), max(1, image.height // 8)))


def _count_zeros_at_end(file: BinaryIO, size: int) -> int:
    zeros = 0
    while zeros < size:
        start = max(0, size - zeros - CHUNK_BYTES)
        chunk = _read(file, start, size - zeros)
        stripped = chunk.rstrip(b"\x00")
        zeros += len(chunk) - len(stripped)
        if stripped:
            break
    return zeros


def _open(file: BinaryIO, pieces: list[Piece]) -> Image.Image:
    return Image.open(joined(file, pieces), formats=("JPEG",))


def _digest(file: BinaryIO, pieces: list[Piece]) -> bytes:
    digest = sha256()
    with _open(file, pieces) as image:
        for top in range(0, image.height, STRIP_ROWS):
            digest.update(image.crop((0, top, image.width, min(image.height, top + STRIP_ROWS))).tobytes())
    return digest.digest()
