"""Receives the body of a request into a temporary file, within limits, without a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import IO, Any, cast

from app.api.http.spool import Spool
from app.api.server.minimum_rate import MinimumRate
from app.core.errors import TooLarge, TooSlow

Receive = Callable[[], Awaitable[dict[str, Any]]]
# Written to the file at once, by a thread.
BATCH_BYTES = 1 << 18
# A body up to this size stays in memory.
MEMORY_BYTES = 1 << 16


class Disconnected(Exception):
    """The client has closed the connection."""


@dataclass(slots=True)
class BodyFile:
    """A temporary file to which received bytes are added in batches."""

    writers: Executor
    size_bytes: int = 0
    _file: Spool = field(default_factory=lambda: Spool(MEMORY_BYTES))
    _batch: bytearray = field(default_factory=bytearray)

    async def add(self, chunk: bytes) -> None:
        self.size_bytes += len(chunk)
        self._batch += chunk
        if len(self._batch) >= BATCH_BYTES:
            await self._write()

    async def complete(self) -> IO[bytes]:
        """The file with all bytes, at its beginning."""
        if self.size_bytes > MEMORY_BYTES:
            await self._write()
        else:
            self._file.write(self._batch)
        self._file.seek(0)
        return cast(IO[bytes], self._file)

    async def _write(self) -> None:
        batch, self._batch = self._batch, bytearray()
        await asyncio.get_running_loop().run_in_executor(self.writers, self._file.write, batch)

    def close(self) -> None:
        self._file.close()


@dataclass(frozen=True, slots=True)
class BodyLimits:
    max_bytes: int
    min_bytes_per_s: float
    window_s: float


async def receive_body(receive: Receive, body: BodyFile, limits: BodyLimits) -> None:
    """Receive a whole body. Raises ``TooLarge``, ``TooSlow`` or ``Disconnected``."""
    loop = asyncio.get_running_loop()
    rate = MinimumRate(limits.min_bytes_per_s, limits.window_s, loop.time())
    more = True
    while more:
        try:
            async with asyncio.timeout(limits.window_s):
                message = await receive()
        except TimeoutError:
            raise _too_slow(limits) from None
        if message["type"] == "http.disconnect":
            raise Disconnected
        more = message.get("more_body", False)
        await body.add(message.get("body", b""))
        if body.size_bytes > limits.max_bytes:
            raise TooLarge("the request", f"{limits.max_bytes >> 20} MB")
        if more and rate.is_missed(body.size_bytes, loop.time()):
            raise _too_slow(limits)


def _too_slow(limits: BodyLimits) -> TooSlow:
    return TooSlow("the body", f"at least {limits.min_bytes_per_s:g} bytes per second are required")
