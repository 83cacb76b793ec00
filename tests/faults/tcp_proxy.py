"""A TCP proxy in front of a server, to simulate network failures: it can drop connections and refuse new ones."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

CHUNK = 1 << 16


class TcpProxy:
    """Forwards every connection to ``port`` of this machine to the server, in both directions."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._is_down = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._listen, daemon=True).start()

    def drop_connections(self) -> int:
        """Close every connection and return their number. New ones are accepted immediately."""
        with self._lock:
            dropped, self._sockets = self._sockets, []
        for end in dropped:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        return len(dropped) // 2

    @contextmanager
    def outage(self) -> Iterator[None]:
        """Close every connection and refuse new ones until the block ends."""
        self._is_down = True
        self.drop_connections()
        try:
            yield
        finally:
            self._is_down = False

    def close(self) -> None:
        self._listener.close()
        self.drop_connections()

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._server)
            except OSError:  # closed
                return
            with self._lock:
                is_down = self._is_down
                self._sockets += [] if is_down else [client, server]
            if is_down:
                client.close()
                server.close()
                continue
            for ends in ((client, server), (server, client)):
                threading.Thread(target=_forward, args=ends, daemon=True).start()


def _forward(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while chunk := source.recv(CHUNK):
            target.sendall(chunk)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
