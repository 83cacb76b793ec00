"""A file as a multipart form that is read while it is sent: a large clip need not fit into memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO

from requests_toolbelt import MultipartEncoder, MultipartEncoderMonitor

from app.core.errors import BadMedia

# Called with the bytes sent so far and the bytes of the whole form.
Report = Callable[[int, int], None]


class FileBody:
    """The first ``size`` bytes of ``file``; ``len`` is how many of them are left, as requests-toolbelt asks for it.

    A file that grows or shrinks while it is sent would make the announced length wrong. What is appended is not sent.
    Raises ``BadMedia`` when the file has become shorter.
    """

    def __init__(self, file: IO[bytes], size: int, name: str) -> None:
        self._file, self._name = file, name
        self.len = size

    def read(self, size: int = -1) -> bytes:
        part = self._file.read(self.len if size < 0 else min(size, self.len))
        if self.len and size and not part:
            raise BadMedia("file", f"{self._name} became shorter while it was sent")
        self.len -= len(part)
        return part


def form(field: str, name: str, file: IO[bytes], size: int, report: Report | None = None) -> MultipartEncoderMonitor:
    """A form with one file part called ``field``; ``report`` is called after each part that was read for sending."""
    encoder = MultipartEncoder([(field, (name, FileBody(file, size, name), "application/octet-stream"))])
    return MultipartEncoderMonitor(
        encoder, (lambda monitor: report(monitor.bytes_read, monitor.len)) if report else None
    )
