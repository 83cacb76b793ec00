"""Who looks after the runs that are open: their ends get into the database, and what was lost is sent again.

Celery tells nobody when a step dies together with its worker for good, or when the broker forgets a message. So it is
looked for: a run none of whose tasks is alive, and that has no message anywhere, twice in a row, is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from billiard.exceptions import TimeLimitExceeded, WorkerLostError
from celery import states
from kombu.exceptions import OperationalError
from sqlalchemy import select

from app.core.config import settings
from app.core.errors import KilledWorkers, TookTooLong
from app.core.log import logger
from app.database.models import RunRow, now
from app.database.session import transaction
from app.jobs import events, submission
from app.jobs.queries import failure
from app.jobs.workspace import spent_usd
from app.queue import application, inspection
from app.queue.task_lock import alive
from schemas.job import State
from schemas.steps import Step

UNSENT_AFTER = timedelta(seconds=10)
REVOKED_WITHIN = timedelta(days=1)
# Tries that Celery gives a task whose worker is lost: the first, and its retries.
MOST_TRIES = 6
# In looks of the janitor.
SUSPECTED_FOR = 3


@dataclass(frozen=True, slots=True)
class Open:
    """A run that has not ended, as far as the database knows."""

    id: str
    job_id: str
    sent_at: datetime | None
    created_at: datetime
    approved_at: datetime | None


def swept() -> dict[str, int]:
    """Copies the ends of runs into the database, and sends what was stored but never sent."""
    found = still_open()
    unsent = [run for run in found if run.sent_at is None and now() - run.created_at > UNSENT_AFTER]
    for run in unsent:
        _send(run)
    standings = application.standings([run.id for run in found])
    for run, standing in zip(found, standings, strict=True):
        if standing.status != states.PENDING:
            submission.settle(run.id)
    return {"open": len(found), "sent": len(unsent)}


def mended() -> dict[str, int]:
    """Ends the runs whose step has died for good, and sends the lost ones again."""
    silent = _silent([run for run in still_open() if run.sent_at is not None])
    failed = [run for run in silent if _failed_for_good(run)]
    rest = [run for run in silent if run not in failed]
    waiting = _waiting(rest) if rest else set()
    lost = _seen_before([run for run in rest if run.id not in waiting])
    for run in lost:
        logger(__name__).warning("a lost run is sent again", job=run.job_id, run=run.id)
        events.record(run.job_id, "run.sent_again", run.id)
        application.unjoined(run.id)
        _send(run)
    return {"failed": len(failed), "sent": len(lost)}


def revoke_cancelled() -> list[str]:
    """Revokes the runs that are cancelled in the database alone; returns their ids.

    That is where a revision cancels the plan whose place it takes. When its process dies, or the result store is away,
    before the plan is revoked as well, it is revoked here.
    """
    with transaction() as session:
        recent = RunRow.ended_at > now() - REVOKED_WITHIN
        cancelled = list(session.scalars(select(RunRow.id).where(RunRow.state == State.CANCELLED, recent)))
    found = application.standings(cancelled)
    stale = [run_id for run_id, standing in zip(cancelled, found, strict=True) if not standing.state.ended]
    for run_id in stale:
        logger(__name__).warning("a cancelled run is revoked", run=run_id)
        application.revoke(run_id, list(submission.steps(run_id)))
    return stale


def still_open() -> list[Open]:
    columns = (RunRow.id, RunRow.job_id, RunRow.sent_at, RunRow.created_at, RunRow.approved_at)
    with transaction() as session:
        rows = session.execute(select(*columns).where(RunRow.ended_at.is_(None)).order_by(RunRow.created_at))
        return [Open(*row) for row in rows]


def _send(run: Open) -> None:
    try:
        submission.send(run.id)
    except OperationalError as error:  # it is still unsent or lost the next time
        logger(__name__).warning("not sent", job=run.job_id, run=run.id, cause=str(error))


def _silent(runs: Sequence[Open]) -> list[Open]:
    """Those that should be at work, and none of whose tasks is in living hands."""
    standings = application.standings([run.id for run in runs])
    wanted = [run for run, found in zip(runs, standings, strict=True) if _should_work(run, found.state)]
    ids = {run.id: list(submission.steps(run.id)) for run in wanted}
    living = alive(application.backend().client, [each for own in ids.values() for each in own])
    return [run for run in wanted if not living.intersection(ids[run.id])]


def _should_work(run: Open, state: State) -> bool:
    return not state.ended and not (state is State.AWAITING_REVIEW and run.approved_at is None)


def _failed_for_good(run: Open) -> bool:
    """Fails the run for a step that Celery itself ended: too many workers lost, or killed for taking too long."""
    steps = submission.steps(run.id)
    for (step, number), found in zip(steps.values(), application.standings(list(steps)), strict=True):
        error = application.error_of(found)
        if error is not None:
            scene = number if step is Step.SCENE else None
            failed = failure(_worded(error, step), step.label, scene, spent_usd(run.id))
            events.record(run.job_id, "step.failed", run.id, **failed.as_dict())
            application.fail(run.id, failed)
            submission.settle(run.id)
            return True
    return False


def _worded(error: Exception, step: Step) -> Exception:
    """Celery's own endings in the house's words."""
    if isinstance(error, WorkerLostError):
        return KilledWorkers(step.label, MOST_TRIES)
    return TookTooLong(step.label) if isinstance(error, TimeLimitExceeded) else error


def _waiting(runs: Sequence[Open]) -> set[str]:
    found = inspection.waiting([run.id for run in runs])
    # What is to be tried later is kept out of sight by a broker that shows no messages.
    return found if inspection.shown() else found | {run.id for run in runs if _is_tried_later(run)}


def _is_tried_later(run: Open) -> bool:
    return any(found.status == states.RETRY for found in application.standings(list(submission.steps(run.id))))


def _seen_before(runs: Sequence[Open]) -> list[Open]:
    """Those that were like this the last time too: between two looks everything may have been on its way."""
    client, lasts_s = application.backend().client, int(SUSPECTED_FOR * settings().mend_s)
    return [run for run in runs if not client.set(f"suspect:{run.id}", 1, nx=True, ex=lasts_s)]
