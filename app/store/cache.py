"""Kept by what it was made of: the same inputs are never worked on twice, by any worker, in any job."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.store.base import Storage
from app.store.keys import cache_key


def kept(store: Storage, kind: str, identity: str, suffix: str, make: Callable[[Path], None]) -> tuple[str, bool]:
    """The key of the file with this identity, made by ``make(path)`` only when it is not there.

    Returns ``(key, reused)``. Two workers may make the same file at the same time: both are right, the last one stays.
    Asking makes it young: it is not evicted before it can be used.
    """
    key = cache_key(kind, identity, suffix)
    if store.has(key):
        return key, True
    with store.writing(key) as path:
        make(path)
    return key, False
