"""Periodic tasks: recovery of runs, and retention."""

from __future__ import annotations

from typing import Any

from app.core.log import logger
from app.jobs import recovery
from app.queue.application import celery
from app.store.retention import sweep as retention
from schemas.steps import Step


@celery.task(name=Step.SYNC_RUNS, ignore_result=True, send_events=False)
def sync_runs() -> dict[str, int]:
    """Copy the ends of runs to the database, and send what was stored but never sent."""
    return recovery.sync_runs()


@celery.task(name=Step.RECOVER_RUNS, ignore_result=True, send_events=False)
def recover_runs() -> dict[str, int]:
    """Send lost runs again, end those whose step has died for good, and revoke what was cancelled."""
    return recovery.recover_runs() | {"revoked": len(recovery.revoke_cancelled())}


@celery.task(name=Step.DELETE_OLD_DATA, ignore_result=True, send_events=False)
def delete_old_data() -> dict[str, Any]:
    """Delete old data: what exceeds the limits and what nothing needs."""
    report = retention.delete_old_data().as_dict()
    logger(__name__).info("old data deleted", **report)
    return report
