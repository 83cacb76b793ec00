"""The limits of requests of providers, which all workers obey together.

For each account, the number of requests that remain is kept until the time at which it expires: in the result store,
which all workers share, or in this process while the result store cannot be reached.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from redis.exceptions import RedisError

from app.core.log import logger

KEY = "pytoon:rate:{}"
# Take one of the remaining requests. Returns the milliseconds to wait if there is none, else 0.
TAKE = """
local left = redis.call('GET', KEYS[1])
if not left then return 0 end
if tonumber(left) <= 0 then return math.max(1, redis.call('PTTL', KEYS[1])) end
redis.call('DECR', KEYS[1])
return 0
"""
# A reply that was sent before a pause began does not end it.
NOTE = """
if redis.call('GET', KEYS[1]) == '0' then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
MS = 1000
log = logger(__name__)


class Limits(Protocol):
    """The remaining requests of each account."""

    def take(self, account: str) -> float:
        """Take one request. Returns 0 if it may be sent, else the seconds until the next one may be."""

    def note(self, account: str, remaining: int, for_s: float) -> None:
        """Store what a reply has said: ``remaining`` requests for the next ``for_s`` seconds."""

    def pause(self, account: str, for_s: float) -> None:
        """Let no request be sent for ``for_s`` seconds."""


class LocalLimits:
    """The limits of this process alone."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._left: dict[str, tuple[int, float]] = {}

    def take(self, account: str) -> float:
        with self._lock:
            left, until = self._left.get(account, (1, 0.0))
            wait_s = until - self._clock()
            if wait_s <= 0:
                self._left.pop(account, None)
                return 0.0
            if left <= 0:
                return wait_s
            self._left[account] = (left - 1, until)
            return 0.0

    def note(self, account: str, remaining: int, for_s: float) -> None:
        with self._lock:
            left, until = self._left.get(account, (1, 0.0))
            if left > 0 or until <= self._clock():
                self._left[account] = (remaining, self._clock() + for_s)

    def pause(self, account: str, for_s: float) -> None:
        with self._lock:
            self._left[account] = (0, self._clock() + for_s)


class SharedLimits:
    """The limits in the Redis database that ``client()`` returns."""

    def __init__(self, client: Callable[[], Any]) -> None:
        self._client = client
        self._local = LocalLimits()

    def take(self, account: str) -> float:
        script = partial(self._eval, TAKE, account)
        return float(self._shared(lambda: float(script()) / MS, lambda: self._local.take(account)))

    def note(self, account: str, remaining: int, for_s: float) -> None:
        script = partial(self._eval, NOTE, account, max(0, remaining), max(1, round(for_s * MS)))
        self._shared(script, lambda: self._local.note(account, remaining, for_s))

    def pause(self, account: str, for_s: float) -> None:
        key, wait_ms = KEY.format(account), max(1, round(for_s * MS))
        self._shared(lambda: self._client().set(key, 0, px=wait_ms), lambda: self._local.pause(account, for_s))

    def _eval(self, script: str, account: str, *args: int) -> Any:
        return self._client().eval(script, 1, KEY.format(account), *args)

    def _shared(self, shared: Callable[[], Any], local: Callable[[], Any]) -> Any:
        try:
            return shared()
        except (RedisError, OSError) as error:
            log.warning("the limits of stock footage are not shared", cause=type(error).__name__)
            return local()


def result_store() -> Any:
    """Return the client of the result store, which all workers share."""
    from app.queue.application import backend

    return backend().client
