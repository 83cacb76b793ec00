"""Cancellation of jobs."""

from __future__ import annotations

from app.core.errors import Conflict
from app.jobs import queries
from app.jobs.runs import latest_run_id, settle, steps
from app.queue import run_state
from schemas.job import State


def cancel(job_id: str) -> queries.JobView:
    """Cancel a job permanently; cancelling it again changes nothing.

    Raises ``NotFound``, and ``Conflict`` when the job has ended in another state.
    """
    return cancel_run(job_id, latest_run_id(job_id))


def cancel_run(job_id: str, run_id: str) -> queries.JobView:
    """Cancel the job by its newest run, whose id the caller has already; otherwise as ``cancel``."""
    if run_state.revoke(run_id, list(steps(run_id))):
        settle(run_id)
    view = queries.get_job(job_id)
    if view.state is not State.CANCELLED:
        raise Conflict("job", job_id, f"it is {view.state} already")
    return view
