"""A view that is read while its run ends shows one moment: a job that is done has its artifacts."""

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


def finished(job_id: str, run_id: str) -> None:
    """What the last step of a run does: its artifacts are stored, then its result becomes a success."""
    row = ArtifactRow(
        job_id=job_id, run_id=run_id, name="output.mp4", key=f"runs/{run_id}/left/output.mp4", content_type="video/mp4"
    )
    row.bytes, row.sha256 = 1, "0" * 64
    with transaction() as session:
        session.add(row)
    run_state.set_done(run_id, {})


@contextmanager
def once_artifacts_have_been_read(work: Callable[[], None]) -> Iterator[list[bool]]:
    """Does the work as another process would, right after the first query for artifacts."""
    happened: list[bool] = []

    def after(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "FROM artefact" in statement.replace('"', "") and not happened:
            happened.append(True)
            work()

    event.listen(engine(), "after_cursor_execute", after)
    try:
        yield happened
    finally:
        event.remove(engine(), "after_cursor_execute", after)


@pytest.mark.parametrize(
    "read", [job_queries.job, lambda job_id: queries.get_revision(job_id, 1)], ids=["job", "revision"]
)
def test_view_of_a_run_that_ends_while_it_is_read_is_never_done_without_artifacts(
    broker: Broker, read: Callable[[str], Any]
) -> None:
    job_id, run_id = store_run()
    with once_artifacts_have_been_read(lambda: finished(job_id, run_id)) as happened:
        view = read(job_id)
    assert happened
    assert not (view.state is State.DONE and not view.artifacts)
    after = read(job_id)
    assert after.state is State.DONE
    assert [artifact.name for artifact in after.artifacts] == ["output.mp4"]
