"""Workers that render scenes publish which engines they have, for the processes that cannot import engines."""

from __future__ import annotations

from typing import Any

from celery import bootsteps

from app.core.config import settings
from app.core.log import logger
from app.providers import offers
from app.queue.application import celery
from engines.registry import build_engines
from engines.registry import offers as offers_of
from schemas.steps import QUEUE_OF_STEP, Step

# A worker that was not seen for a day offers nothing.
PUBLISHED_EVERY_S = 3600.0


def publish(worker: str) -> None:
    """Publish the engines of this process under the name of its worker. A failure is logged: the next one may pass."""
    try:
        offers.publish(worker, offers_of(build_engines(settings())))
    except Exception as error:  # noqa: BLE001 - scenes are rendered without it
        logger(__name__).warning("the engines of this worker were not published", cause=str(error))


class OfferPublication(bootsteps.StartStopStep):
    """Publish the engines of a worker that takes scenes when it starts to consume, and again every hour."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent, **kwargs)
        self._timer: Any = None

    def start(self, parent: Any) -> None:
        if QUEUE_OF_STEP[Step.SCENE].value in parent.app.amqp.queues.consume_from:
            publish(parent.hostname)
            self._timer = parent.timer.call_repeatedly(PUBLISHED_EVERY_S, publish, (parent.hostname,))

    def stop(self, parent: Any) -> None:
        if self._timer:
            self._timer.cancel()


celery.steps["consumer"].add(OfferPublication)
