"""An empty database of each kind for tests: SQLite in a file, and PostgreSQL where a server answers."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from app.core.config import settings
from app.database.session import engine

DATABASES = ("sqlite", "postgresql")
POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")


def use(kind: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Yields the URL of a new database that the settings name until the test ends."""
    if kind == "sqlite":
        yield from _set(monkeypatch, f"sqlite:///{folder / 'test.db'}")
        return
    name = f"pytoon_test_{uuid.uuid4().hex[:8]}"
    admin = sa.create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    try:
        with admin.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
    except OperationalError:
        if os.environ.get("CI"):
            raise
        pytest.skip("no PostgreSQL server here")
    yield from _set(monkeypatch, sa.make_url(POSTGRES).set(database=name).render_as_string(hide_password=False))
    with admin.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


def _set(monkeypatch: pytest.MonkeyPatch, url: str) -> Iterator[str]:
    monkeypatch.setenv("PYTOON_DATABASE_URL", url)
    settings.cache_clear()
    yield url
    engine().dispose()
    monkeypatch.undo()
    settings.cache_clear()
