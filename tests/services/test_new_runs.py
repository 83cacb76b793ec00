"""A new run of a job: its transaction is short, and no order of commits, files and results leaves half of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
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


class ProcessDies(BaseException):
    """Ends a call like the death of its process: nothing that comes after is done."""


def next_revision(session: Session, job: JobRow) -> RevisionRow:
    return RevisionRow(job_id=job.id, number=1 + max(run.revision.number for run in job.runs))


def dying(when: str) -> Callable[[Session, JobRow], RevisionRow]:
    """As ``next_revision``; then the process dies right before or after the commit."""

    def make(session: Session, job: JobRow) -> RevisionRow:
        def die(_session: Session) -> None:
            raise ProcessDies

        event.listen(session, when, die, once=True)
        return next_revision(session, job)

    return make


def kinds(job_id: str) -> list[str]:
    return [each.kind for each in events.list_events(job_id)]


def run_of(run_id: str) -> RunRow:
    with transaction() as session:
        return session.get_one(RunRow, run_id)


def newest(job_id: str) -> RunRow:
    with transaction() as session:
        return session.get_one(JobRow, job_id).runs[-1]


def folders() -> set[str]:
    return {path.name for path in (settings().home / "runs").glob("*")}


# -- in the place of a plan that waits for review --------------------------------------------------------------------


@pytest.fixture
def plan(broker: Broker) -> tuple[str, str]:
    """A job whose plan waits for review, and the run that made it."""
    job_id, run_id = store_run()
    run_state.set_state(run_id, State.AWAITING_REVIEW)
    return job_id, run_id


def test_a_plan_that_a_revision_replaces_is_cancelled_with_an_event(plan: tuple[str, str]) -> None:
    job_id, run_id = plan
    receipt = runs.start(job_id, "revision", next_revision)
    assert (run_of(run_id).state, run_state.task_status(run_id).state) == (State.CANCELLED, State.CANCELLED)
    cancelled = [each for each in events.list_events(job_id) if each.kind == "job.cancelled"]
    assert [each.run_id for each in cancelled] == [run_id]
    assert newest(job_id).id == receipt.run_id


def test_a_revision_that_is_not_committed_leaves_the_plan_waiting(plan: tuple[str, str]) -> None:
    job_id, run_id = plan
    with pytest.raises(ProcessDies):
        runs.start(job_id, "revision", dying("before_commit"))
    assert (run_state.task_status(run_id).state, run_of(run_id).ended_at) == (State.AWAITING_REVIEW, None)
    assert kinds(job_id) == []
    assert review.approve(job_id).run_id == run_id


def test_recovery_revokes_a_replaced_plan_whose_process_died_after_the_commit(plan: tuple[str, str]) -> None:
    job_id, run_id = plan
    with pytest.raises(ProcessDies):
        runs.start(job_id, "revision", dying("after_commit"))
    assert (run_state.task_status(run_id).state, run_of(run_id).state) == (State.AWAITING_REVIEW, State.CANCELLED)
    with pytest.raises(Conflict):
        review.approve(job_id)
    assert run_id in recovery.revoke_cancelled()
    assert run_state.task_status(run_id).state is State.CANCELLED
    assert run_id not in recovery.revoke_cancelled()
    assert kinds(job_id).count("job.cancelled") == 1


def test_a_plan_that_is_approved_is_not_replaced_any_more(plan: tuple[str, str]) -> None:
    job_id, run_id = plan
    review.approve(job_id)
    assert run_state.task_status(run_id).state is State.AWAITING_REVIEW
    with pytest.raises(Conflict):
        runs.start(job_id, "revision", next_revision)


def test_a_plan_is_approved_or_replaced_and_never_both() -> None:
    def outcome(do: Callable[[], object]) -> str:
        try:
            do()
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
        run = run_of(run_id)
        assert (run.state == State.CANCELLED) == (revised == "done") == (run.approved_at is None)


def test_the_end_of_a_run_is_recorded_once_however_many_see_it() -> None:
    for _ in range(5):
        job_id, run_id = store_run()
        run_state.set_done(run_id, {})
        with ThreadPoolExecutor(6) as pool:
            assert set(pool.map(runs.settle, [run_id] * 6)) == {State.DONE}
        assert kinds(job_id) == ["job.done"]


# -- with the files of an earlier run --------------------------------------------------------------------------------


@pytest.fixture
def film(broker: Broker) -> tuple[str, str]:
    """A job that is done, and its run, which has left one file."""
    job_id, run_id = store_run()
    write_json(storage(), artifact_key(run_id, "film.json"), {"film": run_id})
    row = {"name": "film.json", "content_type": "application/json", "bytes": 1, "sha256": ""}
    with transaction() as session:
        session.add(ArtifactRow(job_id=job_id, run_id=run_id, key=artifact_key(run_id, "film.json"), **row))
    run_state.set_done(run_id, {})
    runs.settle(run_id)
    return job_id, run_id


def go_back(film: tuple[str, str], make: Any = next_revision) -> runs.Receipt | None:
    job_id, run_id = film
    return reuse.reuse_run(job_id, make, run_id, "rollback", to=1)


def test_a_run_with_the_files_of_another_is_done_at_once_and_published(film: tuple[str, str]) -> None:
    job_id, run_id = film
    receipt = go_back(film)
    assert receipt is not None
    run = run_of(receipt.run_id)
    assert (run.state, run_state.task_status(run.id).state) == (State.DONE, State.DONE) and run.ended_at and run.sent_at
    assert kinds(job_id)[-2:] == ["job.rolled_back", "job.done"]
    (file,) = queries.job(job_id).artifacts
    assert storage().local(file.key).samefile(storage().local(artifact_key(run_id, "film.json")))
    assert storage().local(job_key(job_id, "film.json")).samefile(storage().local(file.key))


def test_the_files_of_a_linked_run_can_be_linked_again(film: tuple[str, str]) -> None:
    job_id, _ = film
    second = go_back(film)
    assert second is not None
    third = go_back((job_id, second.run_id))
    assert third is not None
    assert storage().has(artifact_key(third.run_id, "film.json"))


def test_a_writer_is_not_blocked_while_files_are_copied(film: tuple[str, str]) -> None:
    _, run_id = film
    for number in range(MANY_FILES):
        with storage().writing(run_key(run_id, f"many/{number}")) as path:
            path.touch()
    before = folders()

    def is_copying() -> bool:
        found = [settings().home / run_key(name, "many") for name in folders() - before]
        return any(0 < len(list(many.iterdir())) < MANY_FILES for many in found if many.exists())

    free, blocked = writes_during(lambda: go_back(film), is_copying)
    # Each copy writes its row in a transaction of its own; one transaction around all copies would leave none free.
    assert free > blocked


def test_a_run_that_is_refused_leaves_no_files(film: tuple[str, str]) -> None:
    job_id, run_id = film
    runs.start(job_id, "rollback", next_revision)
    before = folders()
    with pytest.raises(Conflict):
        go_back(film)
    assert folders() == before and run_id in before


def test_a_run_that_is_not_committed_leaves_no_files(film: tuple[str, str]) -> None:
    job_id, _ = film
    before = folders()
    with pytest.raises(ProcessDies):
        go_back(film, dying("before_commit"))
    assert folders() == before
    assert kinds(job_id) == ["job.done"]


def test_a_run_whose_commit_was_not_answered_is_sent_again(film: tuple[str, str]) -> None:
    job_id, run_id = film
    with pytest.raises(ProcessDies):
        go_back(film, dying("after_commit"))
    run = newest(job_id)
    assert run.id != run_id and run.ended_at is None
    recovery.recover_runs()
    recovery.recover_runs()
    assert "run.sent_again" in [each.kind for each in events.list_events(job_id) if each.run_id == run.id]
    cancel.cancel(job_id)


def test_a_run_that_was_stored_and_not_published_is_sent_again(film: tuple[str, str]) -> None:
    job_id, _ = film
    in_the_way = Path(settings().home / job_prefix(job_id))
    in_the_way.parent.mkdir(exist_ok=True)
    in_the_way.touch()
    with pytest.raises(OSError, match=str(in_the_way)):
        go_back(film)
    run = newest(job_id)
    assert run.ended_at is None
    recovery.recover_runs()
    recovery.recover_runs()
    assert "run.sent_again" in [each.kind for each in events.list_events(job_id) if each.run_id == run.id]
    in_the_way.unlink()
    cancel.cancel(job_id)


def test_files_that_retention_removed_meanwhile_are_not_gone_back_to(film: tuple[str, str]) -> None:
    job_id, run_id = film
    with transaction() as session:
        session.get_one(RunRow, run_id).revision.pruned_at = now()
    before = folders()
    assert go_back(film) is None
    assert folders() == before
    assert newest(job_id).id == run_id
