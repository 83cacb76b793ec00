"""A bootstep that renews the visibility timeout of a worker's messages and checks its child processes often.

Redis redelivers an unacknowledged message after ``visibility_timeout``, whether or not its worker is alive. Renewing
the scores of the messages that a worker holds means that only the messages of a dead worker are redelivered, not those
of a long task.

Celery notices the death of a child process when its pipe closes, which is shortly before the process has ended. A check
at that moment finds the child alive, and Celery's next check is five seconds later; this bootstep checks earlier.
"""

from __future__ import annotations

from time import time
from typing import Any

from celery import bootsteps
from celery.worker import state

RENEWALS_PER_LEASE = 4
POOL_CHECK_PERIOD_S = 0.25


class LeaseRenewal(bootsteps.StartStopStep):
    """Renew the leases of a worker's messages, on Redis and Valkey only."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent, **kwargs)
        self._timers: list[Any] = []

    def start(self, parent: Any) -> None:
        if hasattr(parent.pool, "maintain_pool"):  # a pool of processes, not of threads
            self._timers.append(parent.timer.call_repeatedly(POOL_CHECK_PERIOD_S, parent.pool.maintain_pool))
        if parent.connection.transport.driver_type == "redis":
            period_s = parent.task_consumer.channel.visibility_timeout / RENEWALS_PER_LEASE
            self._timers.append(parent.timer.call_repeatedly(period_s, self.renew, (parent,), priority=10))

    def stop(self, parent: Any) -> None:
        while self._timers:
            self._timers.pop().cancel()

    def renew(self, parent: Any) -> None:
        channel = parent.task_consumer.channel
        # A step that was running when the connection was lost continues, and has its tag from the channel before.
        running = {request.message.delivery_tag for request in tuple(state.active_requests) if not request.acknowledged}
        delivery_tags = running | set(channel.qos._delivered)
        if not delivery_tags:
            return
        try:
            with channel.conn_or_acquire() as client:
                # XX updates existing members only: an acknowledged message must not be added again.
                client.zadd(channel.unacked_index_key, {tag: time() for tag in delivery_tags}, xx=True)
        except channel.connection_errors:
            pass  # the consumer detects a lost connection itself and reconnects
