"""The tags of TIFF files and of EXIF data, read one at a time and within bounds (TIFF 6.0, BigTIFF)."""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

MAX_TAGS = 4096
MAX_DIRECTORIES = 64
MAX_VALUE_BYTES = 65_536
TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
INTEGER_CODES = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
SUB_DIRECTORIES = 0x014A
# TIFF, and the same with the marks of Olympus and Panasonic raw files.
MARKS = {42: 4, 43: 8, 0x4F52: 4, 0x5352: 4, 0x55: 4}


class TagError(ValueError):
    """The tags cannot be read."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How the numbers of a file are stored: ``order`` is "<" or ">", offsets have ``offset_bytes`` bytes."""

    order: str
    offset_bytes: int

    def number(self, data: bytes) -> int:
        return int.from_bytes(data, "little" if self.order == "<" else "big")

    def bytes(self, value: int, size: int) -> bytes:
        return value.to_bytes(size, "little" if self.order == "<" else "big")


@dataclass(frozen=True, slots=True)
class Tag:
    """``stored`` are the bytes of the value itself if they fit there, or else its offset."""

    type: int
    count: int
    stored: bytes

    @property
    def value_bytes(self) -> int:
        return self.count * TYPE_BYTES.get(self.type, 0)


@dataclass(frozen=True, slots=True)
class Directory:
    """One image file directory at ``at`` of a file of ``size`` bytes; ``following`` is the offset of the next, or 0."""

    file: BinaryIO
    size: int
    layout: Layout
    at: int
    tags: Mapping[int, Tag]
    following: int

    def raw(self, number: int) -> bytes:
        """Return the bytes of a value; none if it is missing or larger than ``MAX_VALUE_BYTES``."""
        tag = self.tags.get(number)
        if tag is None or tag.value_bytes > MAX_VALUE_BYTES:
            return b""
        if tag.value_bytes <= self.layout.offset_bytes:
            return tag.stored[: tag.value_bytes]
        at = self.layout.number(tag.stored)
        if at + tag.value_bytes > self.size:
            return b""
        self.file.seek(at)
        return self.file.read(tag.value_bytes)

    def integers(self, number: int) -> tuple[int, ...]:
        """Return the whole numbers of a value; none if it is of another type."""
        tag, data = self.tags.get(number), self.raw(number)
        code = INTEGER_CODES.get(tag.type) if tag else None
        if code is None:
            return ()
        return struct.unpack(f"{self.layout.order}{len(data) // struct.calcsize('<' + code)}{code}", data)

    def without(self, numbers: Collection[int]) -> bytes:
        """Return the directory as bytes, as the last one of its file, without some of its tags."""
        kept = sorted((number, tag) for number, tag in self.tags.items() if number not in numbers)
        count_bytes = 2 if self.layout.offset_bytes == 4 else 8
        entries = (
            self.layout.bytes(number, 2)
            + self.layout.bytes(tag.type, 2)
            + self.layout.bytes(tag.count, self.layout.offset_bytes)
            + tag.stored
            for number, tag in kept
        )
        return self.layout.bytes(len(kept), count_bytes) + b"".join(entries) + bytes(self.layout.offset_bytes)

    def integer(self, number: int, default: int) -> int:
        return next(iter(self.integers(number)), default)


def layout_of(head: bytes) -> Layout:
    """Return the layout that the first bytes of a file state. Raises ``TagError``."""
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 8:
        raise TagError("no TIFF header")
    mark = Layout(order, 4).number(head[2:4])
    if mark not in MARKS:
        raise TagError("no TIFF header")
    return Layout(order, MARKS[mark])


def first_directory(file: BinaryIO, size: int) -> Directory:
    """Return the first directory of a file of ``size`` bytes. Raises ``TagError``."""
    file.seek(0)
    head = file.read(16)
    layout = layout_of(head)
    at = layout.offset_bytes
    return read_directory(file, layout, layout.number(head[at : at + layout.offset_bytes]), size)


def read_directory(file: BinaryIO, layout: Layout, at: int, size: int) -> Directory:
    """Return the directory at ``at``; tags that are cut off are left out. Raises ``TagError``."""
    width = layout.offset_bytes
    count_bytes, entry_bytes = (2, 12) if width == 4 else (8, 20)
    if not 8 <= at < size:
        raise TagError(f"a directory at {at} of {size} bytes")
    file.seek(at)
    count = layout.number(file.read(count_bytes))
    if not 1 <= count <= MAX_TAGS:
        raise TagError(f"a directory with {count} tags")
    data = file.read(count * entry_bytes)
    entries = [data[start : start + entry_bytes] for start in range(0, len(data) - entry_bytes + 1, entry_bytes)]
    return Directory(
        file, size, layout, at, dict(_tag(layout, entry) for entry in entries), layout.number(file.read(width))
    )


def _tag(layout: Layout, entry: bytes) -> tuple[int, Tag]:
    width = layout.offset_bytes
    count, stored = layout.number(entry[4 : 4 + width]), entry[4 + width :]
    return layout.number(entry[:2]), Tag(layout.number(entry[2:4]), count, stored)


def directories(file: BinaryIO, size: int) -> Iterator[Directory]:
    """Yield the first directory, its followers and the subdirectories of each, at most ``MAX_DIRECTORIES``.

    Raises ``TagError`` if the first cannot be read; damaged ones after it are left out.
    """
    first = first_directory(file, size)
    queue, seen = [first], {first.at}
    while queue and len(seen) <= MAX_DIRECTORIES:
        directory = queue.pop(0)
        yield directory
        for at in (*directory.integers(SUB_DIRECTORIES), directory.following):
            if at and at not in seen:
                seen.add(at)
                queue += _if_readable(file, first.layout, at, size)


def _if_readable(file: BinaryIO, layout: Layout, at: int, size: int) -> list[Directory]:
    try:
        return [read_directory(file, layout, at, size)]
    except TagError:
        return []
