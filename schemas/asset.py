"""An asset: a file a user gave, and what was found in it."""

from __future__ import annotations

import base64
import re
import secrets
from dataclasses import dataclass

PICTURE_KINDS = ("image", "video")
ASSET_KINDS = (*PICTURE_KINDS, "audio")
ASSET_ID = re.compile(r"ast_[a-z2-7]{26}")


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
        return self.kind in PICTURE_KINDS


def new_asset_id() -> str:
    """A random id that matches ``ASSET_ID``."""
    return "ast_" + base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()
