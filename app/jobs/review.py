"""Review of a plan: approve it, or reject it and end the job."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.core.errors import Conflict
from app.database.job_lock import job_lock
from app.database.models import EventRow, RunRow, now
from app.jobs.cancel import cancel_run
from app.jobs.queries import JobView
from app.jobs.runs import StartedRun, latest_run_id, send_or_leave
from app.queue import run_state
from schemas.job import State
from schemas.money import ZERO


def approve(job_id: str) -> StartedRun:
    """Continue a job that waits for review. Raises ``NotFound``, and ``Conflict`` when it does not wait."""
    run_id = _waiting_run(job_id)
    with job_lock(job_id) as session:
        run = _unreplaced(session, job_id, run_id)
        if run.approved_at is None:  # once, when several requests approve at the same time
            run.approved_at, run.sent_at = now(), None
            session.add(EventRow(job_id=job_id, run_id=run_id, kind="review.approved"))
        warnings = tuple(run.job.warnings)
    send_or_leave(job_id, run_id)
    return StartedRun(job_id, run_id, warnings, ZERO)


def reject(job_id: str, reason: str = "") -> JobView:
    """Cancel a job that waits for review. Raises ``NotFound``, and ``Conflict`` when it does not wait."""
    run_id = _waiting_run(job_id)
    with job_lock(job_id) as session:
        _unreplaced(session, job_id, run_id)
        session.add(EventRow(job_id=job_id, run_id=run_id, kind="review.rejected", data={"reason": reason}))
    return cancel_run(job_id, run_id)


def _waiting_run(job_id: str) -> str:
    run_id = latest_run_id(job_id)
    state = run_state.task_status(run_id).state
    if state is not State.AWAITING_REVIEW:
        raise Conflict("job", job_id, f"it is {state} and does not wait for review")
    return run_id


def _unreplaced(session: Session, job_id: str, run_id: str) -> RunRow:
    """Return the run's row. Raises ``Conflict`` when a revision has replaced the plan since it was read."""
    run = session.get_one(RunRow, run_id)
    if run.ended_at:
        raise Conflict("job", job_id, f"its plan is {run.state} and does not wait for review")
    return run
