"""Keeps the broker's lease on what a living worker holds.

On Redis an unacknowledged message comes back after ``visibility_timeout`` whether its worker lives or not. Renewing
the scores of what this worker holds makes the timeout mean "the worker is dead" instead of "the task is long".

And looks often enough whether its children live. Celery hears of a child's death when its pipe closes, which is a
moment before the child can be told to be dead; when it looks too early, it looks again only after five seconds.
"""

from __future__ import annotations

from time import time
from typing import Any

from celery import bootsteps

RENEWALS_PER_LEASE = 4
CHILDREN_EVERY_S = 0.25


class LeaseRenewal(bootsteps.StartStopStep):
    """A worker's bootstep. Leases are there on Redis and Valkey only."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent, **kwargs)
        self._timers: list[Any] = []

    def start(self, parent: Any) -> None:
        if hasattr(parent.pool, "maintain_pool"):  # children that are threads do not die alone
            self._timers.append(parent.timer.call_repeatedly(CHILDREN_EVERY_S, parent.pool.maintain_pool))
        if parent.connection.transport.driver_type == "redis":
            every_s = parent.task_consumer.channel.visibility_timeout / RENEWALS_PER_LEASE
            self._timers.append(parent.timer.call_repeatedly(every_s, self.renew, (parent,), priority=10))

    def stop(self, parent: Any) -> None:
        while self._timers:
            self._timers.pop().cancel()

    def renew(self, parent: Any) -> None:
        channel = parent.task_consumer.channel
        held = list(channel.qos._delivered)
        if not held:
            return
        try:
            with channel.conn_or_acquire() as client:
                # XX: only those still there; an acknowledged message must not come back to life.
                client.zadd(channel.unacked_index_key, {tag: time() for tag in held}, xx=True)
        except channel.connection_errors:
            pass  # the consumer notices a lost connection by itself and starts again
