"""What waits in the broker: whose messages are there, in the queues or in the hands of a worker."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from app.queue.application import celery

# So many messages are read at a time; looking at all of a long queue at once would hold up the server.
AT_A_TIME = 1000


def can_list_messages() -> bool:
    """Whether this broker lets its messages be looked at."""
    return celery.connection_for_read().transport_cls in ("redis", "rediss", "redis+socket")


def with_messages(root_ids: Collection[str]) -> set[str]:
    """Those of ``root_ids`` that have a message anywhere.

    RabbitMQ does not show its messages. There, as long as anything waits in any queue, it may be theirs: all of them
    are told to have one. Raises kombu's ``OperationalError`` when the broker is away.
    """
    wanted = set(root_ids)
    with celery.connection_for_read() as line:
        channel = line.default_channel
        names = [queue.name for queue in celery.conf.task_queues]
        if not can_list_messages():
            return wanted if any(_depth(channel, name) for name in names) else set()
        found: set[str] = set()
        for root_id in _roots(channel, names):
            found |= {root_id} & wanted
            if found == wanted:
                break
        return found


def _depth(channel: Any, queue: str) -> int:
    return int(channel.queue_declare(queue, passive=True).message_count)


def _roots(channel: Any, queues: Iterable[str]) -> Iterator[str]:
    """Held ones last: a message that is taken while this looks is then found there."""
    client = channel.client
    for queue in queues:
        for step in channel.priority_steps:
            yield from _listed(client, channel._q_for_pri(queue, step))
    for _, held in client.hscan_iter(channel.unacked_key, count=AT_A_TIME):
        yield _root(json.loads(held)[0])


def _listed(client: Any, key: str) -> Iterator[str]:
    # From the end where messages are taken: those that are put in meanwhile then move nothing.
    end = -1
    while found := client.lrange(key, end - AT_A_TIME + 1, end):
        yield from (_root(json.loads(message)) for message in found)
        end -= AT_A_TIME


def _root(message: dict[str, Any]) -> str:
    return str(message.get("headers", {}).get("root_id"))
