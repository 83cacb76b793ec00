"""File types by the first bytes of a file; its name does not matter."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.media.probe.unsupported import UnsupportedFile, unsupported_binary, unsupported_text

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


JPEG = FileType("pillow", "JPEG", ".jpg")
AVIF = FileType("pillow", "AVIF", ".avif")
HEIC = FileType("pillow", "HEIF", ".heic")
WEBP = FileType("pillow", "WEBP", ".webp")
TIFF = FileType("pillow", "TIFF", ".tiff")
JPEG2000 = FileType("pillow", "JPEG2000", ".jp2")
JPEG_XL = FileType("pillow", "JXL", ".jxl")
GIF = FileType("pillow", "GIF", ".gif")
CAMERA_RAW = FileType("pillow", "RAW", ".raw")
MP4 = FileType("ffmpeg", "mov", ".mp4")
MOV = FileType("ffmpeg", "mov", ".mov")
MPEG_TS = FileType("ffmpeg", "mpegts", ".ts")
MKV = FileType("ffmpeg", "matroska", ".mkv")
WEBM = FileType("ffmpeg", "matroska", ".webm")
AVI = FileType("ffmpeg", "avi", ".avi")
WAV = FileType("ffmpeg", "wav", ".wav")
AIFF = FileType("ffmpeg", "aiff", ".aiff")
MP3 = FileType("ffmpeg", "mp3", ".mp3")
AAC = FileType("ffmpeg", "aac", ".aac")

# Signatures at the start of a file; the longer ones of several that fit come first.
SIGNATURES: tuple[tuple[bytes, FileType], ...] = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", FileType("pillow", "PNG", ".png")),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\x00\x10\x00\x00\x00CR", CAMERA_RAW),
    (b"IIRO", CAMERA_RAW),
    (b"IIRS", CAMERA_RAW),
    (b"MMOR", CAMERA_RAW),
    (b"IIU\x00", CAMERA_RAW),
    (b"FUJIFILMCCD-RAW", CAMERA_RAW),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"II+\x00\x08\x00\x00\x00", TIFF),
    (b"MM\x00+\x00\x08\x00\x00", TIFF),
    (b"\x00\x00\x01\x00", FileType("pillow", "ICO", ".ico")),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", JPEG2000),
    (b"\xff\x4f\xff\x51", JPEG2000),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", JPEG_XL),
    (b"\xff\x0a", JPEG_XL),
    (b"8BPS\x00\x01", FileType("pillow", "PSD", ".psd")),
    (b"fLaC", FileType("ffmpeg", "flac", ".flac")),
    (b"OggS", FileType("ffmpeg", "ogg", ".ogg")),
    (b"ID3", MP3),
    (b"caff", FileType("ffmpeg", "caf", ".caf")),
    (b"#!AMR", FileType("ffmpeg", "amr", ".amr")),
    (b"FLV\x01", FileType("ffmpeg", "flv", ".flv")),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", FileType("ffmpeg", "asf", ".wmv")),
    (b"\x00\x00\x01\xba", FileType("ffmpeg", "mpeg", ".mpg")),
    (b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02\x01", FileType("ffmpeg", "mxf", ".mxf")),
)
RIFF: dict[bytes, FileType] = {b"WAVE": WAV, b"WEBP": WEBP, b"AVI ": AVI}
IFF: dict[bytes, FileType] = {b"AIFF": AIFF, b"AIFC": AIFF}
QUICKTIME_ATOMS = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
# (first synchronisation byte, packet size): plain, and with the time stamps of AVCHD and Blu-ray.
TS_PACKETS = ((0, 188), (4, 192))


def detect_file_type(head: bytes) -> FileType | UnsupportedFile:
    """Return the type of a file that begins with ``head`` (``HEAD_BYTES`` are enough)."""
    if not head:
        return UnsupportedFile("is empty")
    named = next((file_type for signature, file_type in SIGNATURES if head.startswith(signature)), None)
    return (
        named
        or _container_type(head)
        or unsupported_binary(head)
        or _mpeg_audio_type(head)
        or unsupported_text(head)
        or UnsupportedFile("is of an unknown type")
    )


def _container_type(head: bytes) -> FileType | UnsupportedFile | None:
    if head[:4] in (b"RIFF", b"RF64"):
        return RIFF.get(head[8:12])
    if head[:4] == b"FORM":
        return IFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _iso_media_type(head)
    if head[4:8] in QUICKTIME_ATOMS:
        return MOV
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return WEBM if b"webm" in head[:64] else MKV
    if head[:2] == b"BM" and len(head) > 18 and head[14] in (12, 40, 52, 56, 64, 108, 124):
        return FileType("pillow", "BMP", ".bmp")
    if re.match(rb"P[1-6]\s", head):
        return FileType("pillow", "PPM", ".ppm")
    if any(head[first : first + 2 * size + 1 : size] == b"GGG" for first, size in TS_PACKETS):
        return MPEG_TS
    return None


def _iso_media_type(head: bytes) -> FileType | UnsupportedFile:
    box = head[8 : min(int.from_bytes(head[:4], "big"), len(head))]
    brands = {box[at : at + 4] for at in (0, *range(8, len(box) - 3, 4))}
    major = box[:4]
    if brands & {b"avif", b"avis"}:
        return AVIF
    if major == b"crx ":
        return CAMERA_RAW
    if major in HEIF_BRANDS:
        return HEIC
    return MOV if major == b"qt  " else MP4


def _mpeg_audio_type(head: bytes) -> FileType | None:
    """Recognise MPEG audio, which has no signature, by a frame header: eleven set bits; layer 0 means ADTS (AAC)."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    layer = head[1] >> 1 & 0b11
    return {0b00: AAC, 0b01: MP3, 0b10: MP3}.get(layer)
