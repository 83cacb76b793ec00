"""File types by the first bytes of a file; its name does not matter."""

from __future__ import annotations

import re
from dataclasses import dataclass

HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class FileType:
    """An accepted file type.

    ``reader`` is "pillow" or "ffmpeg", ``format`` the only Pillow format or ffmpeg demuxer that may open the file, and
    ``suffix`` that of the stored file (".mp4").
    """

    reader: str
    format: str
    suffix: str


@dataclass(frozen=True, slots=True)
class UnsupportedFile:
    """A file type that is not accepted; ``description`` completes the sentence "the file …"."""

    description: str


JPEG = FileType("pillow", "JPEG", ".jpg")
AVIF = FileType("pillow", "AVIF", ".avif")
WEBP = FileType("pillow", "WEBP", ".webp")
TIFF = FileType("pillow", "TIFF", ".tiff")
MP4 = FileType("ffmpeg", "mov", ".mp4")
MOV = FileType("ffmpeg", "mov", ".mov")
MPEG_TS = FileType("ffmpeg", "mpegts", ".ts")
MKV = FileType("ffmpeg", "matroska", ".mkv")
WEBM = FileType("ffmpeg", "matroska", ".webm")
WAV = FileType("ffmpeg", "wav", ".wav")
MP3 = FileType("ffmpeg", "mp3", ".mp3")
AAC = FileType("ffmpeg", "aac", ".aac")
PLAYLIST = UnsupportedFile("is a playlist")

SIGNATURES: tuple[tuple[bytes, FileType | UnsupportedFile], ...] = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", FileType("pillow", "PNG", ".png")),
    (b"GIF87a", FileType("pillow", "GIF", ".gif")),
    (b"GIF89a", FileType("pillow", "GIF", ".gif")),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"fLaC", FileType("ffmpeg", "flac", ".flac")),
    (b"OggS", FileType("ffmpeg", "ogg", ".ogg")),
    (b"ID3", MP3),
    (b"PK\x03\x04", UnsupportedFile("is a zip archive")),
    (b"PK\x05\x06", UnsupportedFile("is a zip archive")),
    (b"\x1f\x8b", UnsupportedFile("is a gzip archive")),
    (b"7z\xbc\xaf'\x1c", UnsupportedFile("is a 7z archive")),
    (b"Rar!", UnsupportedFile("is a rar archive")),
    (b"%PDF-", UnsupportedFile("is a PDF document")),
    (b"%!PS", UnsupportedFile("is a PostScript document")),
    (b"\x7fELF", UnsupportedFile("is a program")),
    (b"MZ", UnsupportedFile("is a program")),
    (b"FLV", UnsupportedFile("is a Flash video, which is not accepted")),
    (b"8BPS", UnsupportedFile("is a Photoshop document")),
)
RIFF: dict[bytes, FileType | UnsupportedFile] = {
    b"WAVE": WAV,
    b"WEBP": WEBP,
    b"AVI ": UnsupportedFile("is an AVI, which is not accepted"),
}
QUICKTIME_ATOMS = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
TEXT_PATTERNS: tuple[tuple[re.Pattern[str], UnsupportedFile], ...] = (
    (re.compile(r"#EXTM3U|\[playlist\]|ffconcat version|<MPD[\s>]|<asx|<smil|<\?wpl", re.IGNORECASE), PLAYLIST),
    (re.compile(r"(stream|(#[^\n]*\n\s*)*file)\s+['\"]?\S", re.IGNORECASE), PLAYLIST),
    (re.compile(r".*<MPD[\s>]", re.IGNORECASE | re.DOTALL), PLAYLIST),
    (re.compile(r".*<svg[\s>/]", re.IGNORECASE | re.DOTALL), UnsupportedFile("is an SVG drawing")),
    (re.compile(r"<!doctype html|<html", re.IGNORECASE), UnsupportedFile("is a web page")),
)


def detect_file_type(head: bytes) -> FileType | UnsupportedFile:
    """Return the type of a file that begins with ``head`` (``HEAD_BYTES`` are enough)."""
    if not head:
        return UnsupportedFile("is empty")
    for signature, file_type in SIGNATURES:
        if head.startswith(signature):
            return file_type
    return _container_type(head) or _text_type(head) or UnsupportedFile("is of an unknown type")


def _container_type(head: bytes) -> FileType | UnsupportedFile | None:
    if head[:4] in (b"RIFF", b"RF64"):
        return RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _iso_media_type(head)
    if head[4:8] in QUICKTIME_ATOMS:
        return MOV
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return WEBM if b"webm" in head[:64] else MKV
    if head[:2] == b"BM" and len(head) > 18 and head[14] in (12, 40, 52, 56, 64, 108, 124):
        return FileType("pillow", "BMP", ".bmp")
    if len(head) > 376 and head[0] == head[188] == head[376] == 0x47:
        return MPEG_TS
    return _mpeg_audio_type(head)


def _iso_media_type(head: bytes) -> FileType | UnsupportedFile:
    box = head[8 : min(int.from_bytes(head[:4], "big"), len(head))]
    brands = {box[at : at + 4] for at in (0, *range(8, len(box) - 3, 4))}
    major = box[:4]
    if brands & {b"avif", b"avis"}:
        return AVIF
    if major in HEIF_BRANDS:
        return UnsupportedFile("is a HEIC photograph, which is not accepted: send it as JPEG")
    return MOV if major == b"qt  " else MP4


def _mpeg_audio_type(head: bytes) -> FileType | None:
    """Recognise MPEG audio, which has no signature, by a frame header: eleven set bits; layer 0 means ADTS (AAC)."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    layer = head[1] >> 1 & 0b11
    return {0b00: AAC, 0b01: MP3, 0b10: MP3}.get(layer)


def _text_type(head: bytes) -> UnsupportedFile | None:
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if head.startswith(mark):
            return _match_text(head.decode(encoding, "ignore").lstrip("\ufeff"))
    text = head.decode("utf-8", "replace").removesuffix("\ufffd")
    if "\ufffd" in text or any(char < " " and char not in "\t\r\n\f" for char in text):
        return None
    return _match_text(text)


def _match_text(text: str) -> UnsupportedFile:
    text = text.lstrip()
    return next((file_type for pattern, file_type in TEXT_PATTERNS if pattern.match(text)), UnsupportedFile("is text"))
