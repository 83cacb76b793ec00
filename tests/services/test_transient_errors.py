"""Which database errors a later try can help, and that what is tried again is stored once."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
import sqlalchemy as sa
from kombu.exceptions import OperationalError as BrokerError
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from app.core.config import settings
from app.database.models import JobRow
from app.database.session import engine as engine_
from app.database.session import is_transient, migrate, retry_transient
from app.database.session import transaction as transaction_
from app.jobs import events
from app.queue.outage import outage_error
from tests import servers


@pytest.fixture
def postgres() -> Iterator[sa.Engine]:
    if why := servers.missing("PostgreSQL", servers.postgres_address()):
        pytest.skip(why)
    engine = sa.create_engine(servers.POSTGRES)
    yield engine
    engine.dispose()


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The SQLite file of a migrated database with one job."""
    path = tmp_path / "test.db"
    monkeypatch.setenv("PYTOON_DATABASE_URL", f"sqlite:///{path}")
    settings.cache_clear()
    migrate()
    with transaction_() as session:
        session.add(JobRow(id="job_1", request={}))
    yield path
    engine_().dispose()
    monkeypatch.undo()
    settings.cache_clear()


def raised(do: Callable[[], object]) -> DBAPIError:
    with pytest.raises(DBAPIError) as caught:
        do()
    return caught.value


def test_a_session_that_the_server_ends_is_a_transient_error(postgres: sa.Engine) -> None:
    with postgres.connect() as connection:
        pid = connection.scalar(sa.text("SELECT pg_backend_pid()"))
        with servers.postgres_admin() as admin:
            admin.execute(sa.text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": pid})
        error = raised(lambda: connection.execute(sa.text("SELECT 1")))
    assert error.connection_invalidated and is_transient(error)


def test_a_server_that_refuses_connections_is_a_transient_error() -> None:
    away = sa.create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    assert is_transient(raised(away.connect))


def test_a_deadlock_is_a_transient_error_and_a_wrong_statement_is_not(postgres: sa.Engine) -> None:
    def run(statement: str) -> None:
        with postgres.connect() as connection:
            connection.execute(sa.text(statement))

    deadlock = "DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$"
    assert is_transient(raised(lambda: run(deadlock)))
    assert not is_transient(raised(lambda: run("SELECT * FROM no_such_table")))
    assert not is_transient(raised(lambda: run("SELECT 1 / 0")))


def test_a_locked_sqlite_file_is_a_transient_error(file: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{file}", connect_args={"timeout": 0})
    writer = sqlite3.connect(file)
    writer.execute("BEGIN IMMEDIATE")
    with engine.connect() as connection:
        error = raised(lambda: connection.execute(sa.text("DELETE FROM event")))
    assert is_transient(error)
    writer.close()
    engine.dispose()


@pytest.mark.parametrize("statement", ["SELECT * FROM no_such_table", "INSERT INTO job (id) VALUES ('job_1')"])
def test_a_statement_that_sqlite_refuses_is_no_transient_error(file: Path, statement: str) -> None:
    def run() -> None:
        with transaction_() as session:
            session.execute(sa.text(statement))

    assert not is_transient(raised(run))


def test_other_errors_are_not_transient() -> None:
    assert not any(is_transient(error) for error in (ValueError("x"), OSError("x"), sa.exc.InvalidRequestError("x")))


def test_a_transaction_is_retried_until_the_lock_is_released(file: Path) -> None:
    tries: list[int] = []
    engine = sa.create_engine(f"sqlite:///{file}", connect_args={"timeout": 0})
    writer = sqlite3.connect(file)
    writer.execute("BEGIN IMMEDIATE")

    def transaction() -> str:
        tries.append(1)
        if len(tries) == 3:
            writer.rollback()
        with engine.begin() as connection:
            connection.execute(sa.text("DELETE FROM event"))
        return "done"

    assert retry_transient(transaction) == "done"
    assert len(tries) == 3
    writer.close()
    engine.dispose()


def test_another_error_ends_a_retried_transaction_at_once(file: Path) -> None:
    with pytest.raises(IntegrityError):
        retry_transient(lambda: events.record("no_such_job", "job.submitted"))


def test_an_event_whose_commit_was_not_answered_is_stored_once(file: Path) -> None:
    unanswered: list[Session] = []

    def lose_the_answer(session: Session) -> None:
        if not unanswered:
            unanswered.append(session)
            raise DBAPIError("COMMIT", {}, Exception("server closed the connection"), connection_invalidated=True)

    event.listen(Session, "after_commit", lose_the_answer)
    try:
        events.record_once("job_1", "step.finished", "run", step="scene", number=2, reused=True)
    finally:
        event.remove(Session, "after_commit", lose_the_answer)
    assert len(unanswered) == 1
    events.record_once("job_1", "step.finished", "run", step="scene", number=3)
    assert [each.data["number"] for each in events.list_events("job_1")] == [2, 3]


def test_an_outage_is_named_by_its_service_and_without_an_address() -> None:
    secret = "redis://:secret@10.0.0.7/0"
    away = sa.exc.OperationalError("SELECT 1", {}, Exception(secret))
    for error, service in ((away, "database"), (BrokerError(secret), "broker"), (redis.TimeoutError(secret), "result")):
        found = outage_error(error)
        assert found is not None and found.retryable
        assert str(found).startswith(service) and "secret" not in str(found)
    assert outage_error(ValueError("x")) is None and outage_error(redis.ResponseError("x")) is None
