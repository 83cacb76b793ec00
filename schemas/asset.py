"""An asset: a file that a user uploaded, and the facts read from it."""

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
    """A stored file of a user.

    ``id`` matches ``ASSET_ID``; ``kind`` is one of ``ASSET_KINDS``; ``key`` is the storage key; ``sha256`` (64 hex
    digits) and ``bytes`` (size) are those of the file. ``name`` is the user's file name; it is only displayed, never
    used as a path. ``width`` × ``height`` are pixels as displayed (rotation and EXIF orientation applied) and
    ``length_ms`` is the duration; each is ``None`` for kinds that have none. ``alpha`` says whether any pixel is
    transparent, ``sound`` whether there is an audio stream. ``description`` is what the metadata of an image
    say that it shows.
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
    description: str = ""

    @property
    def is_animation(self) -> bool:
        """Whether it is an animated image, which is repeated; ``length_ms`` is the duration of one loop."""
        return self.kind == "video" and self.content_type.startswith("image/")

    @property
    def is_picture(self) -> bool:
        return self.kind in PICTURE_KINDS


def new_asset_id() -> str:
    """Return a random id that matches ``ASSET_ID``."""
    return "ast_" + base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()
