"""The few facts a font file says of itself (OpenType specification: head, OS/2, cmap)."""

from __future__ import annotations

import struct
from functools import lru_cache
from pathlib import Path


def _tables(data: bytes) -> dict[bytes, int]:
    start = struct.unpack_from(">I", data, 12)[0] if data[:4] == b"ttcf" else 0
    count = struct.unpack_from(">H", data, start + 4)[0]
    entries = (struct.unpack_from(">4sIII", data, start + 12 + 16 * i) for i in range(count))
    return {tag: offset for tag, _, offset, _ in entries}


@lru_cache(maxsize=64)
def heights_em(path: Path) -> tuple[float, float]:
    """Ascent and descent of the OS/2 table's Windows metrics, in em: their sum is what libass calls the font size."""
    data = path.read_bytes()
    tables = _tables(data)
    (units,) = struct.unpack_from(">H", data, tables[b"head"] + 18)
    ascent, descent = struct.unpack_from(">HH", data, tables[b"OS/2"] + 74)
    return ascent / units, descent / units


@lru_cache(maxsize=64)
def characters(path: Path) -> frozenset[int]:
    """The code points a font has (of a collection: its first font)."""
    data = path.read_bytes()
    start = _tables(data)[b"cmap"]
    (count,) = struct.unpack_from(">H", data, start + 2)
    found: set[int] = set()
    for place in {struct.unpack_from(">HHI", data, start + 4 + 8 * i)[2] for i in range(count)}:
        found |= _subtable(data, start + place)
    return frozenset(found)


def _subtable(data: bytes, at: int) -> set[int]:
    (kind,) = struct.unpack_from(">H", data, at)
    found: set[int] = set()
    if kind == 4:
        half = struct.unpack_from(">H", data, at + 6)[0] // 2
        ends = struct.unpack_from(f">{half}H", data, at + 14)
        starts = struct.unpack_from(f">{half}H", data, at + 16 + 2 * half)
        for first, last in zip(starts, ends, strict=True):
            found.update(range(first, last + 1))
    elif kind == 12:
        (groups,) = struct.unpack_from(">I", data, at + 12)
        for i in range(groups):
            first, last, _ = struct.unpack_from(">III", data, at + 16 + 12 * i)
            found.update(range(first, last + 1))
    return found
