"""The database connection and its migrations by Alembic; SQLite in the home folder unless another URL is set."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from math import inf
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.orm import Session

from app.core.config import Settings, settings
from app.core.errors import BadConfiguration
from app.core.log import logger
from app.database.models import Base

T = TypeVar("T")

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_MS = 15_000
# SQLite's primary result codes while another connection writes to the file.
SQLITE_LOCKED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
RETRY_PAUSE_S = 0.25
# How long a transaction waits for a connection. A worker's child waits without a limit (``wait_without_limit``).
WAIT_S = 6.0
# libpq waits for minutes for a machine that does not answer. Options of the URL take precedence.
POSTGRES_OPTIONS = {
    "connect_timeout": 3,
    "keepalives_idle": 30,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}


@dataclass(slots=True)
class _Wait:
    """How long a transaction of this process waits for a connection."""

    seconds: float = WAIT_S


_wait = _Wait()


def wait_without_limit() -> None:
    """Let the transactions of this process wait until the database can be reached, instead of failing."""
    _wait.seconds = inf


def database_url(chosen: Settings) -> URL:
    """The URL of the database that the settings name. It is no text, in which a path would have to be quoted."""
    return make_url(chosen.database_url or URL.create("sqlite", database=str(chosen.database_file)))


def engine() -> Engine:
    """The engine of this process; a forked child gets its own, because connections do not survive a fork."""
    return _engine(database_url(settings()), os.getpid())


@lru_cache(maxsize=4)
def _engine(url: URL, _pid: int) -> Engine:
    if url.get_backend_name() != "sqlite":
        options = POSTGRES_OPTIONS if url.get_driver_name() in ("psycopg", "psycopg2") else {}
        chosen = {name: value for name, value in options.items() if name not in url.query}
        return create_engine(url, pool_pre_ping=True, connect_args=chosen)
    if url.database and url.database != ":memory:":
        path = Path(url.database)
        path.parent.mkdir(parents=True, exist_ok=True)
        # SQLite itself gives a group no right to write, whatever the umask allows.
        path.touch()
    sqlite_engine = create_engine(url, connect_args={"timeout": BUSY_MS / 1000})
    event.listen(sqlite_engine, "connect", _prepare_sqlite)
    return sqlite_engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # WAL lets the API read while workers write; with WAL, NORMAL is safe against a crash of the process.
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", f"busy_timeout={BUSY_MS}", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


@contextmanager
def transaction() -> Iterator[Session]:
    """One transaction, committed when the block ends without an exception: ``with transaction() as session``.

    Waits while the database cannot be reached: for ``WAIT_S``, or without a limit in a worker's child. An error of the
    connection later in the block is raised, because the block cannot be run again from here.
    """
    with _connected() as connection, Session(connection, expire_on_commit=False) as db, db.begin():
        yield db


def _connected() -> Connection:
    """A connection that works at this moment."""
    return _retried(engine().connect, time.monotonic() + _wait.seconds)


def insert(session: Session, table: type[Base]) -> Any:
    """An INSERT with the clauses for conflicts, which PostgreSQL and SQLite share and SQLAlchemy has once for each."""
    # Imported here: the module of a dialect loads all its drivers.
    return import_module(f"sqlalchemy.dialects.{session.get_bind().dialect.name}").insert(table)


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
    return _retried(transaction, inf)


def _retried(call: Callable[[], T], deadline: float) -> T:
    """``call()``, repeated after transient errors until ``deadline``."""
    warned = False
    while True:
        try:
            return call()
        except SQLAlchemyError as error:
            if not is_transient(error) or time.monotonic() > deadline:
                raise
            if not warned:
                logger(__name__).warning("waiting for the database", cause=str(getattr(error, "orig", error)))
            warned = True
        time.sleep(RETRY_PAUSE_S)


def migrate() -> None:
    """Migrate the database to the tables of this version. Safe to call again.

    Raises ``BadConfiguration`` when a later version has made the tables.
    """
    with _connected() as connection:
        revision = _revision_of(connection)
        if revision == newest_revision():
            return
        if revision and revision not in revisions():
            reason = f"has tables of a later version of Pytoon ({revision})"
            raise BadConfiguration("the database", f"{reason}; install that version, or restore an earlier backup")
        _upgrade(connection)
        connection.commit()


def _upgrade(connection: Connection) -> None:
    # Imported here, because most processes start with a database that is current.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def is_current() -> bool:
    """Whether the database has exactly the tables of this version."""
    with engine().connect() as connection:
        return _revision_of(connection) == newest_revision()


def _revision_of(connection: Connection) -> str | None:
    """The number of the migration that made the tables; ``None`` for a database without Alembic's own table."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return None if revision is None else str(revision)


def newest_revision() -> str:
    """The number of the newest migration of this version."""
    return revisions()[-1]


@lru_cache(maxsize=1)
def revisions() -> tuple[str, ...]:
    """The numbers of the migrations of this version, oldest first: the names of their files begin with them."""
    return tuple(sorted(file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py")))
