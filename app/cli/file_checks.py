"""Checks of files before an upload: what the server would refuse is refused first, with the name of the file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from app.client import Client
from app.core.config import MiB
from app.core.errors import BadMedia, TooLarge
from app.media.probe.file_type import HEAD_BYTES, FileType, detect_file_type
from app.media.probe.unsupported import UnsupportedFile


def max_file_bytes(client: Client) -> int | None:
    """The size of the largest file that the server takes; ``None`` if it does not tell."""
    limits = client.upload_limits()
    return min((limits[name] for name in ("max_file_bytes", "max_request_bytes") if name in limits), default=None)


def check_files(paths: Iterable[Path], max_bytes: int | None) -> None:
    """Raise ``TooLarge`` or ``BadMedia`` for the first file that the server would refuse."""
    for path in paths:
        if error := too_large(path, max_bytes) or _unsupported(path):
            raise error


def too_large(path: Path, max_bytes: int | None) -> TooLarge | None:
    if max_bytes is None or path.stat().st_size <= max_bytes:
        return None
    return TooLarge(path.name, f"{max_bytes / MiB:.4g} MB")


def _unsupported(path: Path) -> BadMedia | None:
    file_type = type_of_file(path)
    if not isinstance(file_type, UnsupportedFile):
        return None
    return BadMedia(path.name, f"the file {file_type.description}", *filter(None, [file_type.advice]))


def type_of_file(path: Path) -> FileType | UnsupportedFile:
    """Return the type of a file by its first bytes. Raises ``OSError``."""
    with path.open("rb") as file:
        return detect_file_type(file.read(HEAD_BYTES))
