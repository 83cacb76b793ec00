"""A circuit breaker for each engine, shared by all workers through the result store.

After several failures in a row nothing is sent to the engine for a time that grows; then one order is sent as a trial,
and the others only if it succeeds. A provider that asks to wait (429) only pauses its engine.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

FAILURES_TO_OPEN = 5
FIRST_OPEN_S, LONGEST_OPEN_S = 30.0, 600.0
# An account that is refused stays so until its operator does something.
CLOSED_ACCOUNT_S = 300.0
# A trial that has not ended by then, because its worker died, no longer counts.
TRIAL_S = 60
# What is known of an engine is forgotten after this time without news.
FORGET_S = 86_400
KEY = "pytoon:breaker:"

# Failures of orders and of polls are counted apart: a provider that answers polls may still accept no orders.
ORDERS, POLLS = "failures", "polls"
# The count and the time of the next opening change together, whichever worker reports. A failure of a request that was
# sent before the breaker opened does not open it for longer.
FAIL = """
local failures = redis.call('HINCRBY', KEYS[1], ARGV[7], 1)
redis.call('HSET', KEYS[1], 'reason', ARGV[1])
local open_until = tonumber(redis.call('HGET', KEYS[1], 'open_until') or '0')
if ARGV[7] == 'failures' then redis.call('DEL', KEYS[1] .. ':trial') end
if failures >= tonumber(ARGV[2]) and open_until <= tonumber(ARGV[5]) then
  local opens = redis.call('HINCRBY', KEYS[1], 'opens', 1)
  local seconds = math.min(tonumber(ARGV[4]), tonumber(ARGV[3]) * 2 ^ (opens - 1))
  redis.call('HSET', KEYS[1], 'open_until', tostring(tonumber(ARGV[5]) + seconds))
end
redis.call('EXPIRE', KEYS[1], ARGV[6])
return failures
"""


@dataclass(frozen=True, slots=True)
class BreakerState:
    """The state of an engine's breaker.

    ``open_s`` is the time until the next trial, 0 if the breaker lets orders pass; ``pause_s`` that until which the
    provider asked to wait. ``failures`` are those in a row, ``reason`` is the last one.
    """

    open_s: float = 0.0
    pause_s: float = 0.0
    failures: int = 0
    reason: str = ""

    @property
    def name(self) -> str:
        """ "closed" (orders pass), "open" (none does) or "half-open" (one does, as a trial)."""
        if self.open_s:
            return "open"
        return "half-open" if self.failures >= FAILURES_TO_OPEN else "closed"


@dataclass(frozen=True, slots=True)
class Breakers:
    """The breakers of all engines; ``client`` is one of redis-py, ``clock`` the Unix time."""

    client: Any
    clock: Callable[[], float] = time.time

    def state(self, engine: str) -> BreakerState:
        values = {name.decode(): value.decode() for name, value in self.client.hgetall(KEY + engine).items()}
        now = self.clock()
        return BreakerState(
            open_s=max(0.0, float(values.get("open_until", 0)) - now),
            pause_s=max(0.0, float(values.get("pause_until", 0)) - now),
            failures=max(int(values.get(ORDERS, 0)), int(values.get(POLLS, 0))),
            reason=values.get("reason", ""),
        )

    def wait_s(self, engine: str) -> float:
        """Return 0 if an order may be sent to the engine now, else the seconds after which to ask again."""
        state = self.state(engine)
        if state.open_s or state.pause_s:
            return max(state.open_s, state.pause_s)
        if state.name == "half-open" and not self.client.set(f"{KEY}{engine}:trial", 1, nx=True, ex=TRIAL_S):
            return 2.0
        return 0.0

    def succeeded(self, engine: str) -> None:
        """Close the breaker: the engine has answered an order as it should. A pause that was asked for stays."""
        self.client.hdel(KEY + engine, ORDERS, POLLS, "opens", "open_until")
        self.client.delete(f"{KEY}{engine}:trial")

    def answered(self, engine: str) -> None:
        """Forget the failures of polls: one was answered."""
        self.client.hdel(KEY + engine, POLLS)

    def failed(self, engine: str, reason: str, count: str = ORDERS) -> None:
        """Count a failure of the provider, not of an order, among those of orders or of polls."""
        limits = (FAILURES_TO_OPEN, FIRST_OPEN_S, LONGEST_OPEN_S)
        self.client.eval(FAIL, 1, KEY + engine, reason, *limits, self.clock(), FORGET_S, count)

    def pause(self, engine: str, seconds: float, reason: str) -> None:
        """Send nothing for ``seconds``, as the provider has asked."""
        self._set(engine, pause_until=self.clock() + seconds, reason=reason)
        self.client.delete(f"{KEY}{engine}:trial")

    def account_refused(self, engine: str, reason: str) -> None:
        """Open the breaker at once: nothing is accepted from this account."""
        self._set(engine, open_until=self.clock() + CLOSED_ACCOUNT_S, failures=FAILURES_TO_OPEN, reason=reason)

    def _set(self, engine: str, **values: Any) -> None:
        self.client.hset(KEY + engine, mapping=values)
        self.client.expire(KEY + engine, FORGET_S)
