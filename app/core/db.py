"""The database: SQLite in the home folder unless a URL names another, migrated by Alembic."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from alembic import command as alembic
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app.core.config import settings

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_MS = 15_000


def engine() -> Engine:
    """This process's engine; a forked child gets its own, because connections do not survive a fork."""
    return _engine(settings().database, os.getpid())


@lru_cache(maxsize=4)
def _engine(url: str, _pid: int) -> Engine:
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    database = make_url(url).database
    if database:
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    made = create_engine(url, connect_args={"timeout": BUSY_MS / 1000})
    event.listen(made, "connect", _prepare_sqlite)
    return made


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # WAL lets the API read while workers write; NORMAL is safe with it against a crash of the process.
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", f"busy_timeout={BUSY_MS}", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


@contextmanager
def session() -> Iterator[Session]:
    """``with session() as db``: one transaction, committed when the block ends well."""
    with Session(engine(), expire_on_commit=False) as db, db.begin():
        yield db


def migrate() -> None:
    """Brings the database to this version's tables. Safe to call again."""
    with engine().connect() as connection:
        config = _config()
        config.attributes["connection"] = connection
        alembic.upgrade(config, "head")
        connection.commit()


def is_current() -> bool:
    """True when the database has exactly this version's tables."""
    with engine().connect() as connection:
        has = MigrationContext.configure(connection).get_current_revision()
    return has == ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
