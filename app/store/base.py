"""Where files are kept: one interface, a folder now, an object store later."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

# What was asked for or made so lately is not evicted, and is not noted anew each time it is asked for.
KEPT_AT_LEAST_S = 3600
NOTED_EVERY_S = 600


@dataclass(frozen=True, slots=True)
class Piece:
    """A file of the store. ``inode`` is the same for all names of one file, ``names`` is how many it has everywhere;
    ``used_s`` (seconds since 1970) is when it was written, or last asked for in the cache."""

    key: str
    bytes: int
    used_s: float
    inode: int
    names: int


def piece(path: Path, root: Path, found: os.stat_result) -> Piece:
    key = path.relative_to(root).as_posix()
    return Piece(key, found.st_size, found.st_mtime, found.st_ino, found.st_nlink)


class Storage(Protocol):
    """Keys are lower-case paths. A file is there whole or not at all."""

    def local(self, key: str) -> Path:
        """A local path to read ``key`` from; raises ``NotFound``."""

    def has(self, key: str) -> bool:
        """Whether it is there. Then it stays for most of an hour: nothing asked for so lately is evicted."""

    def writing(self, key: str) -> Any:
        """``with storage.writing(key) as path``: write to ``path``; it becomes ``key`` when the block ends well."""

    def link(self, key: str, to: str) -> None:
        """``to`` holds the same file as ``key``, without a copy where that is possible."""

    def delete(self, key: str) -> None: ...

    def keys(self, under: str) -> Iterator[str]: ...

    def pieces(self, under: str) -> Iterator[Piece]:
        """Every file below ``under``, in no order."""

    def evict(self, key: str) -> bool:
        """Deletes ``key`` unless it is there no more, or was asked for lately; says whether it did."""

    def clear(self, under: str) -> None:
        """Deletes everything below ``under``, at once for whoever looks."""
