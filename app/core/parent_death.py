"""A child that ends when its parent does, however the parent ended."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Callable
from functools import lru_cache

PR_SET_PDEATHSIG = 1


def end_with_parent(to_end: signal.Signals = signal.SIGKILL) -> None:
    """From now on the kernel sends ``to_end`` to this process when the thread that started it ends. Linux only.

    The thread counts, not the process: start what should live from a thread that lives.
    """
    prctl = _prctl()
    if prctl:
        prctl(PR_SET_PDEATHSIG, to_end)


def ends_with_parent(to_end: signal.Signals = signal.SIGKILL) -> Callable[[], None]:
    """A ``preexec_fn`` that ties the new child to this process."""
    _prctl()  # found before the fork: between fork and exec little is safe to do
    parent = os.getpid()

    def hold_on() -> None:
        end_with_parent(to_end)
        if os.getppid() != parent:  # it ended between fork and here, and nobody will tell
            os._exit(1)

    return hold_on


@lru_cache(maxsize=1)
def _prctl() -> Callable[[int, int], int] | None:
    try:
        found: Callable[[int, int], int] = ctypes.CDLL("libc.so.6", use_errno=True).prctl
    except (OSError, AttributeError):
        return None
    return found
