"""A read-only file that consists of stretches of another file and of bytes in memory."""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Any, BinaryIO

# Bytes, or (offset, length) in the other file.
Piece = bytes | tuple[int, int]


def joined(file: BinaryIO, pieces: Sequence[Piece]) -> BinaryIO:
    """Return a file with the contents of ``pieces``, read from ``file`` when they are needed."""
    return io.BufferedReader(Parts(file, pieces))


def merged(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the pieces with adjacent stretches of the file as one."""
    result: list[Piece] = []
    for piece in pieces:
        last = result[-1] if result else b""
        if isinstance(piece, tuple) and isinstance(last, tuple) and sum(last) == piece[0]:
            result[-1] = (last[0], last[1] + piece[1])
        else:
            result.append(piece)
    return result


class Parts(io.RawIOBase):
    """The unbuffered file of ``joined``."""

    def __init__(self, file: BinaryIO, pieces: Sequence[Piece]) -> None:
        self._file = file
        self._pieces = [piece for piece in pieces if _length(piece)]
        self._starts = [0, *accumulate(map(_length, self._pieces))]
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._starts[-1]}[whence]
        if origin + offset < 0:
            raise OSError("seek before the start of the file")
        self._at = origin + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        if self._at >= self._starts[-1]:
            return 0
        index = bisect_right(self._starts, self._at) - 1
        piece, within = self._pieces[index], self._at - self._starts[index]
        wanted = min(len(buffer), _length(piece) - within)
        data = piece[within : within + wanted] if isinstance(piece, bytes) else self._read(piece[0] + within, wanted)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def _read(self, offset: int, length: int) -> bytes:
        self._file.seek(offset)
        return self._file.read(length)


def _length(piece: Piece) -> int:
    return len(piece) if isinstance(piece, bytes) else piece[1]
