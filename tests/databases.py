"""An empty database of each kind for tests: SQLite in a file, and PostgreSQL where a server answers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from app.core.config import settings
from app.database.session import engine
from tests.servers import postgres_database

DATABASES = ("sqlite", "postgresql")


def use(kind: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Yield the URL of a new database, which the settings name until the test ends."""
    if kind == "sqlite":
        yield from _set(monkeypatch, f"sqlite:///{folder / 'test.db'}")
        return
    with ExitStack() as stack:
        try:
            url = stack.enter_context(postgres_database())
        except OperationalError:
            if os.environ.get("CI"):
                raise
            pytest.skip("no PostgreSQL server answers")
        yield from _set(monkeypatch, url.render_as_string(hide_password=False))


def _set(monkeypatch: pytest.MonkeyPatch, url: str) -> Iterator[str]:
    monkeypatch.setenv("PYTOON_DATABASE_URL", url)
    settings.cache_clear()
    yield url
    engine().dispose()
    monkeypatch.undo()
    settings.cache_clear()
