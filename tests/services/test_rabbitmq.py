"""The canvas with RabbitMQ as broker, with quorum queues, and the embedded server as result store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from amqp import Channel
from kombu import Connection

from app.core.config import Settings
from app.queue.embedded_broker import Broker
from tests import servers
from tests.servers import QUEUES
from tests.services import isolated_app, noop_scenarios
from tests.services.broker_contract import BrokerContract
from tests.services.isolated_app import IsolatedApp


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IsolatedApp]:
    if reason := servers.missing("RabbitMQ", servers.RABBIT):
        pytest.skip(reason)
    home = tmp_path_factory.mktemp("rabbit")
    server = Broker(Settings(home=home))
    with servers.rabbit_vhost() as vhost:
        server.start()
        try:
            with isolated_app.running_app(home, PYTOON_BROKER_URL=servers.rabbit_url(vhost)) as app:
                yield app
        finally:
            server.stop()


def test_messages_are_in_rabbitmq_and_results_in_the_embedded_server(app: IsolatedApp) -> None:
    assert app.run(noop_scenarios.servers) == {
        "messages": "amqp",
        "results": str(Settings(home=Path(app.env["PYTOON_HOME"])).socket),
    }


@pytest.mark.parametrize("queue", QUEUES)
def test_queues_are_quorum_queues(app: IsolatedApp, queue: str) -> None:
    with Connection(app.env["PYTOON_BROKER_URL"]) as connection:
        channel: Channel = connection.channel()
        # RabbitMQ rejects the declaration when the existing queue is of another type.
        channel.queue_declare(queue, durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"})


def test_consumer_timeouts_are_longer_than_the_time_limit_of_a_task(app: IsolatedApp) -> None:
    outcome = app.run(noop_scenarios.time_limits)
    assert set(outcome["queues"]) == set(QUEUES)
    assert all(seconds > outcome["task"] for seconds in outcome["queues"].values())


class TestRunsOverRabbitMQ(BrokerContract):
    """The runs of the contract with RabbitMQ as broker."""
