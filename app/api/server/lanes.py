"""The threads that run the application, and how many of them one kind of request may take."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from typing import TypeVar

from app.core.errors import Overloaded

T = TypeVar("T")


class Lane:
    """Runs functions in the threads of ``pool``, ``width`` at a time; at most ``queue`` more wait."""

    def __init__(self, pool: Executor, width: int, queue: int) -> None:
        self._pool = pool
        self._free = asyncio.Semaphore(width)
        self._queue = queue
        self._waiting = 0

    async def run(self, function: Callable[[], T]) -> T:
        """Raises ``Overloaded`` if too many wait. A thread whose caller has gone finishes its work."""
        if self._free.locked() and self._waiting >= self._queue:
            raise Overloaded("too many requests wait for a thread")
        self._waiting += 1
        try:
            await self._free.acquire()
        finally:
            self._waiting -= 1
        return await asyncio.wrap_future(self._submit(function))

    def _submit(self, function: Callable[[], T]) -> Future[T]:
        loop = asyncio.get_running_loop()

        def free(_future: Future[T]) -> None:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(self._free.release)

        future = self._pool.submit(function)
        future.add_done_callback(free)
        return future
