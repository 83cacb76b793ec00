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
        self._start_listening()

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
        self._stop_listening()
        self.drop_connections()
        try:
            yield
        finally:
            self._listener = socket.create_server(("127.0.0.1", self.port))
            self._is_down = False
            self._start_listening()

    def close(self) -> None:
        self._stop_listening()
        self.drop_connections()

    def _start_listening(self) -> None:
        self._thread = threading.Thread(target=self._listen, args=(self._listener,), daemon=True)
        self._thread.start()

    def _stop_listening(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # ends the accept of the thread
        self._listener.close()
        self._thread.join()

    def _listen(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
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
