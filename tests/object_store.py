"""An object store in one SQLite file: objects with a key, bytes and a version, without a file system.

The module is a storage backend (``build``) that tests install by an entry point. ``TEST_OBJECTS`` is the path of the
file, so that processes with different homes share it; the default is a file in the home.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from app.core.config import MiB, Settings
from app.core.errors import NotFound
from app.core.plugins import scan
from app.store.base import StoredFile
from app.store.cached import Cached

if TYPE_CHECKING:
    import pytest

TABLE = "CREATE TABLE IF NOT EXISTS object (key TEXT PRIMARY KEY, data BLOB NOT NULL, version TEXT NOT NULL)"
LOCAL_BYTES = 512 * MiB


def build(settings: Settings) -> Cached:
    settings.home.mkdir(parents=True, exist_ok=True)
    objects = SqliteObjects(Path(os.environ.get("TEST_OBJECTS") or settings.home / "objects.db"))
    return Cached(objects, settings.home / "local", LOCAL_BYTES, settings.min_free_mb * MiB)


@contextmanager
def installed(site: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install this backend as "object_store", by an entry point in ``site``, for the duration of the block."""
    info = site / "other_package-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: other_package\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[pytoon.storage]\nobject_store = tests.object_store\n")
    monkeypatch.syspath_prepend(str(site))
    scan.cache_clear()
    yield
    scan.cache_clear()


class SqliteObjects:
    """The objects in the file ``path``; ``downloads`` counts those that this process has fetched."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.downloads = 0
        with self._open() as database:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute(TABLE)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path, timeout=30)) as database, database:
            database.execute("PRAGMA synchronous=OFF")
            yield database

    def put(self, path: Path, key: str) -> str:
        data = path.read_bytes()
        version = hashlib.sha256(data).hexdigest()
        with self._open() as database:
            database.execute("INSERT OR REPLACE INTO object VALUES (?, ?, ?)", (key, data, version))
        return version

    def get(self, key: str, into: Path) -> str:
        with self._open() as database:
            row = database.execute("SELECT data, version FROM object WHERE key = ?", (key,)).fetchone()
        if row is None:
            raise NotFound("file", key)
        self.downloads += 1
        into.write_bytes(row[0])
        return str(row[1])

    def version(self, key: str) -> str | None:
        with self._open() as database:
            row = database.execute("SELECT version FROM object WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def copy(self, key: str, to: str) -> None:
        statement = "INSERT OR REPLACE INTO object SELECT ?, data, version FROM object WHERE key = ?"
        with self._open() as database:
            if database.execute(statement, (to, key)).rowcount != 1:
                raise NotFound("file", key)

    def delete(self, keys: Iterable[str]) -> None:
        with self._open() as database:
            database.executemany("DELETE FROM object WHERE key = ?", [(key,) for key in keys])

    def list(self, prefix: str) -> Iterator[StoredFile]:
        query = "SELECT key, length(data), version FROM object WHERE substr(key, 1, ?) = ?"
        with self._open() as database:
            rows = database.execute(query, (len(prefix), prefix)).fetchall()
        yield from (StoredFile(*row) for row in rows)
