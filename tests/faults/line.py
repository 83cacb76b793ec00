"""A line to a server far away that can be cut: what comes to its port goes to the server's and back."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

CHUNK = 1 << 16


class Cable:
    """Carries connections until they are cut, or while it is not closed."""

    def __init__(self, host: str, port: int) -> None:
        self._far = (host, port)
        self._open: list[socket.socket] = []
        self._guard = threading.Lock()
        self._is_down = False
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._listen, daemon=True).start()

    def cut(self) -> int:
        """Breaks every connection; returns how many there were. New ones are carried at once."""
        with self._guard:
            broken, self._open = self._open, []
        for each in broken:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        return len(broken) // 2

    @contextmanager
    def down(self) -> Iterator[None]:
        """Breaks every connection and carries no new one while the block lasts: the server is away."""
        self._is_down = True
        self.cut()
        try:
            yield
        finally:
            self._is_down = False

    def close(self) -> None:
        self._listening.close()
        self.cut()

    def _listen(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
                far = socket.create_connection(self._far)
            except OSError:  # closed
                return
            with self._guard:
                is_down = self._is_down
                self._open += [] if is_down else [near, far]
            if is_down:
                near.close()
                far.close()
                continue
            for ends in ((near, far), (far, near)):
                threading.Thread(target=_carry, args=ends, daemon=True).start()


def _carry(source: socket.socket, into: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while chunk := source.recv(CHUNK):
            into.sendall(chunk)
    for each in (source, into):
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()
