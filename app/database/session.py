"""The database connection and its migrations by Alembic; SQLite in the home folder unless another URL is set."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from alembic import command as alembic
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.orm import Session

from app.core.config import settings
from app.core.log import logger

T = TypeVar("T")

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_MS = 15_000
# SQLite's primary result codes while another connection writes to the file.
SQLITE_LOCKED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
RETRY_PAUSE_S = 0.25


def engine() -> Engine:
    """The engine of this process; a forked child gets its own, because connections do not survive a fork."""
    return _engine(settings().database, os.getpid())


@lru_cache(maxsize=4)
def _engine(url: str, _pid: int) -> Engine:
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    database = make_url(url).database
    if database:
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    sqlite_engine = create_engine(url, connect_args={"timeout": BUSY_MS / 1000})
    event.listen(sqlite_engine, "connect", _prepare_sqlite)
    return sqlite_engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # WAL lets the API read while workers write; with WAL, NORMAL is safe against a crash of the process.
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", f"busy_timeout={BUSY_MS}", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


@contextmanager
def transaction() -> Iterator[Session]:
    """One transaction, committed when the block ends without an exception: ``with transaction() as session``."""
    with Session(engine(), expire_on_commit=False) as db, db.begin():
        yield db


def is_transient(error: BaseException) -> bool:
    """Whether the same transaction can succeed later: the server is unreachable, or the SQLite file is locked."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, PoolExhausted)
    sqlite_code = getattr(error.orig, "sqlite_errorcode", None)
    if sqlite_code is not None:
        return sqlite_code & 0xFF in SQLITE_LOCKED  # an extended code has the primary one in its low byte
    return error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)


def retry_transient(transaction: Callable[[], T]) -> T:
    """Run a transaction, and repeat it as long as it ends with a transient error.

    The transaction must be safe to repeat when it is unknown whether it was committed. There is no time limit except
    that of the surrounding task, as for a result store that is unreachable.
    """
    warned = False
    while True:
        try:
            return transaction()
        except SQLAlchemyError as error:
            if not is_transient(error):
                raise
            if not warned:
                logger(__name__).warning("waiting for the database", cause=str(getattr(error, "orig", error)))
            warned = True
        time.sleep(RETRY_PAUSE_S)


def migrate() -> None:
    """Migrate the database to the tables of this version. Safe to call again."""
    with engine().connect() as connection:
        config = _config()
        config.attributes["connection"] = connection
        alembic.upgrade(config, "head")
        connection.commit()


def is_current() -> bool:
    """Whether the database has exactly the tables of this version."""
    with engine().connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
    return revision == ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
