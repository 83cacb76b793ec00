"""JPEG XL images (ISO/IEC 18181): what the header states, and decoding by the ffmpeg program as a plugin of Pillow."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image, ImageFile

from app.core.errors import MediaError, MediaKilled
from app.media import ffmpeg
from app.media.images import png
from app.media.images.no_picture import NoPicture
from app.media.images.notes import SIDEWAYS, Notes, exif_directory
from app.media.images.parts import joined
from app.media.probe.unsupported import AS_JPEG, AS_MP4

CODESTREAM, CONTAINER = b"\xff\x0a", b"\x00\x00\x00\x0cJXL \r\n\x87\n"
# The header of a codestream, up to the mark of an animation, is shorter.
HEADER_BYTES, MAX_BOXES, MAX_NOTE_BYTES = 64, 1000, 1 << 20
PART_NUMBER_BYTES, EXIF_OFFSET_BYTES = 4, 4
# Width / height by the number in the header.
RATIOS = {1: (1, 1), 2: (12, 10), 3: (4, 3), 4: (3, 2), 5: (16, 9), 6: (5, 4), 7: (2, 1)}
LIMIT_S = 120.0
# What libjxl uses to decode an image that is compressed without loss: four channels of 32 bits, and the result.
BYTES_PER_PIXEL = 20
UNKNOWN_TO_FFMPEG = re.compile(r"Unknown (decoder|input format)")


@dataclass(frozen=True, slots=True)
class Head:
    """``width`` × ``height`` pixels as they are displayed."""

    width: int
    height: int
    is_animated: bool


def open_jxl(file: BinaryIO) -> tuple[Image.Image, Notes]:
    """Return the image in ``file``, not decoded yet, and its notes. Raises ``NoPicture`` or ``ValueError``."""
    codestream, exif = _first_bytes(file)
    head = read_head(codestream)
    if head.is_animated:
        raise NoPicture("is an animated JPEG XL image, which is not accepted", AS_MP4)
    return JpegXlImage(Path(file.name), head), Notes(exif_directory(exif))


class JpegXlImage(ImageFile.ImageFile):
    """An image whose size is known from its header; its mode and its profile are known when it is decoded."""

    format = "JXL"

    def __init__(self, path: Path, head: Head) -> None:
        self._path, self._head = path, head
        super().__init__(io.BytesIO(), str(path))

    def _open(self) -> None:
        self._size, self._mode = (self._head.width, self._head.height), "RGB"

    def load(self) -> Any:
        """Decode the image. Raises ``OSError`` for a damaged file and ``NoPicture`` if ffmpeg has no decoder."""
        if self._im is None:
            data = io.BytesIO(_as_png(self._path))
            with Image.open(joined(data, png.cleaned(data, len(data.getbuffer())).pieces), formats=("PNG",)) as decoded:
                if decoded.size != self.size:
                    raise OSError(f"decoded to {decoded.size}, not {self.size}")
                decoded.load()
                self.im, self._mode, self.info = decoded.im, decoded.mode, dict(decoded.info)
        return Image.Image.load(self)


def _as_png(path: Path) -> bytes:
    """Return the image as a PNG with its colour profile, upright."""
    reading = ("-protocol_whitelist", "file", "-f", "jpegxl_pipe", "-threads", 1, "-c:v", "libjxl")
    writing = ("-frames:v", 1, "-c:v", "png", "-compression_level", 0, "-threads", 1, "-f", "image2pipe", "-")
    # Without -xerror, ffmpeg decodes a file that is cut off again and again.
    args = ("-v", "error", "-xerror", *reading, "-i", path.absolute(), *writing)
    try:
        with ffmpeg.read_output(ffmpeg.command("decode JPEG XL", *args, limit_s=LIMIT_S)) as out:
            return out.read()
    except MediaKilled:
        raise
    except MediaError as error:
        if UNKNOWN_TO_FFMPEG.search(error.last_lines):
            raise NoPicture("is a JPEG XL image, which the ffmpeg of this server does not decode", AS_JPEG) from error
        raise OSError(str(error)) from error


# -- header ----------------------------------------------------------------------------------------------------------


def _first_bytes(file: BinaryIO) -> tuple[bytes, bytes]:
    """Return the first bytes of the codestream, and the EXIF data of a container."""
    file.seek(0)
    if file.read(len(CONTAINER)) != CONTAINER:
        file.seek(0)
        return file.read(HEADER_BYTES), b""
    codestream, exif = b"", b""
    for name, start, length in _boxes(file):
        file.seek(start)
        if name == b"jxlc":
            codestream += file.read(min(length, HEADER_BYTES))
        elif name == b"jxlp":
            codestream += file.read(min(length, HEADER_BYTES))[PART_NUMBER_BYTES:]
        elif name == b"Exif" and length <= MAX_NOTE_BYTES:
            exif = file.read(length)[EXIF_OFFSET_BYTES:]
    return codestream[:HEADER_BYTES], exif


def _boxes(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Yield (type, start, length) of the contents of each box (ISO/IEC 14496-12, 4.2)."""
    end = file.seek(0, io.SEEK_END)
    at = 0
    for _ in range(MAX_BOXES):
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            return
        size, head_bytes = int.from_bytes(head[:4], "big"), 8
        if size == 1:
            size, head_bytes = int.from_bytes(head[8:], "big"), 16
        size = size or end - at
        if size < head_bytes:
            return
        yield head[4:8], at + head_bytes, size - head_bytes
        at += size


class Bits:
    """Reader of numbers of some bits, the lowest first. Raises ``ValueError`` at the end of the data."""

    def __init__(self, data: bytes) -> None:
        self._number, self._left = int.from_bytes(data, "little"), 8 * len(data)

    def read(self, count: int) -> int:
        if count > self._left:
            raise ValueError("the header is cut off")
        value = self._number & (1 << count) - 1
        self._number >>= count
        self._left -= count
        return value

    def one_of(self, *ways: tuple[int, int]) -> int:
        """Read a number in one of four ways, each (smallest value, bits)."""
        smallest, count = ways[self.read(2)]
        return smallest + self.read(count)


def read_head(codestream: bytes) -> Head:
    """Read the header as far as the mark of an animation (18181-1, D.2 and D.3). Raises ``ValueError``."""
    if not codestream.startswith(CODESTREAM):
        raise ValueError("no codestream")
    bits = Bits(codestream[len(CODESTREAM) :])
    width, height = _size(bits)
    orientation, is_animated = 1, False
    is_default = bits.read(1)
    if not is_default and bits.read(1):
        orientation = 1 + bits.read(3)
        if bits.read(1):
            _size(bits)
        if bits.read(1):
            _preview_size(bits)
        is_animated = bool(bits.read(1))
    return Head(*((height, width) if orientation in SIDEWAYS else (width, height)), is_animated)


def _size(bits: Bits) -> tuple[int, int]:
    is_small = bits.read(1)

    def side() -> int:
        return 8 * (1 + bits.read(5)) if is_small else bits.one_of((1, 9), (1, 13), (1, 18), (1, 30))

    height = side()
    ratio = RATIOS.get(bits.read(3))
    return (height * ratio[0] // ratio[1] if ratio else side()), height


def _preview_size(bits: Bits) -> None:
    in_eights = bits.read(1)
    ways = ((16, 0), (32, 0), (1, 5), (33, 9)) if in_eights else ((1, 6), (65, 8), (321, 10), (1345, 12))
    bits.one_of(*ways)
    if bits.read(3) == 0:
        bits.one_of(*ways)
