"""Views of a job that are read while its run ends: a view that is done has the artifacts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from app.database.models import ArtifactRow
from app.database.session import engine, transaction
from app.jobs import queries as job_queries
from app.queue import run_state
from app.queue.embedded_broker import Broker
from app.revisions import queries
from schemas.job import State
from tests.services.noop_runs import store_run


def finish(job_id: str, run_id: str) -> None:
    """Do what the last step of a run does: store the artifacts, then end the result as a success."""
    row = ArtifactRow(
        job_id=job_id, run_id=run_id, name="output.mp4", key=f"runs/{run_id}/left/output.mp4", content_type="video/mp4"
    )
    row.bytes, row.sha256 = 1, "0" * 64
    with transaction() as session:
        session.add(row)
    run_state.set_done(run_id, {})


@contextmanager
def after_first_artifact_query(work: Callable[[], None]) -> Iterator[list[bool]]:
    """Call ``work`` right after the first query for artifacts, as another process might; yields the calls."""
    calls: list[bool] = []

    def after_query(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "FROM artefact" in statement.replace('"', "") and not calls:
            calls.append(True)
            work()

    event.listen(engine(), "after_cursor_execute", after_query)
    try:
        yield calls
    finally:
        event.remove(engine(), "after_cursor_execute", after_query)


@pytest.mark.parametrize(
    "read", [job_queries.get_job, lambda job_id: queries.get_revision(job_id, 1)], ids=["job", "revision"]
)
def test_view_that_is_read_while_the_run_ends_is_not_done_without_artifacts(
    broker: Broker, read: Callable[[str], Any]
) -> None:
    job_id, run_id = store_run()
    with after_first_artifact_query(lambda: finish(job_id, run_id)) as calls:
        view = read(job_id)
    assert calls
    assert not (view.state is State.DONE and not view.artifacts)
    after = read(job_id)
    assert after.state is State.DONE
    assert [artifact.name for artifact in after.artifacts] == ["output.mp4"]
