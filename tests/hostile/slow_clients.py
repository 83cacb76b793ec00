"""Clients that hold connections: each sends or reads as slowly as its kind says, for as long as the block lasts."""

from __future__ import annotations

import itertools
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

HOST = b"Host: localhost\r\n"
BOUNDARY = b"b"
UPLOAD = (
    b"POST /api/v1/assets/upload HTTP/1.1\r\n" + HOST + b"Content-Type: multipart/form-data; boundary=b\r\n"
    b"Content-Length: 5000000\r\n\r\n--b\r\n"
    b'Content-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n\xff\xd8\xff'
)
JSON = b"POST /api/v2/jobs HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n{"
DRIP_S = 1.0


@dataclass(frozen=True)
class Kind:
    """``first`` is sent at once, ``drip`` every second; ``reads`` bytes are read every second."""

    first: bytes = b""
    drip: bytes = b""
    reads: int = 0


def kinds(large_path: str) -> dict[str, Kind]:
    """All kinds; ``large_path`` is the path of a file that does not fit into the buffers of a connection."""
    download = b"GET " + large_path.encode() + b" HTTP/1.1\r\n" + HOST + b"\r\n"
    return {
        "half-open": Kind(),
        "slow header": Kind(b"GET /api/v2/jobs HTTP/1.1\r\nX-A: ", b"a"),
        "slow body": Kind(JSON, b" "),
        "upload of 1 byte/s": Kind(UPLOAD, b"x"),
        "upload of 1 kB/s": Kind(UPLOAD, b"x" * 1000),
        "unread download": Kind(download),
        "download of 1 byte/s": Kind(download, reads=1),
        "idle": Kind(b"GET /health/live HTTP/1.1\r\n" + HOST + b"\r\n"),
    }


def connect(port: int, kind: Kind) -> socket.socket:
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", port))
    connection.sendall(kind.first)
    return connection


@contextmanager
def slow_clients(port: int, chosen: Sequence[Kind], count: int) -> Iterator[list[socket.socket]]:
    """``count`` connections, of each kind in turn."""
    with ExitStack() as stack:
        pairs = [(connect(port, kind), kind) for kind in itertools.islice(itertools.cycle(chosen), count)]
        for connection, _ in pairs:
            stack.enter_context(connection)
        stack.enter_context(_repeating(lambda: _drip(pairs)))
        yield [connection for connection, _ in pairs]


def _drip(pairs: Sequence[tuple[socket.socket, Kind]]) -> None:
    for connection, kind in pairs:
        with suppress(OSError):  # the server has ended it
            if kind.drip:
                connection.send(kind.drip, socket.MSG_DONTWAIT)
            if kind.reads:
                connection.recv(kind.reads, socket.MSG_DONTWAIT)


@contextmanager
def _repeating(work: Callable[[], None]) -> Iterator[None]:
    """Call ``work`` every second in a thread."""
    ended = threading.Event()

    def repeat() -> None:
        while not ended.wait(DRIP_S):
            work()

    thread = threading.Thread(target=repeat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
