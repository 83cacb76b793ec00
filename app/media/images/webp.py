"""WebP files without what is not needed to decode them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from app.media.images.no_picture import SAVE_AGAIN, NoPicture
from app.media.images.notes import Notes, exif_directory
from app.media.images.parts import Piece, merged

HEAD_BYTES, CHUNK_HEAD_BYTES = 12, 8
PIXEL_CHUNKS = frozenset((b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"))
PROFILE, EXIF = b"ICCP", b"EXIF"
MAX_NOTE_BYTES = 1 << 20
MAX_CHUNKS = 200_000


def cleaned(file: BinaryIO, size: int) -> tuple[list[Piece], Notes]:
    """Return the chunks of a WebP that its decoder needs, and its notes. Raises ``NoPicture``."""
    pieces: list[Piece] = []
    exif, length = b"", len(b"WEBP")
    for name, start, data_bytes in chunks(file):
        whole_bytes = CHUNK_HEAD_BYTES + data_bytes + data_bytes % 2
        is_whole = start + CHUNK_HEAD_BYTES + data_bytes <= size
        if name in PIXEL_CHUNKS or (name == PROFILE and is_whole):
            pieces.append((start, min(whole_bytes, size - start)))
            length += whole_bytes
        elif name == EXIF and data_bytes <= MAX_NOTE_BYTES:
            file.seek(start + CHUNK_HEAD_BYTES)
            exif = exif or file.read(data_bytes)
    return [b"RIFF" + struct.pack("<I", length) + b"WEBP", *merged(pieces)], Notes(exif_directory(exif))


def chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Yield (name, start, number of data bytes) of the chunks (WebP container specification). Raises ``NoPicture``."""
    at = HEAD_BYTES
    for _ in range(MAX_CHUNKS):
        file.seek(at)
        head = file.read(CHUNK_HEAD_BYTES)
        if len(head) < CHUNK_HEAD_BYTES:
            return
        data_bytes = int.from_bytes(head[4:], "little")
        yield head[:4], at, data_bytes
        at += CHUNK_HEAD_BYTES + data_bytes + data_bytes % 2
    raise NoPicture(f"is a WebP of more than {MAX_CHUNKS:,} chunks", SAVE_AGAIN)
