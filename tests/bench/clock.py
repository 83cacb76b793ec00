"""Measure work: CPU time of this process and of the children it waited for, wall time, and peak memory."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class Usage:
    """Seconds of CPU time and of wall time; ``measure_usage`` sets them when its block ends."""

    cpu_s: float = 0.0
    wall_s: float = 0.0


@contextmanager
def measure_usage() -> Iterator[Usage]:
    """``with measure_usage() as usage: …``; children count only if they end inside the block."""
    usage = Usage()
    cpu_s, wall_s = _cpu_s(), time.monotonic()
    yield usage
    usage.cpu_s, usage.wall_s = _cpu_s() - cpu_s, time.monotonic() - wall_s


def _cpu_s() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def median_ms(work: Callable[[], object], times: int) -> float:
    """The median wall time of ``times`` calls, in milliseconds."""
    durations_ms = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        durations_ms.append((time.perf_counter() - start) * 1000)
    return statistics.median(durations_ms)


def peak_mb() -> tuple[float, float]:
    """The peak resident size in MB: of this process, and of the largest child it waited for."""
    own, child = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own / 1024, child / 1024
