"""One after the other on a machine: for work that does not fit beside another of its kind."""

from __future__ import annotations

import fcntl
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from app.core.config import settings


@contextmanager
def host_lock(name: str) -> Iterator[None]:
    """Waits until no other process of this machine is inside; one that dies inside is out."""
    folder = settings().home.absolute() / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    # The home may be shared by machines, and each of them has memory of its own.
    with (folder / f"{socket.gethostname()}-{name}").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
