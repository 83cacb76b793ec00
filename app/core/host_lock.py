"""A lock between the processes of one machine, for work that must not run twice at the same time."""

from __future__ import annotations

import fcntl
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from app.core.config import settings


@contextmanager
def host_lock(name: str) -> Iterator[None]:
    """Hold the lock ``name``; wait while another process of this machine holds it.

    The kernel releases the lock of a process that dies.
    """
    folder = settings().home.absolute() / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    # Several machines may share the home folder; the lock is for each machine on its own.
    with (folder / f"{socket.gethostname()}-{name}").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
