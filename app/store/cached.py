"""A backend of an object store: files of this machine in front of objects that all machines share."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Protocol

from app.core.errors import NotFound
from app.core.host_lock import host_lock
from app.store.backends.folder import every_file
from app.store.base import Storage, StoredFile
from app.store.disk_errors import require_space, storage_errors
from app.store.keys import ASSETS, CACHE, checked_key, checked_prefix

# A local file that was read within the hour may be in use: its path was handed out.
IN_USE_S = 3600.0
MARKED_EVERY_S = 600.0
ABANDONED_S = 86_400.0
# Bytes added between two looks at the size of the whole, as a share of the limit.
LOOK_EVERY = 0.05


class ObjectStore(Protocol):
    """What an object store can do. An object is stored whole or not at all; ``version`` changes with its content."""

    def put(self, path: Path, key: str) -> str:
        """Stores a local file; returns its version."""

    def get(self, key: str, into: Path) -> str:
        """Writes the object to a local file; returns its version. Raises ``NotFound``."""

    def version(self, key: str) -> str | None:
        """``None`` when there is no such object."""

    def copy(self, key: str, to: str) -> None:
        """Raises ``NotFound``."""

    def delete(self, keys: Iterable[str]) -> None:
        """A key that does not exist is no error."""

    def list(self, prefix: str) -> Iterator[StoredFile]:
        """Every object whose key starts with ``prefix``."""


class Cached(Storage):
    """``objects`` with a directory of this machine in front: an object is downloaded once.

    Files of ``cache/`` and ``assets/`` never change, so a local one is used without asking; of all others the version
    is asked for first. ``max_bytes`` is how much is kept; files that were read within the hour stay above it. The
    directory may be removed while no process runs.
    """

    def __init__(self, objects: ObjectStore, directory: Path, max_bytes: int, min_free_bytes: int = 0) -> None:
        self.objects = objects
        self.directory = directory.absolute()
        self.max_bytes = max_bytes
        self.min_free_bytes = min_free_bytes
        self._unseen_bytes = max_bytes

    def local(self, key: str) -> Path:
        known = self._path_of(key, self._version(key))
        if not self._use(known):
            with storage_errors(), self._draft(key) as draft, storage_errors():
                require_space(shutil.disk_usage(self.directory).free, self.min_free_bytes)
                # The object may have changed since its version was asked for.
                known = self._path_of(key, self.objects.get(key, draft))
                self._keep(draft, known)
        return known

    def has(self, key: str) -> bool:
        return self.objects.version(checked_key(key)) is not None

    @contextmanager
    def writing(self, key: str) -> Iterator[Path]:
        checked_key(key)
        with storage_errors(), self._draft(key) as draft, storage_errors():
            require_space(shutil.disk_usage(self.directory).free, self.min_free_bytes)
            yield draft
            self._keep(draft, self._path_of(key, self.objects.put(draft, key)))

    def copy(self, key: str, to: str) -> None:
        self.objects.copy(checked_key(key), checked_key(to))

    def delete(self, keys: Iterable[str]) -> None:
        keys = [checked_key(key) for key in keys]
        self.objects.delete(keys)
        for key in filter(_never_changes, keys):
            self._path_of(key, "").unlink(missing_ok=True)

    def list(self, prefix: str) -> Iterator[StoredFile]:
        return self.objects.list(checked_prefix(prefix))

    # -- files of this machine ---------------------------------------------------------------------------------------

    def _version(self, key: str) -> str:
        if _never_changes(checked_key(key)):
            return ""
        version = self.objects.version(key)
        if version is None:
            raise NotFound("file", key)
        return version

    def _path_of(self, key: str, version: str) -> Path:
        if _never_changes(key):
            return self.directory / "files" / key
        name = hashlib.sha256(f"{key}\n{version}".encode()).hexdigest()
        return self.directory / "versions" / name[:2] / f"{name}{PurePosixPath(key).suffix}"

    @contextmanager
    def _draft(self, key: str) -> Iterator[Path]:
        draft = self.directory / "drafts" / f"{uuid.uuid4().hex}{PurePosixPath(key).suffix}"
        draft.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield draft
        finally:
            draft.unlink(missing_ok=True)

    def _keep(self, draft: Path, path: Path) -> None:
        size = draft.stat().st_size
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.replace(path)
        self._unseen_bytes += size
        if self._unseen_bytes > self.max_bytes * LOOK_EVERY:
            self._unseen_bytes = 0
            self._shrink()

    def _use(self, path: Path) -> bool:
        """Whether the local file exists; then it stays for most of an hour."""
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime < time.time() - MARKED_EVERY_S:
                with host_lock("local-files"):
                    os.utime(path)
        return path.is_file()

    def _shrink(self) -> None:
        """Removes the least recently used local files above the limit, and drafts of killed processes."""
        for draft, facts in every_file(self.directory / "drafts"):
            if facts.st_mtime < time.time() - ABANDONED_S:
                draft.unlink(missing_ok=True)
        files = [found for place in ("files", "versions") for found in every_file(self.directory / place)]
        over = sum(facts.st_size for _, facts in files) - self.max_bytes
        for path, facts in sorted(files, key=lambda found: found[1].st_mtime):
            if over <= 0:
                break
            over -= facts.st_size if self._removed(path) else 0

    def _removed(self, path: Path) -> bool:
        with host_lock("local-files"), contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime < time.time() - IN_USE_S:
                path.unlink()
                return True
        return False


def _never_changes(key: str) -> bool:
    return key.startswith((CACHE, ASSETS))
