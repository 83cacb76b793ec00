"""Inspection of the broker: which runs have messages, in the queues or delivered to a worker."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from app.queue.application import celery

# Messages per request: reading a long queue at once would block the server.
PAGE_SIZE = 1000


def can_list_messages() -> bool:
    """Whether the transport of the broker can list its messages."""
    return celery.connection_for_read().transport_cls in ("redis", "rediss", "redis+socket")


def root_ids_with_messages(root_ids: Collection[str]) -> set[str]:
    """Those of ``root_ids`` that have a message in a queue or at a worker.

    RabbitMQ cannot list its messages. There, all of ``root_ids`` count as having one while any queue has a message.
    Raises kombu's ``OperationalError`` when the broker is unreachable.
    """
    ids = set(root_ids)
    with celery.connection_for_read() as connection:
        channel = connection.default_channel
        names = [queue.name for queue in celery.conf.task_queues]
        if not can_list_messages():
            return ids if any(_depth(channel, name) for name in names) else set()
        ids_with_message: set[str] = set()
        for root_id in _root_ids(channel, names):
            ids_with_message |= {root_id} & ids
            if ids_with_message == ids:
                break
        return ids_with_message


def _depth(channel: Any, queue: str) -> int:
    return int(channel.queue_declare(queue, passive=True).message_count)


def _root_ids(channel: Any, queues: Iterable[str]) -> Iterator[str]:
    """The root ids of all messages: those in the queues, then those that are delivered but not acknowledged.

    In this order, a message that is delivered during the inspection is not missed.
    """
    client = channel.client
    for queue in queues:
        for step in channel.priority_steps:
            yield from _queued_root_ids(client, channel._q_for_pri(queue, step))
    for _, delivered in client.hscan_iter(channel.unacked_key, count=PAGE_SIZE):
        yield _root_id(json.loads(delivered)[0])


def _queued_root_ids(client: Any, key: str) -> Iterator[str]:
    # Read from the consuming end of the list: messages that are added meanwhile do not shift the pages.
    end = -1
    while messages := client.lrange(key, end - PAGE_SIZE + 1, end):
        yield from (_root_id(json.loads(message)) for message in messages)
        end -= PAGE_SIZE


def _root_id(message: dict[str, Any]) -> str:
    return str(message.get("headers", {}).get("root_id"))
