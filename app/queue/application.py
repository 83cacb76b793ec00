"""The Celery application, its result backend, and the ids of tasks."""

from __future__ import annotations

import uuid
from typing import Any, cast

from celery import Celery, signals

from app.queue.lease import LeaseRenewal
from app.queue.result_backend import GuardedRedisBackend

celery = Celery("pytoon")
celery.config_from_object("celeryconfig")
celery.steps["consumer"].add(LeaseRenewal)


@signals.setup_logging.connect
def _log(**_: Any) -> None:
    from app.core.log import configure_celery

    configure_celery()


def backend() -> GuardedRedisBackend:
    return cast(GuardedRedisBackend, celery.backend)


def task_id(run_id: str, step: str) -> str:
    """The id of a run's step. It is computed from both, so that progress needs no list of results."""
    return str(uuid.uuid5(uuid.UUID(run_id), step))
