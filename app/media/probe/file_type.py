"""What a file is by its first bytes, whatever it is called."""

from __future__ import annotations

import re
from dataclasses import dataclass

HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Sort:
    """``reader`` "pillow" or "ffmpeg"; ``opens`` is the one Pillow format or ffmpeg demuxer it may be opened with."""

    reader: str
    opens: str
    suffix: str


@dataclass(frozen=True, slots=True)
class Stranger:
    """A file that is not accepted; ``what`` completes "the file …"."""

    what: str


JPEG = Sort("pillow", "JPEG", ".jpg")
AVIF = Sort("pillow", "AVIF", ".avif")
WEBP = Sort("pillow", "WEBP", ".webp")
TIFF = Sort("pillow", "TIFF", ".tiff")
MP4 = Sort("ffmpeg", "mov", ".mp4")
MOV = Sort("ffmpeg", "mov", ".mov")
MPEG_TS = Sort("ffmpeg", "mpegts", ".ts")
MKV = Sort("ffmpeg", "matroska", ".mkv")
WEBM = Sort("ffmpeg", "matroska", ".webm")
WAV = Sort("ffmpeg", "wav", ".wav")
MP3 = Sort("ffmpeg", "mp3", ".mp3")
AAC = Sort("ffmpeg", "aac", ".aac")
PLAYLIST = Stranger("is a playlist")

BEGINNINGS: tuple[tuple[bytes, Sort | Stranger], ...] = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", Sort("pillow", "PNG", ".png")),
    (b"GIF87a", Sort("pillow", "GIF", ".gif")),
    (b"GIF89a", Sort("pillow", "GIF", ".gif")),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"fLaC", Sort("ffmpeg", "flac", ".flac")),
    (b"OggS", Sort("ffmpeg", "ogg", ".ogg")),
    (b"ID3", MP3),
    (b"PK\x03\x04", Stranger("is a zip archive")),
    (b"PK\x05\x06", Stranger("is a zip archive")),
    (b"\x1f\x8b", Stranger("is a gzip archive")),
    (b"7z\xbc\xaf'\x1c", Stranger("is a 7z archive")),
    (b"Rar!", Stranger("is a rar archive")),
    (b"%PDF-", Stranger("is a PDF document")),
    (b"%!PS", Stranger("is a PostScript document")),
    (b"\x7fELF", Stranger("is a program")),
    (b"MZ", Stranger("is a program")),
    (b"FLV", Stranger("is a Flash video, which is not accepted")),
    (b"8BPS", Stranger("is a Photoshop document")),
)
RIFF: dict[bytes, Sort | Stranger] = {
    b"WAVE": WAV,
    b"WEBP": WEBP,
    b"AVI ": Stranger("is an AVI, which is not accepted"),
}
QUICKTIME_ATOMS = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
WRITTEN: tuple[tuple[re.Pattern[str], Stranger], ...] = (
    (re.compile(r"#EXTM3U|\[playlist\]|ffconcat version|<MPD[\s>]|<asx|<smil|<\?wpl", re.IGNORECASE), PLAYLIST),
    (re.compile(r"(stream|(#[^\n]*\n\s*)*file)\s+['\"]?\S", re.IGNORECASE), PLAYLIST),
    (re.compile(r".*<MPD[\s>]", re.IGNORECASE | re.DOTALL), PLAYLIST),
    (re.compile(r".*<svg[\s>/]", re.IGNORECASE | re.DOTALL), Stranger("is an SVG drawing")),
    (re.compile(r"<!doctype html|<html", re.IGNORECASE), Stranger("is a web page")),
)


def sort_of(head: bytes) -> Sort | Stranger:
    """The sort of a file that begins with ``head`` (``HEAD_BYTES`` of it are enough)."""
    if not head:
        return Stranger("is empty")
    for beginning, sort in BEGINNINGS:
        if head.startswith(beginning):
            return sort
    return _container(head) or _written(head) or Stranger("is of no kind that is known here")


def _container(head: bytes) -> Sort | Stranger | None:
    if head[:4] in (b"RIFF", b"RF64"):
        return RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _iso(head)
    if head[4:8] in QUICKTIME_ATOMS:
        return MOV
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return WEBM if b"webm" in head[:64] else MKV
    if head[:2] == b"BM" and len(head) > 18 and head[14] in (12, 40, 52, 56, 64, 108, 124):
        return Sort("pillow", "BMP", ".bmp")
    if len(head) > 376 and head[0] == head[188] == head[376] == 0x47:
        return MPEG_TS
    return _frames_of_sound(head)


def _iso(head: bytes) -> Sort | Stranger:
    box = head[8 : min(int.from_bytes(head[:4], "big"), len(head))]
    brands = {box[at : at + 4] for at in (0, *range(8, len(box) - 3, 4))}
    major = box[:4]
    if brands & {b"avif", b"avis"}:
        return AVIF
    if major in HEIF_BRANDS:
        return Stranger("is a HEIC photograph, which cannot be read here: send it as JPEG")
    return MOV if major == b"qt  " else MP4


def _frames_of_sound(head: bytes) -> Sort | None:
    """MPEG audio has no signature, only frames that begin with eleven set bits; a layer of 0 means ADTS."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    layer = head[1] >> 1 & 0b11
    return {0b00: AAC, 0b01: MP3, 0b10: MP3}.get(layer)


def _written(head: bytes) -> Stranger | None:
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if head.startswith(mark):
            return _stranger_in(head.decode(encoding, "ignore").lstrip("\ufeff"))
    text = head.decode("utf-8", "replace").removesuffix("\ufffd")
    if "\ufffd" in text or any(sign < " " and sign not in "\t\r\n\f" for sign in text):
        return None
    return _stranger_in(text)


def _stranger_in(text: str) -> Stranger:
    text = text.lstrip()
    return next((what for pattern, what in WRITTEN if pattern.match(text)), Stranger("is text"))
