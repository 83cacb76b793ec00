"""Free space on the disk of this machine."""

from __future__ import annotations

import shutil

from app.core.config import MiB, settings
from app.core.errors import StorageFull


def free_bytes() -> int:
    """Bytes free on the disk of the home."""
    root = settings().home
    root.mkdir(parents=True, exist_ok=True)
    return shutil.disk_usage(root).free


def full(over_quota: bool = False) -> StorageFull:
    """The error of a full disk, which does not tell how much was to be written: more than is free."""
    free = 0 if over_quota else free_if_known()
    return StorageFull("storage", free, max(settings().min_free_mb * MiB, free + MiB))


def free_if_known() -> int:
    """Like ``free_bytes``; 0 when the disk cannot be asked."""
    try:
        return shutil.disk_usage(settings().home).free
    except OSError:
        return 0
