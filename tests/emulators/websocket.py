"""The server's side of a WebSocket (RFC 6455), as far as an emulator needs it: it sends texts and ignores messages."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from typing import Any

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE = 0x1, 0x2, 0x8


class WebSocket:
    """A connection that was upgraded; it may be used from several threads."""

    def __init__(self, handler: BaseHTTPRequestHandler) -> None:
        self._handler = handler
        self._lock = threading.Lock()
        key = handler.headers["Sec-WebSocket-Key"] + GUID
        handler.send_response(101)
        handler.send_header("Upgrade", "websocket")
        handler.send_header("Connection", "Upgrade")
        handler.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())
        handler.end_headers()
        handler.wfile.flush()
        handler.close_connection = True

    def send(self, event: Any) -> None:
        """Send an event as JSON; a connection that has ended is no error."""
        self._send(TEXT, json.dumps(event).encode())

    def send_bytes(self, data: bytes) -> None:
        self._send(BINARY, data)

    def wait(self) -> None:
        """Read and ignore messages until the client closes the connection."""
        with suppress(OSError, struct.error):
            while self._read_message() != CLOSE:
                pass

    def close(self) -> None:
        self._send(CLOSE, b"")
        with suppress(OSError):
            self._handler.connection.shutdown(2)

    def _send(self, kind: int, data: bytes) -> None:
        size = len(data)
        length = struct.pack("!B", size) if size < 126 else struct.pack("!BH", 126, size)
        with self._lock, suppress(OSError, ValueError):
            self._handler.wfile.write(bytes([0x80 | kind]) + length + data)
            self._handler.wfile.flush()

    def _read_message(self) -> int:
        """Read one message of the client, which is masked; return its kind."""
        first, second = self._bytes(2)
        length = second & 0x7F
        if length >= 126:
            length = struct.unpack("!H" if length == 126 else "!Q", self._bytes(2 if length == 126 else 8))[0]
        self._bytes(length + 4)
        return first & 0x0F

    def _bytes(self, count: int) -> bytes:
        data = self._handler.rfile.read(count)
        if len(data) < count:
            raise OSError("the connection was closed")
        return data
