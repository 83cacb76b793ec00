"""A home directory with a migrated database, and an object store installed as a storage backend."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.config import settings
from app.database.session import engine, migrate
from tests.object_store import installed


@pytest.fixture
def migrated_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The home directory of one test, with a database of its own."""
    monkeypatch.setenv("PYTOON_HOME", str(tmp_path))
    settings.cache_clear()
    migrate()
    yield tmp_path
    engine().dispose()
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def object_store_installed(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make ``tests.object_store`` available as ``PYTOON_STORAGE=object_store``."""
    with installed(tmp_path_factory.mktemp("site"), monkeypatch):
        yield
