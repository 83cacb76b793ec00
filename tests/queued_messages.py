"""The messages in the queues of the embedded broker, for tests without workers."""

from __future__ import annotations

from typing import Any

from app.queue.application import celery
from schemas.steps import QueueName


def empty_queues() -> None:
    with celery.connection_for_write() as connection:
        channel: Any = connection.default_channel
        for queue in QueueName:
            celery.amqp.queues[queue.value](channel).declare()
            channel.queue_purge(queue.value)


def taken_messages(queue: QueueName) -> list[Any]:
    """Take all messages of a queue."""
    found = []
    with celery.connection_for_read() as connection:
        bound = celery.amqp.queues[queue.value](connection.default_channel)
        while message := bound.get(no_ack=True):
            found.append(message)
    return found
