"""Recovery of open runs: copies their final states to the database, and sends lost and unsent runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from billiard.exceptions import TimeLimitExceeded, WorkerLostError
from celery import states
from kombu.exceptions import OperationalError
from sqlalchemy import select

from app.core.errors import StepTimedOut, WorkersLost, stage_failure
from app.core.log import logger
from app.database.models import RunRow, now
from app.database.session import transaction
from app.jobs import events, runs
from app.providers.orders import spent_usd
from app.providers.waiting_tasks import runs_that_wait
from app.queue import recovery as queue_recovery
from app.queue import run_state
from schemas.job import State
from schemas.steps import Step

UNSENT_AFTER = timedelta(seconds=10)
REVOKED_WITHIN = timedelta(days=1)
# The attempts that Celery makes at a task whose worker is lost: the first one and its retries.
MAX_ATTEMPTS = 6

# The step and the scene or segment number of each task that a run has or may get, by task id.
Steps = Mapping[str, tuple[Step, int | None]]


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run that has not ended according to the database."""

    id: str
    job_id: str
    sent_at: datetime | None
    created_at: datetime
    approved_at: datetime | None


def sync_runs() -> dict[str, int]:
    """Copy the states of open runs to the database, and send runs that were stored but never sent."""
    unended = open_runs()
    unsent = [run for run in unended if run.sent_at is None and now() - run.created_at > UNSENT_AFTER]
    for run in unsent:
        _send(run)
    statuses = run_state.task_statuses([run.id for run in unended])
    for run, status in zip(unended, statuses, strict=True):
        if status.status != states.PENDING:
            runs.settle(run.id)
    return {"open": len(unended), "sent": len(unsent)}


def recover_runs() -> dict[str, int]:
    """End the runs with a step that has failed for good, and send lost runs again."""
    sent = [run for run in open_runs() if run.sent_at is not None]
    silent = _without_worker(sent)
    failed = [run for run, steps in silent.items() if _failed_for_good(run, steps)]
    lost = queue_recovery.lost({run.id: steps for run, steps in silent.items() if run not in failed})
    for run in [run for run in silent if run.id in lost]:
        logger(__name__).warning("a lost run is sent again", job=run.job_id, run=run.id)
        events.record(run.job_id, "run.sent_again", run.id)
        run_state.forget_chord_error(run.id)
        _send(run)
    return {"failed": len(failed), "sent": len(lost)}


def revoke_cancelled() -> list[str]:
    """Revoke the runs that are cancelled in the database only; return their ids.

    A revision cancels the plan that it replaces in the database and then revokes it. When its process dies in between,
    or the result store is unavailable, the plan is revoked here.
    """
    with transaction() as session:
        recent = RunRow.ended_at > now() - REVOKED_WITHIN
        cancelled = list(session.scalars(select(RunRow.id).where(RunRow.state == State.CANCELLED, recent)))
    statuses = run_state.task_statuses(cancelled)
    unrevoked = [run_id for run_id, status in zip(cancelled, statuses, strict=True) if not status.state.ended]
    for run_id in unrevoked:
        logger(__name__).warning("a cancelled run is revoked", run=run_id)
        run_state.revoke(run_id, list(runs.steps(run_id)))
    return unrevoked


def open_runs() -> list[OpenRun]:
    columns = (RunRow.id, RunRow.job_id, RunRow.sent_at, RunRow.created_at, RunRow.approved_at)
    with transaction() as session:
        rows = session.execute(select(*columns).where(RunRow.ended_at.is_(None)).order_by(RunRow.created_at))
        return [OpenRun(*row) for row in rows]


def _send(run: OpenRun) -> None:
    try:
        runs.send(run.id)
    except OperationalError as error:  # the run stays unsent or lost; the next pass sends it
        logger(__name__).warning("a run cannot be sent", job=run.job_id, run=run.id, cause=str(error))


def _without_worker(sent: Sequence[OpenRun]) -> dict[OpenRun, Steps]:
    """Return the steps of each run that should be in progress, but none of whose tasks a living worker holds.

    A run with a scene that waits for its orders is in progress.
    """
    statuses = run_state.task_statuses([run.id for run in sent])
    waiting = runs_that_wait()
    expected = [
        run
        for run, status in zip(sent, statuses, strict=True)
        if run.id not in waiting and _should_progress(run, status.state)
    ]
    steps_by_run: dict[OpenRun, Steps] = {run: runs.steps(run.id) for run in expected}
    silent = queue_recovery.without_worker({run.id: steps for run, steps in steps_by_run.items()})
    return {run: steps for run, steps in steps_by_run.items() if run.id in silent}


def _should_progress(run: OpenRun, state: State) -> bool:
    return not state.ended and not (state is State.AWAITING_REVIEW and run.approved_at is None)


def _failed_for_good(run: OpenRun, steps: Steps) -> bool:
    """End the run if Celery ended one of its steps, for lost workers or at the time limit; return whether it did."""
    failed_task = queue_recovery.first_error(steps)
    if failed_task is None:
        return False
    task_id, error = failed_task
    step, number = steps[task_id]
    scene_id = number if step is Step.SCENE else None
    failed = stage_failure(_translated(error, step), step.label, scene_id, spent_usd(run.id))
    events.record(run.job_id, "step.failed", run.id, **failed.as_dict())
    run_state.set_failed(run.id, failed)
    runs.settle(run.id)
    return True


def _translated(error: Exception, step: Step) -> Exception:
    """Return Pytoon's error for an error of Celery's worker pool; any other error is returned unchanged."""
    if isinstance(error, WorkerLostError):
        return WorkersLost(step.label, MAX_ATTEMPTS)
    return StepTimedOut(step.label) if isinstance(error, TimeLimitExceeded) else error
