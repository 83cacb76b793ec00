"""An asset: a file a user gave, and what was found in it."""

from __future__ import annotations

from dataclasses import dataclass

ASSET_KINDS = ("image", "video", "audio")


@dataclass(frozen=True, slots=True)
class Asset:
    """``width`` × ``height`` are as shown (rotation and EXIF orientation applied); ``key`` is its storage key.

    ``name`` is the user's own file name, kept for people to read and never used as a path.
    """

    id: str
    kind: str
    key: str
    sha256: str
    bytes: int
    content_type: str
    name: str = ""
    width: int | None = None
    height: int | None = None
    length_ms: int | None = None
    alpha: bool = False
    sound: bool = False

    @property
    def is_picture(self) -> bool:
        return self.kind in ("image", "video")
