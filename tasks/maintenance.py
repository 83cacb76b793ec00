"""Doorways of the clock: what nobody else would notice."""

from __future__ import annotations

from app.jobs import recovery
from app.queue.application import celery
from schemas.steps import Step


@celery.task(name=Step.SWEEP, ignore_result=True, send_events=False)
def sweep() -> dict[str, int]:
    """Copy the ends of runs into the database, and send what was stored but never sent."""
    return recovery.swept()


@celery.task(name=Step.MEND, ignore_result=True, send_events=False)
def mend() -> dict[str, int]:
    """Send the lost runs again, end those whose step has died for good, and revoke what was cancelled."""
    return recovery.mended() | {"revoked": len(recovery.revoke_cancelled())}
