"""Runs of jobs: starting, sending and ending them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kombu.exceptions import OperationalError
from redis.exceptions import RedisError
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core.errors import Conflict
from app.core.log import logger
from app.database.job_lock import job_lock
from app.database.models import EventRow, JobRow, RevisionRow, RunRow, SceneRow, now
from app.database.session import transaction
from app.jobs.job_rows import job_row
from app.jobs.statuses import error_of, state_of
from app.jobs.workspace import awaits_review
from app.providers import changes, waiting_tasks
from app.queue import canvas, run_state
from schemas.job import State
from schemas.money import ZERO
from schemas.steps import Step

# The event that is recorded when a run of this kind begins.
OPENED = {"resume": "job.resumed", "revision": "job.revised", "rollback": "job.rolled_back"}

# Returns the revision that a new run renders: a new row, or an existing one.
MakeRevision = Callable[[Session, JobRow], RevisionRow]


@dataclass(frozen=True, slots=True)
class StartedRun:
    """A stored run. ``repeated``: an earlier request with the same idempotency key started it.

    ``state`` is the state when the request was answered, which is that of the job's newest run for a repeated one.
    """

    job_id: str
    run_id: str
    warnings: tuple[str, ...]
    estimate_usd: Decimal
    repeated: bool = False
    state: State = State.QUEUED


# -- begin -----------------------------------------------------------------------------------------------------------


def start(job_id: str, kind: str, make_revision: MakeRevision, **facts: Any) -> StartedRun:
    """Start another run of a job; it reuses everything that earlier runs have rendered.

    ``facts`` are stored with the event. A revision replaces a plan that waits for review. Raises ``NotFound``, and
    ``Conflict`` while a run of the job is open.
    """
    with new_run_of(job_id, may_replace_plan=kind == "revision") as (session, job):
        run_id = open_run(session, job, make_revision(session, job), kind, **facts)
        warnings = tuple(job.warnings)
    send_or_leave(job_id, run_id)
    return StartedRun(job_id, run_id, warnings, ZERO)


def resume(job_id: str) -> StartedRun:
    """Start a failed job again. Raises ``NotFound``, and ``Conflict`` when the job has not failed."""

    def same_revision(_session: Session, job: JobRow) -> RevisionRow:
        latest = job.runs[-1]
        if latest.state != State.FAILED:
            raise Conflict("job", job_id, f"it is {latest.state}; only a failed job can be resumed")
        return latest.revision

    return start(job_id, "resume", same_revision)


@contextmanager
def new_run_of(job_id: str, may_replace_plan: bool = False) -> Iterator[tuple[Session, JobRow]]:
    """A transaction that holds the job's lock, so that no other process opens a run of this job.

    ``may_replace_plan``: an open plan that waits for review is cancelled in the transaction and revoked after the
    commit. Raises ``NotFound``, and ``Conflict`` for any other open run.
    """
    latest_id = latest_run_id(job_id)
    latest_waits = settle(latest_id) is State.AWAITING_REVIEW
    with job_lock(job_id) as session:
        job = job_row(session, job_id)
        open_row = next((run for run in job.runs if run.ended_at is None), None)
        if open_row:
            is_unapproved_plan = latest_waits and open_row.id == latest_id and open_row.approved_at is None
            if not (may_replace_plan and is_unapproved_plan):
                raise Conflict("job", job_id, f"it is {open_row.state}; wait until it has ended, or cancel it")
        yield session, job
        if open_row:
            _end_in(session, open_row, State.CANCELLED)
    if open_row:
        # When this fails, recovery revokes the run (app.jobs.recovery.revoke_cancelled).
        with ignore_result_store_outage(open_row.id):
            run_state.revoke(open_row.id, [])


def open_run(session: Session, job: JobRow, revision: RevisionRow, kind: str, **facts: Any) -> str:
    """Store a run of a revision and the event of its beginning; return its id.

    The run is approved when an earlier run of the same revision was.
    """
    run_id = str(uuid.uuid4())
    session.add(revision)
    session.flush()
    approved = next((run.approved_at for run in job.runs if run.revision_id == revision.id and run.approved_at), None)
    session.add(RunRow(id=run_id, job_id=job.id, revision_id=revision.id, kind=kind, approved_at=approved))
    session.flush()
    data = {"revision": revision.number, **facts}
    session.add(EventRow(job_id=job.id, run_id=run_id, kind=OPENED[kind], data=data))
    return run_id


# -- send ------------------------------------------------------------------------------------------------------------


def send(run_id: str) -> None:
    """Send the canvas of a stored run, then store that it was sent. Raises kombu's ``OperationalError``.

    Recovery sends what was stored but never sent.
    """
    with transaction() as session:
        for_review = awaits_review(session.get_one(RunRow, run_id))
    (canvas.send_plan if for_review else canvas.send_run)(run_id)
    with transaction() as session:
        session.execute(update(RunRow).where(RunRow.id == run_id).values(sent_at=now()))


def send_or_leave(job_id: str, run_id: str) -> None:
    """Send the canvas of a stored run; while the broker is unavailable the run stays unsent, and recovery sends it."""
    try:
        send(run_id)
    except OperationalError:
        logger(__name__).warning("the run is stored but not sent yet", job=job_id, run=run_id)


# -- query -----------------------------------------------------------------------------------------------------------


def latest_run_id(job_id: str) -> str:
    """Return the id of the job's newest run. Raises ``NotFound``."""
    with transaction() as session:
        return job_row(session, job_id).runs[-1].id


