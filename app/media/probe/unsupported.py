"""File types that are not accepted, by the first bytes of a file, and what to send instead."""

from __future__ import annotations

import re
from dataclasses import dataclass

AS_JPEG = "Export it as JPEG or PNG and send that file."
AS_MP4 = "Export it as MP4 and send that file."
AS_MP3 = "Export it as MP3 or WAV and send that file."
UNPACKED = "Unpack it and send the files in it."


@dataclass(frozen=True, slots=True)
class UnsupportedFile:
    """A file type that is not accepted; ``description`` completes the sentence "the file …"."""

    description: str
    advice: str = ""


PLAYLIST = UnsupportedFile("is a playlist", "Send the clips themselves.")
ZIP = UnsupportedFile("is a zip archive", UNPACKED)
# What a zip archive contains, by a name near its beginning.
ZIP_DOCUMENTS = (
    (b"word/", UnsupportedFile("is a Word document", "Send its pictures as files and its text as a script.")),
    (b"ppt/", UnsupportedFile("is a PowerPoint presentation", "Export its slides as PNG and send those files.")),
    (b"xl/", UnsupportedFile("is an Excel workbook", AS_JPEG)),
    (b"application/epub", UnsupportedFile("is an EPUB book", "Send its pictures as files and its text as a script.")),
    (b"application/vnd.oasis", UnsupportedFile("is an OpenDocument file", AS_JPEG)),
)
SIGNATURES: tuple[tuple[bytes, UnsupportedFile], ...] = (
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
    (b"\x1f\x8b", UnsupportedFile("is a gzip archive", UNPACKED)),
    (b"7z\xbc\xaf'\x1c", UnsupportedFile("is a 7z archive", UNPACKED)),
    (b"Rar!", UnsupportedFile("is a rar archive", UNPACKED)),
    (b"\xfd7zXZ\x00", UnsupportedFile("is an xz archive", UNPACKED)),
    (b"BZh", UnsupportedFile("is a bzip2 archive", UNPACKED)),
    (b"%PDF-", UnsupportedFile("is a PDF document", "Export its pages as PNG and send those files.")),
    (b"%!PS", UnsupportedFile("is a PostScript document", AS_JPEG)),
    (b"{\\rtf", UnsupportedFile("is an RTF document", "Send its text as a script.")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", UnsupportedFile("is an old Office document", AS_JPEG)),
    *(
        (mark, UnsupportedFile(f"is a {name}, which is not accepted", AS_JPEG))
        for mark, name in (
            (b"\x00\x00\x02\x00\x00\x00\x00\x00", "Targa image"),
            (b"\x00\x00\x0a\x00\x00\x00\x00\x00", "Targa image"),
            (b"\x00\x00\x02\x00", "Windows cursor"),
            (b"P7\n", "PAM image"),
            (b"PF\n", "PFM image"),
            (b"Pf\n", "PFM image"),
            (b"DDS ", "DDS texture"),
            (b"qoif", "QOI image"),
            (b"AT&TFORM", "DjVu document"),
            (b"\x0a\x05\x01", "PCX image"),
            (b"\x01\x00\x00\x00\x6c\x00\x00\x00", "Windows metafile"),
        )
    ),
    (b"YUV4MPEG2 ", UnsupportedFile("is uncompressed video (Y4M), which is not accepted", AS_MP4)),
    (b"DKIF", UnsupportedFile("is an IVF video, which is not accepted", AS_MP4)),
    (b"nut/multimedia", UnsupportedFile("is a NUT video, which is not accepted", AS_MP4)),
    (b"\x00\x00\x00\x01\x67", UnsupportedFile("is an H.264 stream without a container", AS_MP4)),
    (b"\x00\x00\x00\x01\x40\x01", UnsupportedFile("is an H.265 stream without a container", AS_MP4)),
    *(
        (mark, UnsupportedFile(f"is {name} audio, which is not accepted", AS_MP3))
        for mark, name in (
            (b"TTA1", "TTA"),
            (b".snd", "AU"),
            (b"riff\x2e\x91\xcf\x11", "Wave64"),
            (b"\x0b\x77", "AC-3"),
            (b"\x7f\xfe\x80\x01", "DTS"),
            (b"Creative Voice File", "VOC"),
        )
    ),
    (b"\x7fELF", UnsupportedFile("is a program")),
    (b"MZ", UnsupportedFile("is a program")),
    (
        b"\x00\x05\x16\x07",
        UnsupportedFile("is AppleDouble data that macOS keeps beside a file", "Send that file."),
    ),
    (b"SQLite format 3\x00", UnsupportedFile("is a database")),
    (b"bplist00", UnsupportedFile("is a property list")),
    (b"8BPS\x00\x02", UnsupportedFile("is a Photoshop Big document, which is not accepted", AS_JPEG)),
    (b"gimp xcf", UnsupportedFile("is a GIMP image, which is not accepted", AS_JPEG)),
    (b"II\xbc", UnsupportedFile("is a JPEG XR image, which is not accepted", AS_JPEG)),
    (b"\x76\x2f\x31\x01", UnsupportedFile("is an OpenEXR image, which is not accepted", AS_JPEG)),
    (b"#?RADIANCE", UnsupportedFile("is a Radiance HDR image, which is not accepted", AS_JPEG)),
    (b"icns", UnsupportedFile("is a macOS icon, which is not accepted", AS_JPEG)),
    (b"\xd7\xcd\xc6\x9a", UnsupportedFile("is a Windows metafile, which is not accepted", AS_JPEG)),
    (b"FOVb", UnsupportedFile("is a camera raw file (X3F), which is not accepted", AS_JPEG)),
    (b"CWS", UnsupportedFile("is a Flash program, which is not accepted", AS_MP4)),
    (b"FWS", UnsupportedFile("is a Flash program, which is not accepted", AS_MP4)),
    (b".RMF", UnsupportedFile("is a RealMedia file, which is not accepted", AS_MP4)),
    (b"\x00\x00\x01\xb3", UnsupportedFile("is an MPEG video stream without a container", AS_MP4)),
    (b"\x1f\x07\x00", UnsupportedFile("is a DV stream without a container", AS_MP4)),
    (b"MThd", UnsupportedFile("is a MIDI file, which has notes and no sound", AS_MP3)),
    (b"MAC ", UnsupportedFile("is Monkey's Audio, which is not accepted", AS_MP3)),
    (b"wvpk", UnsupportedFile("is WavPack audio, which is not accepted", AS_MP3)),
    (b"DSD ", UnsupportedFile("is DSD audio, which is not accepted", AS_MP3)),
    (b"OTTO", UnsupportedFile("is a font")),
    (b"\x00\x01\x00\x00\x00", UnsupportedFile("is a font")),
)
TEXT_PATTERNS: tuple[tuple[re.Pattern[str], UnsupportedFile], ...] = (
    (re.compile(r"#EXTM3U|\[playlist\]|ffconcat version|<MPD[\s>]|<asx|<smil|<\?wpl", re.IGNORECASE), PLAYLIST),
    (re.compile(r"(stream|(#[^\n]*\n\s*)*file)\s+['\"]?\S", re.IGNORECASE), PLAYLIST),
    (re.compile(r".*<MPD[\s>]", re.IGNORECASE | re.DOTALL), PLAYLIST),
    (re.compile(r".*<svg[\s>/]", re.IGNORECASE | re.DOTALL), UnsupportedFile("is an SVG drawing", AS_JPEG)),
    (re.compile(r"<!doctype html|<html", re.IGNORECASE), UnsupportedFile("is a web page", "Send the file itself.")),
)


def unsupported_binary(head: bytes) -> UnsupportedFile | None:
    """Return what a file with a known signature is."""
    file_type = next((file_type for signature, file_type in SIGNATURES if head.startswith(signature)), None)
    if file_type is ZIP:
        return next((document for name, document in ZIP_DOCUMENTS if name in head), ZIP)
    if head[257:262] == b"ustar":
        return UnsupportedFile("is a tar archive", UNPACKED)
    return file_type


def unsupported_text(head: bytes) -> UnsupportedFile | None:
    """Return what a text file is; ``None`` for files that are not text."""
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
