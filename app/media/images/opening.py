"""The only opener of images from users: what the inspection of a file accepts, the renderer opens in the same way.

Broken notes (EXIF, XMP, profiles, texts) do not keep an image from being opened.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import pi_heif
from PIL import Image

from app.core.errors import BadMedia
from app.media.images import gif, jpeg, jxl, png, raw, tiff, webp
from app.media.images.no_picture import NoPicture
from app.media.images.notes import SIDEWAYS, Notes, exif_directory
from app.media.images.parts import Piece, joined
from app.media.images.tags import Directory
from app.media.probe.file_type import HEAD_BYTES, FileType, detect_file_type
from app.media.probe.unsupported import UnsupportedFile

TRANSPOSES = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# Formats whose pictures their decoders turn.
TURNED = ("TIFF", "HEIF", "JXL")
# The description of an item of EXIF data in HEIF and AVIF.
EXIF_ITEM, ITEMS_BYTES = re.compile(rb"(infe.{8,10})Exif", re.DOTALL), 65_536
pi_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)


@dataclass(frozen=True, slots=True)
class Source:
    """What Pillow reads: pieces of ``file``, which has ``size`` bytes, as an image of ``format``.

    ``notes`` are ``None`` if Pillow finds them. ``is_cut`` means that damaged frames of an animation are left out.
    """

    file: BinaryIO
    size: int
    pieces: list[Piece]
    format: str
    notes: Notes | None = None
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class UserImage:
    """An open image whose first frame is not decoded yet; ``orientation`` is the EXIF orientation, 1 to 8."""

    image: Image.Image
    source: Source
    notes: Notes
    orientation: int

    def displayed(self, size: tuple[int, int]) -> tuple[int, int]:
        """Convert between the stored and the displayed size, in either direction."""
        return (size[1], size[0]) if self.orientation in SIDEWAYS else size

    def upright(self, image: Image.Image) -> Image.Image:
        """Return ``image``, which was made from this one, as it is displayed."""
        transpose = TRANSPOSES.get(self.orientation)
        return image if transpose is None else image.transpose(transpose)


@contextmanager
def open_image(path: Path, field: str = "picture") -> Iterator[UserImage]:
    """Open an image file. Raises ``BadMedia`` for files of other types, and what Pillow raises for damaged ones."""
    with path.open("rb") as file:
        file_type = detect_file_type(file.read(HEAD_BYTES))
        if isinstance(file_type, UnsupportedFile) or file_type.reader != "pillow":
            raise BadMedia(field, "the file is not an image")
        with open_typed(file, path.stat().st_size, file_type, field) as image:
            yield image


@contextmanager
def open_typed(file: BinaryIO, size: int, file_type: FileType, field: str) -> Iterator[UserImage]:
    """Open an image file of a known type, as ``open_image`` does."""
    try:
        source = source_of(file, size, file_type.format)
        image, notes = _open(source)
    except NoPicture as error:
        raise BadMedia(field, f"the file {error}", error.advice) from error
    with image:
        notes = notes or Notes(exif_directory(image.info.get("exif") or b""))
        yield UserImage(image, source, notes, 1 if source.format in TURNED else notes.orientation)


def source_of(file: BinaryIO, size: int, format_: str) -> Source:
    """Return what Pillow reads of a file of ``size`` bytes. Raises ``NoPicture``."""
    read = SOURCES.get(format_)
    return read(file, size) if read else Source(file, size, [(0, size)], format_)


def _open(source: Source) -> tuple[Image.Image, Notes | None]:
    if source.format == "JXL":
        return jxl.open_jxl(source.file)
    return _opened_by_pillow(source), source.notes


def _opened_by_pillow(source: Source) -> Image.Image:
    try:
        return Image.open(joined(source.file, source.pieces), formats=(source.format,))
    except (OSError, SyntaxError, ValueError):
        if source.format not in ("AVIF", "HEIF"):
            raise
        return Image.open(joined(source.file, _without_exif(source.file, source.size)), formats=(source.format,))


def _without_exif(file: BinaryIO, size: int) -> list[Piece]:
    file.seek(0)
    head = file.read(ITEMS_BYTES)
    return [EXIF_ITEM.sub(rb"\1none", head), (len(head), size - len(head))]


# -- sources ---------------------------------------------------------------------------------------------------------


def _jpeg(file: BinaryIO, size: int) -> Source:
    pieces, notes = jpeg.cleaned(file, size)
    return Source(file, size, pieces, "JPEG", notes)


def _png(file: BinaryIO, size: int) -> Source:
    found = png.cleaned(file, size)
    return Source(file, size, found.pieces, "PNG", found.notes, is_cut=found.is_cut)


def _gif(file: BinaryIO, size: int) -> Source:
    return Source(file, size, gif.cleaned(file, size), "GIF")


def _webp(file: BinaryIO, size: int) -> Source:
    pieces, notes = webp.cleaned(file, size)
    return Source(file, size, pieces, "WEBP", notes)


def _tiff(file: BinaryIO, size: int) -> Source:
    pages = tiff.all_pages(file, size)
    return _raw(file, size) if raw.is_raw(pages) else _page(tiff.full_page(pages))


def _raw(file: BinaryIO, size: int) -> Source:
    """Return the embedded JPEG of full size of a camera raw file, or else its page of full size."""
    pages = raw.pages_of(file, size)
    embedded = raw.largest_jpeg(file, size)
    if embedded is None:
        return _page(raw.full_page(pages, file))
    inner = joined(file, [(embedded.at, size - embedded.at)])
    source = _jpeg(inner, size - embedded.at)
    # Previews often have no EXIF data of their own.
    has_orientation = source.notes and source.notes.directory
    return source if has_orientation or not pages else replace(source, notes=Notes(pages[0]))


def _page(page: Directory) -> Source:
    return Source(page.file, page.size, tiff.pieces_of_page(page), "TIFF", Notes(page))


SOURCES: dict[str, Callable[[BinaryIO, int], Source]] = {
    **{"JPEG": _jpeg, "PNG": _png, "GIF": _gif, "WEBP": _webp},
    **{"TIFF": _tiff, "RAW": _raw},
}
