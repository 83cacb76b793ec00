"""Files whose content is no text, by what their user calls them."""

from __future__ import annotations

from app.media.probe.file_type import HEAD_BYTES, FileType, detect_file_type
from app.media.text_decoding import BYTE_ORDER_MARKS

ARCHIVE, OLD_OFFICE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Formats whose files may have nothing but characters at the beginning.
TEXT_LIKE = (b"%PDF-", b"%!PS")
# The names of files in an archive, by which its format is known.
PARTS = (
    (b"word/", "is a Word document"),
    (b"xl/", "is an Excel workbook"),
    (b"ppt/", "is a PowerPoint presentation"),
    (b"opendocument.text", "is an OpenDocument text"),
    (b"opendocument.", "is an OpenDocument file"),
    (b"application/epub", "is an e-book (EPUB)"),
    (b"Index/Document.iwa", "is a Pages document"),
)
READ_BYTES = 1 << 16
OF_READER = {"pillow": "is an image", "ffmpeg": "is a video or sound file"}


def document_type(data: bytes) -> str | None:
    """Return what a file is that has no text ("is a Word document"); ``None`` for text and unknown types."""
    if data.startswith(ARCHIVE):
        ends = data[:READ_BYTES] + data[-READ_BYTES:]
        return next((name for part, name in PARTS if part in ends), "is a zip archive")
    if data.startswith(OLD_OFFICE):
        return "is a document of an old version of Word, Excel or PowerPoint"
    is_marked = any(data.startswith(mark) for mark, _ in BYTE_ORDER_MARKS)
    if is_marked or not (b"\0" in data[:HEAD_BYTES] or data.startswith(TEXT_LIKE)):
        return None
    found = detect_file_type(data[:HEAD_BYTES])
    description = OF_READER[found.reader] if isinstance(found, FileType) else found.description
    return None if description in ("is text", "is of an unknown type") else description
