"""Temporary files of bodies and uploads, in the home: the system's temporary directory is often small."""

from __future__ import annotations

from contextlib import suppress
from tempfile import SpooledTemporaryFile

from app.core.config import settings


class Spool(SpooledTemporaryFile[bytes]):
    """A file in memory, or on the disk when it has more than ``memory_bytes``; it is deleted when it is closed."""

    def __init__(self, memory_bytes: int) -> None:
        directory = settings().home.absolute() / "incoming"
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        super().__init__(memory_bytes, "w+b", dir=str(directory))

    def close(self) -> None:
        """Close the file. On a full disk its last bytes cannot be written, which are deleted with it."""
        with suppress(OSError):
            super().close()
