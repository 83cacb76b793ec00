"""What is allowed of a user's file and what was found in it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Self

from app.core.config import MiB, Settings
from app.core.errors import BadMedia

MAX_SIDE = 32_768
# How Pillow and PyAV say that a file is damaged; each of them uses several of these.
DECODE_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    IndexError,
    KeyError,
    EOFError,
    OverflowError,
    struct.error,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What the operator allows of one file."""

    max_bytes: int
    max_pixels: int
    max_ms: int

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(settings.max_upload_mb * MiB, settings.max_pixels, settings.max_media_seconds * 1000)

    def check_size(self, width: int, height: int, field: str) -> None:
        """Raises ``BadMedia`` for a picture that would be too much to decode."""
        if width < 1 or height < 1:
            raise BadMedia(field, "the picture has no size")
        if width * height > self.max_pixels or max(width, height) > MAX_SIDE:
            raise BadMedia(field, f"{width} × {height} pixels are more than the {self.max_pixels:,} that are allowed")

    def check_length(self, ms: int, field: str) -> None:
        if ms > self.max_ms:
            raise BadMedia(field, f"it is longer than the {self.max_ms // 1000} seconds that are allowed")


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """``kind`` is "image", "video" or "audio"; ``width`` × ``height`` are as shown: turned, with square pixels.

    ``alpha`` says that something of it can be seen through, ``sound`` that it can be heard.
    """

    kind: str
    content_type: str
    suffix: str
    width: int | None = None
    height: int | None = None
    length_ms: int | None = None
    alpha: bool = False
    sound: bool = False
