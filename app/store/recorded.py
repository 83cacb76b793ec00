"""A storage whose files are known to the database: what exists, what it costs, who needs it and when it was used."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from app.core.errors import NotFound
from app.database.models import now
from app.store import file_rows
from app.store.adoption import adopt
from app.store.base import Storage, StoredFile
from app.store.references import is_document


class Recorded(Storage):
    """Keeps the rows of ``backend``'s files. Only what decides about eviction asks the database."""

    def __init__(self, backend: Storage) -> None:
        self.backend = backend

    def local(self, key: str) -> Path:
        return self.backend.local(key)

    def has(self, key: str) -> bool:
        return self.backend.has(key)

    def list(self, prefix: str) -> Iterator[StoredFile]:
        return self.backend.list(prefix)

    @contextmanager
    def writing(self, key: str) -> Iterator[Path]:
        with self.backend.writing(key) as path:
            yield path
            # Before the file is stored: from here on eviction takes neither the old file nor the new one.
            file_rows.record(key, path.stat().st_size, file_rows.new_content())

    def copy(self, key: str, to: str) -> None:
        if not file_rows.record_copy(key, to):
            if not self._adopted(key):
                raise NotFound("file", key)
            file_rows.record_copy(key, to)
        if is_document(key) and is_document(to):
            file_rows.copy_references(key, to)
        self.backend.copy(key, to)

    def delete(self, keys: Iterable[str]) -> None:
        keys = list(keys)
        self.backend.delete(keys)
        file_rows.forget(keys)

    def claim(self, keys: Iterable[str]) -> set[str]:
        keys = set(keys)
        known = file_rows.claim(keys)
        # A row protects the file from eviction only; an operator may have deleted the file itself.
        return {key for key in keys if (self.backend.has(key) if key in known else self._adopted(key))}

    def refer(self, owner: str, identities: Collection[str]) -> None:
        file_rows.refer(owner, identities)

    def evict(self, keys: Iterable[str]) -> set[str]:
        """Deletes those of ``keys`` that have not been used for an hour and that no run needs; returns them."""
        return {key for batch in file_rows.batches(keys) for key in self._evicted(batch)}

    def _evicted(self, keys: Collection[str]) -> set[str]:
        marked_at = now()
        marked = file_rows.mark_for_deletion(keys, marked_at)
        # Asked again right before deleting: a process that was stopped in between may have lost its marks.
        renewed_at = now()
        marked = file_rows.renew_mark(marked, marked_at, renewed_at)
        self.backend.delete(marked)
        file_rows.forget_evicted(marked, renewed_at)
        return marked

    def _adopted(self, key: str) -> bool:
        """Whether ``key`` exists without a row; then it gets one.

        The files of its whole directory get theirs, so that a directory without rows is listed once, not once for each
        of its files.
        """
        if not self.backend.has(key):
            return False
        directory = key[: key.rfind("/") + 1]
        files = list(self.backend.list(directory))
        adopt(self.backend, files)
        return any(file.key == key for file in files)
