"""Damaged notes of PNG, GIF and WebP files: text, EXIF data, profiles and resolutions that no decoder needs."""

from __future__ import annotations

import struct
import zlib


def exif(orientation: int) -> bytes:
    return b"II*\x00\x08\x00\x00\x00\x01\x00" + struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0) + bytes(4)


def chunk(name: bytes, data: bytes, *, checksum: int | None = None) -> bytes:
    checksum = zlib.crc32(name + data) if checksum is None else checksum
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum)


def raw_profile(data: bytes) -> bytes:
    return chunk(b"tEXt", b"Raw profile type exif\x00\nexif\n%8d\n%s\n" % (len(data), data.hex().encode()))


PNG_NOTES = {
    "EXIF that is not TIFF": chunk(b"eXIf", b"not a TIFF header"),
    "EXIF of one byte": chunk(b"eXIf", b"I"),
    "EXIF with a wrong offset": chunk(b"eXIf", b"II*\x00\xff\xff\xff\x7f"),
    "raw profile that is not hexadecimal": chunk(b"tEXt", b"Raw profile type exif\x00\nexif\n 10\nxyz!\n"),
    "text with a wrong checksum": chunk(b"tEXt", b"Title\x00x", checksum=1),
    "text without a keyword": chunk(b"zTXt", b""),
    "text that is not compressed": chunk(b"zTXt", b"Title\x00\x00not zlib"),
    "text of 60 MB": chunk(b"zTXt", b"Title\x00\x00" + zlib.compress(bytes(60 << 20))),
    "profile that is not compressed": chunk(b"iCCP", b"icc\x00\x00rubbish"),
    "profile that is not a profile": chunk(b"iCCP", b"icc\x00\x00" + zlib.compress(b"not a profile")),
    "short resolution": chunk(b"pHYs", b"\x00"),
    "short gamma": chunk(b"gAMA", b"\x00"),
    "time of no date": chunk(b"tIME", b"\xff" * 7),
    "unknown chunk": chunk(b"abCd", b"?" * 50),
    "animation of no frames": chunk(b"acTL", bytes(8)),
}


GIF_NOTES = {
    "comment": b"!\xfe\x03abc\x00",
    "empty comment": b"!\xfe\x00",
    "empty application": b"!\xff\x00",
    "application with a short name": b"!\xff\x03NET\x00",
    "loop without its number": b"!\xff\x0bNETSCAPE2.0\x00",
    "loop of one byte": b"!\xff\x0bNETSCAPE2.0\x01\x01\x00",
    "empty text": b"!\x01\x00",
    "control without data": b"!\xf9\x00",
    "short control": b"!\xf9\x01\x00\x00",
    "unknown extension": b"!\x77\x04aaaa\x00",
    "XMP as programs write it": b"!\xff\x0bXMP DataXMP<x:xmpmeta \x01" + bytes(range(255, 0, -1)) + b"\x00\x00",
}

PROFILE, EXIF, XMP = 0x20, 0x08, 0x04
# Flags of the header, chunks after the header, chunks at the end.
WEBP_NOTES = {
    "EXIF that is not TIFF": (EXIF, [], [(b"EXIF", b"not a TIFF header")]),
    "EXIF without data": (EXIF, [], [(b"EXIF", b"")]),
    "EXIF twice": (EXIF, [], [(b"EXIF", b"II*"), (b"EXIF", b"MM*")]),
    "EXIF that is announced and missing": (EXIF, [], []),
    "EXIF before the pixels": (EXIF, [(b"EXIF", b"II*")], []),
    "EXIF longer than the file": (EXIF, [], [(b"EXIF", None)]),
    "XMP that is not XML": (XMP, [], [(b"XMP ", b"\xff<<<<")]),
    "profile that is not a profile": (PROFILE, [(b"ICCP", b"not a profile")], []),
    "profile at the end": (PROFILE, [], [(b"ICCP", b"not a profile")]),
    "unknown chunk": (0, [(b"abcd", b"?")], [(b"efgh", b"?")]),
}


def webp_with(data: bytes, note: str) -> bytes:
    """Return a WebP that has a header (VP8X) with a note instead of its own ones."""
    flags, after_header, at_end = WEBP_NOTES[note]
    header, *pixels = [part for part in _webp_chunks(data) if part[0] not in (b"EXIF", b"XMP ", b"ICCP")]
    old_flags = header[1][0] & ~(PROFILE | EXIF | XMP)
    header = (header[0], bytes([old_flags | flags]) + header[1][1:])
    body = b"".join(_webp_chunk(*part) for part in (header, *after_header, *pixels, *at_end))
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def _webp_chunk(name: bytes, data: bytes | None) -> bytes:
    if data is None:
        return name + struct.pack("<I", 10_000) + b"cut off"
    return name + struct.pack("<I", len(data)) + data + b"\x00" * (len(data) % 2)


def _webp_chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], 12
    while at < len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        found.append((data[at : at + 4], data[at + 8 : at + 8 + size]))
        at += 8 + size + size % 2
    return found
