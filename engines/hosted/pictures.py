"""The pictures of an order as the APIs of providers take them: their content type, base64 and data URIs."""

from __future__ import annotations

import base64
from pathlib import Path

from app.core.errors import ProviderRefused

# The first bytes of the types that a picture of an order can have.
SIGNATURES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


def picture_type(engine: str, path: Path) -> str:
    """Return the content type of a picture by its first bytes. Raises ``ProviderRefused`` unless it is JPEG or PNG."""
    with path.open("rb") as file:
        head = file.read(8)
    for signature, name in SIGNATURES.items():
        if head.startswith(signature):
            return name
    raise ProviderRefused(engine, "the picture is not a JPEG or PNG file")


def base64_of(path: Path) -> str:
    """Return the bytes of a file as base64."""
    return base64.b64encode(path.read_bytes()).decode("ascii")


def base64_length(path: Path) -> int:
    """Return the length that ``base64_of`` would have, without reading the file."""
    return (path.stat().st_size + 2) // 3 * 4


def data_uri(engine: str, path: Path) -> str:
    """Return a picture as a data URI. Raises ``ProviderRefused`` unless it is JPEG or PNG."""
    return f"data:{picture_type(engine, path)};base64,{base64_of(path)}"
