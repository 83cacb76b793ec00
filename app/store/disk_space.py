"""Free space on the disk of this machine."""

from __future__ import annotations

import shutil

from app.core.config import settings


def free_bytes() -> int:
    """Bytes free on the disk of the home."""
    root = settings().home
    root.mkdir(parents=True, exist_ok=True)
    return shutil.disk_usage(root).free
