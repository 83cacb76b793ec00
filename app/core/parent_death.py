"""Child processes that end when their parent ends, even when the parent is killed."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Callable
from functools import lru_cache

PR_SET_PDEATHSIG = 1


def end_with_parent(end_signal: signal.Signals = signal.SIGKILL) -> None:
    """Let the kernel send ``end_signal`` to this process when the thread that started it ends. Linux only.

    The end of the starting thread counts, not the end of its process: start children from a thread that outlives them.
    """
    prctl = _prctl()
    if prctl:
        prctl(PR_SET_PDEATHSIG, end_signal)


def end_with_parent_hook(end_signal: signal.Signals = signal.SIGKILL) -> Callable[[], None]:
    """A ``preexec_fn`` for ``subprocess`` that ends the new child with this process."""
    _prctl()  # loaded before the fork: few operations are safe between fork and exec
    parent = os.getpid()

    def before_exec() -> None:
        end_with_parent(end_signal)
        if os.getppid() != parent:  # the parent has ended since the fork, so no signal will come
            os._exit(1)

    return before_exec


@lru_cache(maxsize=1)
def _prctl() -> Callable[[int, int], int] | None:
    try:
        prctl: Callable[[int, int], int] = ctypes.CDLL("libc.so.6", use_errno=True).prctl
    except (OSError, AttributeError):
        return None
    return prctl
