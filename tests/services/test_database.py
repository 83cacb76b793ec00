"""The database on SQLite and PostgreSQL: migrations, constraints, transactions and job queries."""

from __future__ import annotations

import multiprocessing
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import IntegrityError

from app.database.models import Base, EventRow, JobRow, RevisionRow, RunRow
from app.database.session import MIGRATIONS, engine, is_current, migrate, revisions, transaction
from app.jobs import queries as job_queries
from app.queue.embedded_broker import Broker
from app.revisions import queries
from tests.databases import DATABASES, use
from tests.services.event_writer import write_events
from tests.waiting import HANGS_AFTER_S


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    yield from use(request.param, tmp_path, monkeypatch)


def test_migrations_create_exactly_the_tables_of_the_models(database: str) -> None:
    migrate()
    with engine().connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_database_is_current_after_migrating_and_migrating_again_has_no_effect(database: str) -> None:
    assert not is_current()
    migrate()
    migrate()
    assert is_current()


def test_revisions_are_those_that_alembic_finds() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    found = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert list(revisions()) == found[::-1]


def test_stored_job_is_read_unchanged_with_its_time_in_utc(database: str) -> None:
    migrate()
    created_at = datetime(2026, 11, 21, 12, 0, tzinfo=timezone(timedelta(hours=2)))
    with transaction() as session:
        session.add(JobRow(id="job_1", request={"script": "عربي 🎬 'quoted'"}, created_at=created_at))
    with transaction() as session:
        row = session.get_one(JobRow, "job_1")
        assert row.request == {"script": "عربي 🎬 'quoted'"}
        assert row.created_at == created_at
        assert row.created_at.tzinfo is UTC


def test_failed_transaction_stores_nothing(database: str) -> None:
    migrate()
    with pytest.raises(ZeroDivisionError), transaction() as session:
        session.add(JobRow(id="job_1", request={}))
        session.flush()
        _ = 1 / 0
    with transaction() as session:
        assert session.get(JobRow, "job_1") is None


def test_event_of_an_unknown_job_is_rejected(database: str) -> None:
    migrate()
    with pytest.raises(IntegrityError), transaction() as session:
        session.add(EventRow(job_id="unknown_job", kind="job.submitted"))


def test_idempotency_key_is_unique(database: str) -> None:
    migrate()
    with transaction() as session:
        session.add(JobRow(id="job_1", request={}, idempotency_key="k"))
    with pytest.raises(IntegrityError), transaction() as session:
        session.add(JobRow(id="job_2", request={}, idempotency_key="k"))


@pytest.mark.parametrize(
    ("graph", "title"), [({"title": "Planned"}, "Planned"), ({"title": ""}, "Asked for"), (None, "Asked for")]
)
def test_list_of_jobs_has_the_titles_of_scene_graphs(
    database: str, broker: Broker, graph: dict[str, str] | None, title: str
) -> None:
    migrate()
    with transaction() as session:
        session.add(JobRow(id="job_1", request={"title": "Asked for"}))
        session.flush()
        for number in (1, 2):
            session.add(RevisionRow(id=number, job_id="job_1", number=number, scene_graph=graph))
            session.flush()
            session.add(RunRow(id=str(uuid.UUID(int=number)), job_id="job_1", revision_id=number))
            session.flush()
    (listed_job,) = job_queries.list_jobs()
    assert (listed_job["job_id"], listed_job["state"], listed_job["title"]) == ("job_1", "QUEUED", title)
    assert job_queries.get_job("job_1").title == (graph or {"title": "Asked for"})["title"]
    assert (
        job_queries.get_job("job_1").revision
        == queries.get_revision("job_1", 2).number
        == queries.list_revisions("job_1")[-1].number
        == 2
    )


def test_concurrent_processes_lose_no_rows(database: str) -> None:
    migrate()
    with transaction() as session:
        session.add(JobRow(id="job_1", request={}))
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=write_events, args=("job_1", 25)) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(HANGS_AFTER_S)
        assert writer.exitcode == 0
    with transaction() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(EventRow)) == 100
