"""Pictures of an order as providers take them: content type, base64 and data URI."""

from __future__ import annotations

import base64
from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n"


def image_type(path: Path) -> str:
    """Return the content type of a JPEG or PNG file, by its first bytes."""
    with path.open("rb") as file:
        return "image/png" if file.read(len(PNG)) == PNG else "image/jpeg"


def base64_text(path: Path) -> str:
    """Return the bytes of a file as base64."""
    return base64.b64encode(path.read_bytes()).decode("ascii")


def data_uri(path: Path) -> str:
    """Return a picture as a data URI."""
    return f"data:{image_type(path)};base64,{base64_text(path)}"
