"""New runs of a job: short transactions, and recovery from a process that dies between commit, files and result."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy.orm import Session

from app.core.config import settings
from app.core.errors import Conflict
from app.database.models import ArtifactRow, JobRow, RevisionRow, RunRow, now
from app.database.session import transaction
from app.jobs import cancel, events, queries, recovery, reuse, review, runs
from app.queue import run_state
from app.queue.embedded_broker import Broker
from app.store.factory import storage
from app.store.json_files import write_json
from app.store.keys import artifact_key, job_key, job_prefix, run_key
from schemas.job import State
from tests.services.noop_runs import store_run
from tests.writers import writes_during

pytestmark = pytest.mark.usefixtures("broker")
MANY_FILES = 300


class ProcessDied(BaseException):
    """Ends a call as the death of its process would: nothing after it runs."""


def next_revision(session: Session, job: JobRow) -> RevisionRow:
    return RevisionRow(job_id=job.id, number=1 + max(run.revision.number for run in job.runs))


def dying_at(moment: str) -> Callable[[Session, JobRow], RevisionRow]:
    """As ``next_revision``; then the process dies at a moment, "before_commit" or "after_commit"."""

    def make_revision(session: Session, job: JobRow) -> RevisionRow:
        def die(_session: Session) -> None:
            raise ProcessDied

        sqlalchemy_event.listen(session, moment, die, once=True)
        return next_revision(session, job)

    return make_revision


def event_kinds(job_id: str) -> list[str]:
    return [event.kind for event in events.list_events(job_id)]


def run_row(run_id: str) -> RunRow:
    with transaction() as session:
        return session.get_one(RunRow, run_id)


def newest_run(job_id: str) -> RunRow:
    with transaction() as session:
        return session.get_one(JobRow, job_id).runs[-1]


def run_directories() -> set[str]:
    return {path.name for path in (settings().home / "runs").glob("*")}


# -- replacing a plan that waits for review ---------------------------------------------------------------------------


@pytest.fixture
def plan(broker: Broker) -> tuple[str, str]:
    """A job whose plan waits for review, and its run."""
    job_id, run_id = store_run()
    run_state.set_state(run_id, State.AWAITING_REVIEW)
    return job_id, run_id


def test_plan_that_a_revision_replaces_is_cancelled_with_an_event(plan: tuple[str, str]) -> None:
    job_id, run_id = plan
    started = runs.start(job_id, "revision", next_revision)
    assert (run_row(run_id).state, run_state.task_status(run_id).state) == (State.CANCELLED, State.CANCELLED)
    cancelled = [event for event in events.list_events(job_id) if event.kind == "job.cancelled"]
    assert [event.run_id for event in cancelled] == [run_id]
    assert newest_run(job_id).id == started.run_id


def test_plan_waits_for_review_if_the_revision_is_not_committed(plan: tuple[str, str]) -> None:
    job_id, run_id = plan
    with pytest.raises(ProcessDied):
        runs.start(job_id, "revision", dying_at("before_commit"))
    assert (run_state.task_status(run_id).state, run_row(run_id).ended_at) == (State.AWAITING_REVIEW, None)
    assert event_kinds(job_id) == []
    assert review.approve(job_id).run_id == run_id


def test_recovery_revokes_a_replaced_plan_whose_process_died_after_the_commit(plan: tuple[str, str]) -> None:
    job_id, run_id = plan
    with pytest.raises(ProcessDied):
        runs.start(job_id, "revision", dying_at("after_commit"))
    assert (run_state.task_status(run_id).state, run_row(run_id).state) == (State.AWAITING_REVIEW, State.CANCELLED)
    with pytest.raises(Conflict):
        review.approve(job_id)
    assert run_id in recovery.revoke_cancelled()
    assert run_state.task_status(run_id).state is State.CANCELLED
    assert run_id not in recovery.revoke_cancelled()
    assert event_kinds(job_id).count("job.cancelled") == 1


def test_approved_plan_cannot_be_replaced(plan: tuple[str, str]) -> None:
    job_id, run_id = plan
    review.approve(job_id)
    assert run_state.task_status(run_id).state is State.AWAITING_REVIEW
    with pytest.raises(Conflict):
        runs.start(job_id, "revision", next_revision)


def test_concurrent_approval_and_revision_of_a_plan_exclude_each_other() -> None:
    def outcome(action: Callable[[], object]) -> str:
        try:
            action()
        except Conflict:
            return "refused"
        return "done"

    for _ in range(8):
        job_id, run_id = store_run()
        run_state.set_state(run_id, State.AWAITING_REVIEW)
        start = threading.Barrier(2)

        def approve(job_id: str = job_id, start: threading.Barrier = start) -> None:
            start.wait(30)
            review.approve(job_id)

        def revise(job_id: str = job_id, start: threading.Barrier = start) -> None:
            start.wait(30)
            runs.start(job_id, "revision", next_revision)

        with ThreadPoolExecutor(2) as pool:
            approved, revised = pool.map(outcome, [approve, revise])
        assert {approved, revised} == {"done", "refused"}
        run = run_row(run_id)
        assert (run.state == State.CANCELLED) == (revised == "done") == (run.approved_at is None)


def test_end_of_a_run_is_recorded_once_by_concurrent_observers() -> None:
    for _ in range(5):
        job_id, run_id = store_run()
        run_state.set_done(run_id, {})
        with ThreadPoolExecutor(6) as pool:
            assert set(pool.map(runs.settle, [run_id] * 6)) == {State.DONE}
        assert event_kinds(job_id) == ["job.done"]


# -- reusing the files of an earlier run ------------------------------------------------------------------------------


@pytest.fixture
def film(broker: Broker) -> tuple[str, str]:
    """A job that is done, and its run with one artifact."""
    job_id, run_id = store_run()
    write_json(storage(), artifact_key(run_id, "film.json"), {"film": run_id})
    row = {"name": "film.json", "content_type": "application/json", "bytes": 1, "sha256": ""}
    with transaction() as session:
        session.add(ArtifactRow(job_id=job_id, run_id=run_id, key=artifact_key(run_id, "film.json"), **row))
    run_state.set_done(run_id, {})
    runs.settle(run_id)
    return job_id, run_id


def roll_back(film: tuple[str, str], make_revision: Any = next_revision) -> runs.StartedRun | None:
    job_id, run_id = film
    return reuse.reuse_run(job_id, make_revision, run_id, "rollback", to=1)


def test_run_that_reuses_another_is_done_and_published_at_once(film: tuple[str, str]) -> None:
    job_id, run_id = film
    started = roll_back(film)
    assert started is not None
    run = run_row(started.run_id)
    assert (run.state, run_state.task_status(run.id).state) == (State.DONE, State.DONE) and run.ended_at and run.sent_at
    assert event_kinds(job_id)[-2:] == ["job.rolled_back", "job.done"]
    (file,) = queries.get_job(job_id).artifacts
    assert storage().local(file.key).samefile(storage().local(artifact_key(run_id, "film.json")))
    assert storage().local(job_key(job_id, "film.json")).samefile(storage().local(file.key))


def test_run_that_reused_another_can_be_reused(film: tuple[str, str]) -> None:
    job_id, _ = film
    second = roll_back(film)
    assert second is not None
    third = roll_back((job_id, second.run_id))
    assert third is not None
    assert storage().has(artifact_key(third.run_id, "film.json"))


def test_writers_are_not_blocked_while_files_are_copied(film: tuple[str, str]) -> None:
    _, run_id = film
    for number in range(MANY_FILES):
        with storage().writing(run_key(run_id, f"many/{number}")) as path:
            path.touch()
    before = run_directories()

    def is_copying() -> bool:
        copies = [settings().home / run_key(name, "many") for name in run_directories() - before]
        return any(0 < len(list(copy.iterdir())) < MANY_FILES for copy in copies if copy.exists())

    succeeded, blocked = writes_during(lambda: roll_back(film), is_copying)
    # Each copy writes its row in its own transaction; one transaction around all copies would block every writer.
    assert succeeded > blocked / 5, f"{succeeded} of {succeeded + blocked} writes succeeded"


def test_refused_run_leaves_no_files(film: tuple[str, str]) -> None:
    job_id, run_id = film
    runs.start(job_id, "rollback", next_revision)
    before = run_directories()
    with pytest.raises(Conflict):
        roll_back(film)
    assert run_directories() == before and run_id in before


def test_run_that_is_not_committed_leaves_no_files(film: tuple[str, str]) -> None:
    job_id, _ = film
    before = run_directories()
    with pytest.raises(ProcessDied):
        roll_back(film, dying_at("before_commit"))
    assert run_directories() == before
    assert event_kinds(job_id) == ["job.done"]


def test_run_whose_process_died_after_the_commit_is_sent_again(film: tuple[str, str]) -> None:
    job_id, run_id = film
    with pytest.raises(ProcessDied):
        roll_back(film, dying_at("after_commit"))
    run = newest_run(job_id)
    assert run.id != run_id and run.ended_at is None
    recovery.recover_runs()
    recovery.recover_runs()
    assert "run.sent_again" in [event.kind for event in events.list_events(job_id) if event.run_id == run.id]
    cancel.cancel(job_id)


def test_run_that_was_stored_but_not_published_is_sent_again(film: tuple[str, str]) -> None:
    job_id, _ = film
    blocking_file = Path(settings().home / job_prefix(job_id))
    blocking_file.parent.mkdir(exist_ok=True)
    blocking_file.touch()
    with pytest.raises(OSError, match=str(blocking_file)):
        roll_back(film)
    run = newest_run(job_id)
    assert run.ended_at is None
    recovery.recover_runs()
    recovery.recover_runs()
    assert "run.sent_again" in [event.kind for event in events.list_events(job_id) if event.run_id == run.id]
    blocking_file.unlink()
    cancel.cancel(job_id)


def test_run_whose_files_retention_has_removed_is_not_reused(film: tuple[str, str]) -> None:
    job_id, run_id = film
    with transaction() as session:
        session.get_one(RunRow, run_id).revision.pruned_at = now()
    before = run_directories()
    assert roll_back(film) is None
    assert run_directories() == before
    assert newest_run(job_id).id == run_id
