"""Periodic tasks: recovery of lost runs and deletion of old data."""

from __future__ import annotations

from typing import Any

from app.core.log import logger
from app.jobs import recovery
from app.queue.application import celery
from app.queue.deployment import DeploymentTask
from app.store.retention import sweep as retention
from schemas.steps import Step


class PeriodicTask(DeploymentTask):
    """A periodic task, which concerns the database of the deployment that sent it."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Do nothing for another deployment: its clock sends the task again soon."""
        if not self.request.called_directly and self.is_foreign():
            return None
        return self.run(*args, **kwargs)


@celery.task(name=Step.SYNC_RUNS, base=PeriodicTask, ignore_result=True, send_events=False)
def sync_runs() -> dict[str, int]:
    """Copy the ends of runs to the database, and send the runs that were stored but never sent."""
    return recovery.sync_runs()


@celery.task(name=Step.RECOVER_RUNS, base=PeriodicTask, ignore_result=True, send_events=False)
def recover_runs() -> dict[str, int]:
    """Send lost runs again, fail those with a step that Celery ended, and revoke the cancelled ones."""
    return recovery.recover_runs() | {"revoked": len(recovery.revoke_cancelled())}


@celery.task(name=Step.DELETE_OLD_DATA, base=PeriodicTask, ignore_result=True, send_events=False)
def delete_old_data() -> dict[str, Any]:
    """Delete the data that exceeds a limit or is not referenced."""
    report = retention.delete_old_data().as_dict()
    logger(__name__).info("old data deleted", **report)
    return report
