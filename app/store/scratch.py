"""A folder to work in."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.core.config import settings

SCRATCH = "tmp"


@contextmanager
def scratch() -> Iterator[Path]:
    """``with scratch() as folder``: a folder to work in, gone when the block ends.

    It lies in the home, so that it counts where space is counted and what a killed process left there is found.
    """
    room = settings().home.absolute() / SCRATCH
    room.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=room) as folder:
        yield Path(folder)
