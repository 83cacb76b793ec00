"""The gunicorn worker that serves the API: an event loop for all connections, threads for the application.

Why this server. Gunicorn's ASGI worker has the strictest parser of those compared (uvicorn with httptools accepts
requests with both lengths, with bare line feeds, and headers of any size; uvicorn with h11 gives one message for all of
them), and a master process that replaces a worker which hangs. Gevent is no choice: a greenlet that waits for the lock
of SQLite stops the whole process. What the worker lacks is added here and in ``connection``: limits of time and number.
"""

from __future__ import annotations

import asyncio
import resource
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus

from gunicorn.asgi import protocol
from gunicorn.workers import gasgi

from app.api.server.connection import Connection
from app.core.config import Settings, settings

TICK_S = 1.0
# Connections above the limit that get a response which says so; others are ended without one.
REFUSED_AT_ONCE = 64
# A connection that waits longer than this for a header may be closed in favour of a new one.
EVICTABLE_AFTER_S = 1.0
# Descriptors for everything besides connections: database, logs, broker, ffmpeg.
RESERVED_DESCRIPTORS = 128
DESCRIPTORS = 65_536


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    connections: int
    header_s: float
    slow_s: float
    min_bytes_per_s: int

    @classmethod
    def from_settings(cls, chosen: Settings) -> ConnectionLimits:
        connections = max(1, min(chosen.max_connections, (_descriptors() - RESERVED_DESCRIPTORS) // 2))
        return cls(connections, chosen.header_s, chosen.slow_s, chosen.min_bytes_per_s)


def _descriptors() -> int:
    """Raise the limit of open files and return it. A connection needs two: its socket and the file of its body."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, DESCRIPTORS)
    if soft < wanted:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


class Worker(gasgi.ASGIWorker):  # type: ignore[misc]  # gunicorn has no types
    """Counts connections, makes space for new ones, and ends those whose clients do not read."""

    def init_process(self) -> None:
        self.connections: set[Connection] = set()
        self.limits = ConnectionLimits.from_settings(settings())
        # The worker has no setting for the class of its connections, nor for reason phrases that it lacks.
        gasgi.ASGIProtocol = Connection
        protocol._REASON_PHRASES |= {status.value: status.phrase for status in HTTPStatus}
        super().init_process()

    def admit(self, connection: Connection) -> bool:
        """Register a connection; returns whether it may be served.

        When there are too many, the one that has waited longest for a request is closed. If all others are in use, the
        new one is refused.
        """
        self.connections.add(connection)
        if len(self.connections) <= self.limits.connections:
            return True
        longest = max(self.connections, key=Connection.waited_s)
        if longest.waited_s() < EVICTABLE_AFTER_S:
            return False
        longest.evict()
        return True

    def is_flooded(self) -> bool:
        """Whether so many connections are being refused that there is no descriptor for one more response."""
        return len(self.connections) > self.limits.connections + REFUSED_AT_ONCE

    async def _serve(self) -> None:
        watch = self.loop.create_task(self._end_unread())
        await super()._serve()
        watch.cancel()

    async def _end_unread(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            for connection in tuple(self.connections):
                connection.end_if_unread()

    async def _shutdown(self) -> None:
        self.asgi.end_streams()
        for connection in tuple(self.connections):
            connection.close_if_waiting()
        await super()._shutdown()
