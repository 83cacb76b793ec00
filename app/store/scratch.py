"""Temporary directories for work on local files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.core.config import settings

SCRATCH = "tmp"


@contextmanager
def scratch() -> Iterator[Path]:
    """``with scratch() as folder``: an empty directory, removed when the block ends.

    It is in the home, on the disk whose free space is checked; retention removes what a killed process leaves in it.
    """
    parent = settings().home.absolute() / SCRATCH
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent) as folder:
        yield Path(folder)
