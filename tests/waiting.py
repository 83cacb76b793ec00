"""Waiting in tests: for a state and not for a time, because the time depends on the load of the machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import psutil

# The limit of a wait: far longer than any step takes on a loaded machine, and shorter than the timeout of pytest.
HANGS_AFTER_S = 300.0
# How long a request of a test waits for its reply, likewise.
REPLY_S = 120.0

T = TypeVar("T")


def wait_until(
    condition: Callable[[], T],
    what: str | Callable[[], str],
    ignoring: tuple[type[Exception], ...] = (),
    pause_s: float = 0.02,
) -> T:
    """Poll ``condition`` and return its first true value; exceptions of the types in ``ignoring`` count as false.

    ``what`` describes the state, or is called at the end for a description (such as a log). Raises ``AssertionError``
    with it after ``HANGS_AFTER_S``.
    """
    end = time.monotonic() + HANGS_AFTER_S
    while True:
        try:
            if value := condition():
                return value
        except ignoring:
            pass
        if time.monotonic() > end:
            raise AssertionError(f"not within {HANGS_AFTER_S:g} s: {what if isinstance(what, str) else what()}")
        time.sleep(pause_s)


def seconds_of(work: Callable[[], object]) -> float:
    begun = time.monotonic()
    work()
    return time.monotonic() - begun


def bound_s(promised_s: float, usual_s: float, times: float = 20) -> float:
    """The upper bound for work that promises to take less than ``promised_s`` seconds.

    ``usual_s`` is what ordinary work of the same kind took in the same run. The promise itself is the bound unless the
    machine is so slow that even ordinary work takes more than a ``times``-th of it.
    """
    return max(promised_s, times * usual_s)


def has_ended(pid: int | None) -> bool:
    """Whether the process has ended; a zombie has."""
    try:
        return pid is None or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
