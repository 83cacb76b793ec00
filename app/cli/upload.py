"""A file as a multipart form that is read while it is sent: a large clip need not fit into memory."""

from __future__ import annotations

import uuid
from typing import IO
from urllib.parse import quote


class FormFile:
    """A form with one file part, readable once from its beginning to its end. ``len`` is its size in bytes."""

    def __init__(self, field: str, name: str, file: IO[bytes], size: int) -> None:
        mark = uuid.uuid4().hex
        safe = name.replace("\\", "_").replace('"', "%22").replace("\r", "").replace("\n", "")
        head = (
            f"--{mark}\r\n"
            f'Content-Disposition: form-data; name="{field}"; filename="{safe}"; filename*=UTF-8\'\'{quote(name)}\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        self.content_type = f"multipart/form-data; boundary={mark}"
        self._before = head.encode()
        self._file, self._left = file, size
        self._after = f"\r\n--{mark}--\r\n".encode()
        self._size = len(self._before) + size + len(self._after)

    def __len__(self) -> int:
        return self._size

    def read(self, size: int = -1) -> bytes:
        """Never more of the file than it had at first, or the length that was announced would be wrong."""
        if size < 0:
            return b"".join(iter(lambda: self.read(1 << 20), b""))
        if self._before:
            part, self._before = self._before[:size], self._before[size:]
        elif self._left:
            part = self._file.read(min(size, self._left))
            if not part:
                raise OSError("the file became shorter while it was sent")
            self._left -= len(part)
        else:
            part, self._after = self._after[:size], self._after[size:]
        return part
