"""PNG files without what is not needed to decode them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from app.media.images.no_picture import SAVE_AGAIN, NoPicture
from app.media.images.notes import Notes, exif_directory
from app.media.images.parts import Piece, merged

SIGNATURE_BYTES = 8
CHUNK_OVERHEAD = 12
MAX_CHUNKS = 200_000
MAX_NOTE_BYTES = 1 << 20
READ_BYTES = 1 << 20
PIXEL_CHUNKS = frozenset((b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"acTL", b"fcTL", b"fdAT"))
FRAME_CONTROL = b"fcTL"
FRAME_CHUNKS = frozenset((FRAME_CONTROL, b"fdAT"))
TEXT_CHUNKS = frozenset((b"tEXt", b"zTXt", b"iTXt"))
KEYWORDS = ("Title", "Description")
# Programs that know no eXIf chunk write the EXIF data in hexadecimal digits under one of these keywords.
RAW_EXIF = ("Raw profile type exif", "Raw profile type APP1")
END_CHUNK = struct.pack(">I4sI", 0, b"IEND", zlib.crc32(b"IEND"))


class DamagedPng(ValueError):
    """A chunk with pixels is damaged."""


@dataclass(frozen=True, slots=True)
class CleanedPng:
    """``pieces`` are the chunks that the decoder needs, with an end chunk.

    ``is_cut`` means that a later frame of the animation is damaged: it and those after it are left out.
    """

    pieces: list[Piece]
    notes: Notes
    is_cut: bool


def cleaned(file: BinaryIO, size: int) -> CleanedPng:
    """Return a PNG without what is not needed to decode it. Raises ``DamagedPng`` or ``NoPicture``."""
    pieces: list[Piece] = [(0, SIGNATURE_BYTES)]
    exif, texts = b"", dict[str, str]()
    frame_at: int | None = None  # where the pieces of the last frame begin
    is_cut = False
    for name, start, data_bytes in _chunks(file):
        end = start + data_bytes + CHUNK_OVERHEAD
        if name in PIXEL_CHUNKS:
            frame_at = len(pieces) if name == FRAME_CONTROL else frame_at
            try:
                pieces.append(_pixel_chunk(file, name, start, min(end, size) - start, end))
            except DamagedPng:
                if name not in FRAME_CHUNKS or frame_at is None:
                    raise
                del pieces[frame_at:]
                is_cut = True
                break
        elif name == b"iCCP" and data_bytes <= MAX_NOTE_BYTES and _is_readable_profile(_data(file, start, data_bytes)):
            pieces.append((start, end - start))
        elif name == b"eXIf" and data_bytes <= MAX_NOTE_BYTES:
            exif = _data(file, start, data_bytes)
        elif name in TEXT_CHUNKS and data_bytes <= MAX_NOTE_BYTES:
            texts |= _text(name, _data(file, start, data_bytes))
    exif = exif or next((data for keyword in RAW_EXIF if (data := _from_hexadecimal(texts.get(keyword, "")))), b"")
    texts = {key: texts[key] for key in KEYWORDS if key in texts}
    return CleanedPng([*merged(pieces), END_CHUNK], Notes(exif_directory(exif), texts=texts), is_cut)


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Yield (name, start, number of data bytes) of the chunks before the end chunk."""
    at = SIGNATURE_BYTES
    for _ in range(MAX_CHUNKS):
        file.seek(at)
        head = file.read(8)
        if len(head) < 8 or head[4:] == b"IEND":
            return
        data_bytes = int.from_bytes(head[:4], "big")
        yield head[4:], at, data_bytes
        at += data_bytes + CHUNK_OVERHEAD
    raise NoPicture(f"is a PNG of more than {MAX_CHUNKS:,} chunks", SAVE_AGAIN)


def _pixel_chunk(file: BinaryIO, name: bytes, start: int, length: int, end: int) -> Piece:
    """Return a chunk as it is, or what there is of the last one in a file that is cut off."""
    is_whole = start + length == end
    data_bytes = length - (CHUNK_OVERHEAD if is_whole else 8)
    checksum = zlib.crc32(name)
    file.seek(start + 8)
    left = data_bytes
    while left > 0 and (data := file.read(min(left, READ_BYTES))):
        checksum, left = zlib.crc32(data, checksum), left - len(data)
    if is_whole:
        if file.read(4) != checksum.to_bytes(4, "big"):
            raise DamagedPng(f"the checksum of a chunk {name!r} is wrong")
        return (start, length)
    return _cut_chunk(file, name, start, data_bytes, end - start - CHUNK_OVERHEAD)


def _cut_chunk(file: BinaryIO, name: bytes, start: int, data_bytes: int, stated_bytes: int) -> bytes:
    data_bytes = min(data_bytes, stated_bytes)
    file.seek(start + 8)
    data = name + file.read(data_bytes)
    return struct.pack(">I", data_bytes) + data + zlib.crc32(data).to_bytes(4, "big")


def _data(file: BinaryIO, start: int, data_bytes: int) -> bytes:
    file.seek(start + 8)
    return file.read(data_bytes)


def _is_readable_profile(data: bytes) -> bool:
    return bool(_inflated(data.partition(b"\x00")[2][1:]))


def _inflated(data: bytes) -> bytes:
    """Return decompressed data of at most ``MAX_NOTE_BYTES``; nothing if they are larger or damaged."""
    inflate = zlib.decompressobj()
    try:
        result = inflate.decompress(data, MAX_NOTE_BYTES)
    except zlib.error:
        return b""
    return b"" if inflate.unconsumed_tail or not inflate.eof else result


def _text(name: bytes, data: bytes) -> dict[str, str]:
    keyword, _, rest = data.partition(b"\x00")
    if name == b"zTXt":
        rest = _inflated(rest[1:])
    elif name == b"iTXt":
        packed, rest = rest[:1], rest[2:].split(b"\x00", 2)[-1]
        rest = _inflated(rest) if packed == b"\x01" else rest
    return {keyword.decode("latin-1"): rest.decode("utf-8" if name == b"iTXt" else "latin-1", "replace")}


def _from_hexadecimal(text: str) -> bytes:
    """Return the data of ImageMagick's raw profiles: a name, a length, and lines of hexadecimal digits."""
    lines = text.strip().split("\n")
    try:
        return bytes.fromhex("".join(lines[2:]))
    except ValueError:
        return b""