def steps(run_id: str) -> dict[str, tuple[Step, int | None]]:
    """Return the ids of all tasks that a run has or may get, each with its step and its scene or segment number."""
    with transaction() as session:
        scene_ids = list(session.scalars(select(SceneRow.scene_id).where(SceneRow.run_id == run_id)))
    return canvas.steps_by_task_id(run_id, scene_ids)


# -- end -------------------------------------------------------------------------------------------------------------


def settle(run_id: str) -> State:
    """Copy a run's state from its Celery result to the database; return it."""
    status = run_state.task_status(run_id)
    with transaction() as session:
        row = session.get_one(RunRow, run_id)
        state = state_of(row, status)
        if row.ended_at is None and row.state != state:
            if state.ended:
                _end_in(session, row, state, error_of(row, status, state))
            else:
                _update_open(session, run_id, state=state)
    return state


def end(run_id: str, state: State) -> None:
    """End a run in the database, unless it has ended."""
    with transaction() as session:
        _end_in(session, session.get_one(RunRow, run_id), state)


@contextmanager
def ignore_result_store_outage(run_id: str) -> Iterator[None]:
    """Log an outage of the result store instead of raising, for writes that only copy what the database has."""
    try:
        yield
    except (RedisError, OperationalError) as error:
        logger(__name__).warning("the end of a run is not in the result store", run=run_id, cause=str(error))


def _end_in(session: Session, row: RunRow, state: State, error: dict[str, Any] | None = None) -> None:
    """End a run and record the event. Of several processes that see the end, one records it.

    The open orders of a cancelled run are cancelled; those of a failed one are finished, because they are paid for and
    a resumed job uses them.
    """
    if _update_open(session, row.id, state=state, ended_at=now(), error=error):
        waiting_tasks.forget(session, row.id)
        if state is State.CANCELLED:
            changes.request_cancel(session, row.id)
        session.add(EventRow(job_id=row.job_id, run_id=row.id, kind=f"job.{state.lower()}", data=error or {}))


def _update_open(session: Session, run_id: str, **values: Any) -> bool:
    """Update a run unless it has ended; return whether it was updated."""
    result = session.execute(update(RunRow).where(RunRow.id == run_id, RunRow.ended_at.is_(None)).values(**values))
    return bool(result.rowcount)  # type: ignore[attr-defined]  # the stubs know it for a cursor's result only
