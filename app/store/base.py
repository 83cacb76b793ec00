"""What a storage is: files under keys, on a disk of this machine or elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as a storage lists it.

    ``content`` is the same for copies of one file where the backend knows that (a folder: device and inode, an object
    store: the checksum), else "".
    """

    key: str
    bytes: int
    content: str = ""


class Storage(Protocol):
    """Files under lower-case paths (``app.store.keys``). A file is stored whole or not at all.

    A backend implements ``local``, ``has``, ``writing``, ``copy``, ``delete`` and ``list``. ``claim`` and ``refer`` are
    for a storage that evicts (``app.store.recorded``); a backend alone evicts nothing.
    """

    def local(self, key: str) -> Path:
        """A path on this machine to read ``key`` from; raises ``NotFound``."""
        ...

    def has(self, key: str) -> bool:
        """Whether ``key`` exists. It may be evicted right after; ``claim`` prevents that."""
        ...

    def writing(self, key: str) -> AbstractContextManager[Path]:
        """``with storage.writing(key) as path``: write to ``path``; it becomes ``key`` when the block ends well.

        ``path`` has the suffix of ``key``. Raises ``StorageFull`` and ``StorageReadOnly``.
        """
        ...

    def copy(self, key: str, to: str) -> None:
        """Stores the content of ``key`` under ``to`` as well, without a transfer if possible; raises ``NotFound``."""
        ...

    def delete(self, keys: Iterable[str]) -> None:
        """Deletes ``keys``; a key that does not exist is no error."""
        ...

    def list(self, prefix: str) -> Iterator[StoredFile]:
        """Every file whose key starts with ``prefix``, in no order."""
        ...

    def claim(self, keys: Iterable[str]) -> set[str]:
        """Those of ``keys`` that exist. Eviction keeps them for at least 50 minutes from now."""
        return {key for key in keys if self.has(key)}

    def refer(self, owner: str, identities: Collection[str]) -> None:
        """Records that the document ``owner`` needs the files with these identities, before it is written."""
        return None
