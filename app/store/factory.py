"""The storage of this process."""

from __future__ import annotations

from functools import lru_cache

from app.core.config import settings
from app.store.backends.folder import Folder
from app.store.base import Storage


@lru_cache(maxsize=1)
def storage() -> Storage:
    """This process's storage."""
    chosen = settings()
    chosen.home.mkdir(parents=True, exist_ok=True)
    return Folder(chosen.home, chosen.min_free_mb << 20)
