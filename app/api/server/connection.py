"""One connection of gunicorn's ASGI worker, with time limits and with error bodies in JSON.

Gunicorn limits the size of a header and the time between two requests. It has no limit for the time of the first
header, for a client that does not read, and for the number of connections: these are here. The class overrides private
methods of gunicorn 27 (``setup.cfg`` fixes the version; ``tests/hostile`` runs each of them).
"""

from __future__ import annotations

import fcntl
import struct
import termios
from asyncio import TimerHandle
from contextlib import suppress
from typing import Any

from gunicorn.asgi.protocol import ASGIProtocol

from app.api.server.minimum_rate import MinimumRate
from app.api.server.refusals import refusal_of, refusal_of_status
from app.core.errors import Overloaded, TooSlow

# After the last byte of a response the rest of the request is read and discarded, or the client sees a connection reset
# instead of the response: until nothing arrives for LINGER_QUIET_S, and at most for LINGER_S.
LINGER_QUIET_S = 2.0
LINGER_S = 20.0


class Connection(ASGIProtocol):  # type: ignore[misc]  # gunicorn has no types
    """``waiting_since`` is when it began to wait for a header or for its end; ``None`` while a request is served."""

    _closed: bool

    def __init__(self, worker: Any) -> None:
        super().__init__(worker)
        self.waiting_since: float | None = None
        self._received = False
        self._sends_no_more = False
        self._header_timer: TimerHandle | None = None
        self._linger_timer: TimerHandle | None = None
        self._unread: tuple[MinimumRate, int] | None = None

    # -- requests ----------------------------------------------------------------------------------------------------

    def connection_made(self, transport: Any) -> None:
        self.waiting_since = self._now()
        accepted = self.worker.admit(self)
        super().connection_made(transport)
        self._header_timer = self.worker.loop.call_later(self.worker.limits.header_s, self._end_slow_header)
        if self.worker.is_flooded():
            self.evict()
        elif not accepted:
            self._refuse(refusal_of(Overloaded("the server has as many connections as it accepts")).as_bytes())

    def connection_lost(self, exc: Exception | None) -> None:
        self.worker.connections.discard(self)
        for timer in (self._header_timer, self._linger_timer):
            if timer:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._received = True
        if not self._closed:
            super().data_received(data)

    def _on_headers_complete(self) -> Any:
        if self._header_timer:
            self._header_timer.cancel()
        self.waiting_since = None
        return super()._on_headers_complete()

    def _arm_keepalive_timer(self) -> None:
        self.waiting_since = self._now()
        super()._arm_keepalive_timer()
        if self._sends_no_more:
            self._close_transport()

    def eof_received(self) -> bool:
        """Keep the connection open for the response to a complete request; the client may still read."""
        self._sends_no_more = True
        return self.waiting_since is None and not self._closed and self._body_receiver._complete is True

    def _is_websocket_upgrade(self, _request: Any) -> bool:
        """No websocket is offered: the ``Upgrade`` header is ignored (RFC 9110, 7.8)."""
        return False

    def _end_slow_header(self) -> None:
        if not self._received:
            self._close_transport()
            return
        limit = f"its header must arrive within {self.worker.limits.header_s:g} s"
        self._refuse(refusal_of(TooSlow("the request", limit)).as_bytes())

    def _refuse(self, response: bytes) -> None:
        self._safe_write(response)
        self._close_transport()

    def _send_error_response(self, status: int, message: str, _extra_headers: Any = ()) -> None:
        self._safe_write(refusal_of_status(status, message).as_bytes())

    # -- the end -----------------------------------------------------------------------------------------------------

    def _close_transport(self) -> None:
        """Send what is written, tell the client that it was all, and discard what it still sends."""
        if self._closed or self.transport is None:
            return
        self._closed = True
        self.waiting_since = self._now()
        with suppress(OSError, RuntimeError):
            self.transport.write_eof()
        self._resume_reading()
        self._watch_reading()
        self._linger(self._now() + LINGER_S)

    def _linger(self, until: float) -> None:
        self._received = False
        self._linger_timer = self.worker.loop.call_later(LINGER_QUIET_S, self._end_linger, until)

    def _end_linger(self, until: float) -> None:
        if self._received and self._now() < until:
            self._linger(until)
        else:
            self.transport.close()

    def close_if_waiting(self) -> None:
        """Close the connection if no request is in progress."""
        if self.waiting_since is not None:
            self._closed = True
            self.transport.close()

    def evict(self) -> None:
        """End the connection at once, in favour of another."""
        self._closed = True
        self.worker.connections.discard(self)
        self.transport.abort()

    def waited_s(self) -> float:
        """The seconds for which it has waited; 0 while a request is served."""
        return self._now() - self.waiting_since if self.waiting_since is not None else 0.0

    # -- clients that do not read ------------------------------------------------------------------------------------

    def pause_writing(self) -> None:
        """More is written than the client reads: from now on, until it has read it, nothing more is written."""
        super().pause_writing()
        self._watch_reading()

    def resume_writing(self) -> None:
        self._unread = None
        super().resume_writing()

    def _watch_reading(self) -> None:
        limits = self.worker.limits
        rate = MinimumRate(limits.min_bytes_per_s, limits.slow_s, self._now())
        self._unread = (rate, self._count_unsent_bytes())

    def end_if_unread(self) -> None:
        """End the connection if its client reads more slowly than the minimum rate; to be called every second."""
        if self._unread is None:
            return
        rate, first_bytes = self._unread
        unsent_bytes = self._count_unsent_bytes()
        if unsent_bytes and rate.is_missed(first_bytes - unsent_bytes, self._now()):
            self.transport.abort()

    def _count_unsent_bytes(self) -> int:
        """Bytes that the client has not acknowledged, in the buffers of the transport and of the kernel."""
        waiting: int = self.transport.get_write_buffer_size()
        socket = self.transport.get_extra_info("socket")
        with suppress(OSError, ValueError):
            queued: int = struct.unpack("i", fcntl.ioctl(socket.fileno(), termios.TIOCOUTQ, bytes(4)))[0]
            waiting += queued
        return waiting

    def _now(self) -> float:
        now: float = self.worker.loop.time()
        return now
