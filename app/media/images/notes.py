"""What an image file says beside its pixels: the orientation and the texts that describe the picture."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from app.media.images.tags import Directory, TagError, first_directory

ORIENTATION = 0x0112
# The orientations in which width and height are exchanged.
SIDEWAYS = (5, 6, 7, 8)
EXIF_MARK = b"Exif\x00\x00"
IPTC_APPLICATION_RECORD = b"\x1c\x02"


@dataclass(frozen=True, slots=True)
class Notes:
    """``directory`` has the EXIF tags, ``iptc`` are IPTC-NAA records, ``texts`` are those of a PNG by keyword."""

    directory: Directory | None = None
    iptc: bytes = b""
    texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def orientation(self) -> int:
        """The EXIF orientation, 1 to 8; 1 if there is none or it is invalid."""
        value = self.directory.integer(ORIENTATION, 1) if self.directory else 1
        return value if 1 <= value <= 8 else 1

    def iptc_values(self, number: int) -> Iterator[bytes]:
        """Yield the values of a field of the application record (IIM 4.2, chapter 6)."""
        at = 0
        while self.iptc[at : at + 2] == IPTC_APPLICATION_RECORD:
            length = int.from_bytes(self.iptc[at + 3 : at + 5], "big")
            if self.iptc[at + 2 : at + 3] == bytes([number]):
                yield self.iptc[at + 5 : at + 5 + length]
            at += 5 + length


def exif_directory(exif: bytes) -> Directory | None:
    """Return the first directory of EXIF data; ``None`` if it cannot be read."""
    data = exif.removeprefix(EXIF_MARK)
    try:
        return first_directory(io.BytesIO(data), len(data))
    except TagError:
        return None
