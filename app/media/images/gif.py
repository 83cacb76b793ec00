"""The blocks of a GIF, and the file without those that are not needed to decode it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from app.media.images.no_picture import SAVE_AGAIN, NoPicture
from app.media.images.parts import Piece, merged

HEAD_BYTES, DESCRIPTOR_BYTES = 13, 9
EXTENSION, IMAGE, END = b"!", b",", b";"
GRAPHIC_CONTROL, CONTROL_BYTES = b"\xf9", 4
MAX_BLOCKS = 250_000


@dataclass(frozen=True, slots=True)
class Block:
    """``kind`` is ``IMAGE`` or the label of an extension, of which ``data`` are the first data."""

    kind: bytes
    start: int
    end: int
    data: bytes = b""

    @property
    def delay_ms(self) -> int | None:
        """How long the next image is shown, if this is the graphic control of one."""
        is_control = self.kind == GRAPHIC_CONTROL and len(self.data) >= CONTROL_BYTES
        return 10 * int.from_bytes(self.data[1:3], "little") if is_control else None


def cleaned(file: BinaryIO, size: int) -> list[Piece]:
    """Return the parts of a GIF that its decoder needs: no comments, applications or texts. Raises ``NoPicture``."""
    pieces: list[Piece] = [(0, _head_bytes(file))]
    for block in blocks(file):
        if block.kind == IMAGE or block.delay_ms is not None:
            pieces.append((block.start, min(block.end, size) - block.start))
    return merged(pieces)


def blocks(file: BinaryIO) -> Iterator[Block]:
    """Yield the images and extensions (GIF89a specification, chapters 15 to 26). Raises ``NoPicture``."""
    start = _head_bytes(file)
    for _ in range(MAX_BLOCKS):
        file.seek(start)
        while (mark := file.read(1)) and mark not in (EXTENSION, IMAGE, END):
            start += 1
        if mark not in (EXTENSION, IMAGE):
            return
        kind, data = (IMAGE, b"") if mark == IMAGE else (file.read(1), b"")
        if mark == IMAGE:
            _skip_colour_table(file, file.read(DESCRIPTOR_BYTES)[8:])
            file.read(1)
        else:
            data = file.read(int.from_bytes(file.read(1), "little"))
        if mark == IMAGE or data:
            _skip_sub_blocks(file)
        yield Block(kind, start, file.tell(), data)
        start = file.tell()
    raise NoPicture(f"is a GIF of more than {MAX_BLOCKS:,} blocks", SAVE_AGAIN)


def _head_bytes(file: BinaryIO) -> int:
    file.seek(0)
    _skip_colour_table(file, file.read(HEAD_BYTES)[10:11])
    return file.tell()


def _skip_colour_table(file: BinaryIO, flags: bytes) -> None:
    if flags and flags[0] & 0x80:
        file.seek(3 << (flags[0] & 7) + 1, 1)


def _skip_sub_blocks(file: BinaryIO) -> None:
    while (size := file.read(1)) and size != b"\x00":
        file.seek(size[0], 1)
