"""The Celery application, its result backend, and the ids of tasks."""

from __future__ import annotations

import uuid
import warnings
from typing import Any, cast

from celery import Celery, signals
from celery.exceptions import CPendingDeprecationWarning

from app.queue.deployment import ClaimRenewal
from app.queue.lease import LeaseRenewal
from app.queue.result_backend import GuardedRedisBackend

# Celery advises to cancel steps when the connection to the broker is lost; celeryconfig.py says when that is right.
warnings.filterwarnings("ignore", category=CPendingDeprecationWarning, module=r"celery\.worker\.consumer")

celery = Celery("pytoon")
celery.config_from_object("celeryconfig")
celery.steps["consumer"].add(LeaseRenewal)
celery.steps["consumer"].add(ClaimRenewal)


@signals.setup_logging.connect
def _configure_logging(**_: Any) -> None:
    from app.core.log import configure_celery

    configure_celery()


def backend() -> GuardedRedisBackend:
    """The result backend of this process."""
    return cast(GuardedRedisBackend, celery.backend)


def task_id(run_id: str, step: str) -> str:
    """The task id of a step of a run, computed from both, so that the ids need not be stored."""
    return str(uuid.uuid5(uuid.UUID(run_id), step))
