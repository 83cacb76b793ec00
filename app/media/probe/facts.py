"""The limits for a user's file, and the facts read from it."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import Self

from app.core.config import MiB, Settings
from app.core.errors import BadMedia

MAX_SIDE = 32_768
# The errors with which Pillow and PyAV report a damaged file.
DECODE_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    IndexError,
    KeyError,
    EOFError,
    ArithmeticError,
    AttributeError,
    RuntimeError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of the settings for one file; ``max_pixels`` is width × height, ``max_ms`` the duration."""

    max_bytes: int
    max_pixels: int
    max_ms: int

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Return the limits in ``settings``."""
        return cls(settings.max_upload_mb * MiB, settings.max_pixels, settings.max_media_seconds * 1000)

    def check_size(self, width: int, height: int, field: str) -> None:
        """Raise ``BadMedia`` if a picture has too many pixels to be decoded."""
        if width < 1 or height < 1:
            raise BadMedia(field, "its width or height is zero")
        if width * height > self.max_pixels or max(width, height) > MAX_SIDE:
            raise BadMedia(field, f"{width} × {height} pixels are more than the allowed {self.max_pixels:,}")

    def check_length(self, ms: int, field: str) -> None:
        """Raise ``BadMedia`` if ``ms`` is longer than the limit."""
        if ms > self.max_ms:
            raise BadMedia(field, f"it is longer than the allowed {self.max_ms // 1000} seconds")


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """Facts of a media file.

    ``kind`` is "image", "video" or "audio". ``suffix`` (".mp4") follows from the content, not from the file's name.
    ``width`` × ``height`` are pixels as displayed: rotated, with square pixels. ``length_ms`` is the duration.
    ``alpha`` says whether any pixel is transparent, ``sound`` whether there is an audio stream. ``description`` is
    what the metadata of an image say that it shows.
    """

    kind: str
    content_type: str
    suffix: str
    width: int | None = None
    height: int | None = None
    length_ms: int | None = None
    alpha: bool = False
    sound: bool = False
    description: str = ""
