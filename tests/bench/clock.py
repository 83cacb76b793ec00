"""What a piece of work takes: CPU of this process and of the children it waited for, and time on the wall."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class Spent:
    """Seconds; filled when the block ends."""

    cpu_s: float = 0.0
    wall_s: float = 0.0


@contextmanager
def spending() -> Iterator[Spent]:
    """``with spending() as spent: …``; only children that have ended inside the block are counted."""
    spent = Spent()
    cpu_s, wall_s = _cpu_s(), time.monotonic()
    yield spent
    spent.cpu_s, spent.wall_s = _cpu_s() - cpu_s, time.monotonic() - wall_s


def _cpu_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def median_ms(work: Callable[[], object], times: int) -> float:
    """The median time on the wall of ``times`` calls, in milliseconds."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        found.append((time.perf_counter() - start) * 1000)
    return statistics.median(found)


def peak_mb() -> tuple[float, float]:
    """The largest resident size so far, in MB: of this process, and of the largest child it waited for."""
    own, child = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own / 1024, child / 1024
