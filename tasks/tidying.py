"""The hourly retention pass."""

from __future__ import annotations

from typing import Any

from app.core.log import logger
from app.queue.application import celery
from app.store.retention.sweep import sweep
from schemas.steps import Step


@celery.task(name=Step.TIDY, ignore_result=True, send_events=False)
def tidy() -> dict[str, Any]:
    """Delete what exceeds the limits and what nothing needs."""
    report = sweep().as_dict()
    logger(__name__).info("tidied", **report)
    return report
