"""The cache of everything that can be made again: the same inputs are never worked on twice, in any job."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.store.base import Storage
from app.store.keys import cache_key


def get_or_make(
    store: Storage, kind: str, identity: str, suffix: str, make: Callable[[Path], None]
) -> tuple[str, bool]:
    """The key of the file with this identity, made by ``make(path)`` when it does not exist, and whether it existed.

    Two workers may make the same file at the same time: both results are right, and the last one stays. The file is
    not evicted before the caller can use it.
    """
    key = cache_key(kind, identity, suffix)
    if store.claim([key]):
        return key, True
    with store.writing(key) as path:
        make(path)
    return key, False
