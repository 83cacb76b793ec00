"""Transient database errors, and transactions that are repeated after them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
import sqlalchemy as sa
from kombu import Connection
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
from app.queue.embedded_broker import Broker
from app.queue.outage import outage_error
from tests import servers


@pytest.fixture
def postgres() -> Iterator[sa.Engine]:
    if reason := servers.missing("PostgreSQL", servers.postgres_address()):
        pytest.skip(reason)
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


def database_error(call: Callable[[], object]) -> DBAPIError:
    with pytest.raises(DBAPIError) as caught:
        call()
    return caught.value


def test_session_that_the_server_ends_is_a_transient_error(postgres: sa.Engine) -> None:
    with postgres.connect() as connection:
        pid = connection.scalar(sa.text("SELECT pg_backend_pid()"))
        with servers.postgres_admin() as admin:
            admin.execute(sa.text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": pid})
        error = database_error(lambda: connection.execute(sa.text("SELECT 1")))
    assert error.connection_invalidated and is_transient(error)


def test_server_that_refuses_connections_is_a_transient_error() -> None:
    unreachable = sa.create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    assert is_transient(database_error(unreachable.connect))


def test_deadlock_is_a_transient_error_and_an_invalid_statement_is_not(postgres: sa.Engine) -> None:
    def run(statement: str) -> None:
        with postgres.connect() as connection:
            connection.execute(sa.text(statement))

    deadlock = "DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$"
    assert is_transient(database_error(lambda: run(deadlock)))
    assert not is_transient(database_error(lambda: run("SELECT * FROM no_such_table")))
    assert not is_transient(database_error(lambda: run("SELECT 1 / 0")))


def test_locked_sqlite_file_is_a_transient_error(file: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{file}", connect_args={"timeout": 0})
    writer = sqlite3.connect(file)
    writer.execute("BEGIN IMMEDIATE")
    with engine.connect() as connection:
        error = database_error(lambda: connection.execute(sa.text("DELETE FROM event")))
    assert is_transient(error)
    writer.close()
    engine.dispose()


@pytest.mark.parametrize("statement", ["SELECT * FROM no_such_table", "INSERT INTO job (id) VALUES ('job_1')"])
def test_invalid_sqlite_statement_is_not_a_transient_error(file: Path, statement: str) -> None:
    def run() -> None:
        with transaction_() as session:
            session.execute(sa.text(statement))

    assert not is_transient(database_error(run))


def test_other_errors_are_not_transient() -> None:
    assert not any(is_transient(error) for error in (ValueError("x"), OSError("x"), sa.exc.InvalidRequestError("x")))


def test_transaction_is_repeated_until_the_lock_is_released(file: Path) -> None:
    attempts: list[int] = []
    engine = sa.create_engine(f"sqlite:///{file}", connect_args={"timeout": 0})
    writer = sqlite3.connect(file)
    writer.execute("BEGIN IMMEDIATE")

    def transaction() -> str:
        attempts.append(1)
        if len(attempts) == 3:
            writer.rollback()
        with engine.begin() as connection:
            connection.execute(sa.text("DELETE FROM event"))
        return "done"

    assert retry_transient(transaction) == "done"
    assert len(attempts) == 3
    writer.close()
    engine.dispose()


def test_other_errors_are_raised_at_once(file: Path) -> None:
    with pytest.raises(IntegrityError):
        retry_transient(lambda: events.record("no_such_job", "job.submitted"))


def test_event_whose_commit_was_not_confirmed_is_stored_once(file: Path) -> None:
    unconfirmed: list[Session] = []

    def lose_confirmation(session: Session) -> None:
        if not unconfirmed:
            unconfirmed.append(session)
            raise DBAPIError("COMMIT", {}, Exception("server closed the connection"), connection_invalidated=True)

    event.listen(Session, "after_commit", lose_confirmation)
    try:
        events.record_once("job_1", "step.finished", "run", step="scene", number=2, reused=True)
    finally:
        event.remove(Session, "after_commit", lose_confirmation)
    assert len(unconfirmed) == 1
    events.record_once("job_1", "step.finished", "run", step="scene", number=3)
    assert [stored.data["number"] for stored in events.list_events("job_1")] == [2, 3]


def test_message_on_a_channel_that_an_outage_has_closed_is_an_outage(broker: Broker) -> None:
    with Connection(settings().broker) as connection:
        channel = connection.channel()
    with pytest.raises(AttributeError) as caught:
        channel.basic_publish(channel.prepare_message("x"), exchange="", routing_key="closed")
    outage = outage_error(caught.value)
    assert outage is not None and outage.service == "broker"
    assert outage_error(AttributeError("x", name="x", obj=None)) is None


def test_outage_error_names_the_service_without_its_address() -> None:
    secret = "redis://:secret@10.0.0.7/0"
    cases = (
        (sa.exc.OperationalError("SELECT 1", {}, Exception(secret)), "database"),
        (BrokerError(secret), "broker"),
        (redis.TimeoutError(secret), "result store"),
    )
    for error, service in cases:
        outage = outage_error(error)
        assert outage is not None and outage.retryable
        assert str(outage).startswith(service) and "secret" not in str(outage)
    assert outage_error(ValueError("x")) is None and outage_error(redis.ResponseError("x")) is None
