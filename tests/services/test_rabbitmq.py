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
from tests.services.isolated_app import IsolatedApp
from tests.services.noop_runs import STEPS
from tests.waiting import bound_s


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


def test_run_is_done_and_each_step_is_executed_once(app: IsolatedApp) -> None:
    assert app.run(noop_scenarios.complete_run) == {"state": "DONE", "steps": STEPS, "states_in_order": True}


def test_step_with_a_busy_provider_is_retried_more_than_once(app: IsolatedApp) -> None:
    outcome = app.run(noop_scenarios.busy_provider)
    assert (outcome["state"], outcome["attempts"], outcome["others_once"]) == ("DONE", 3, True)


def test_delayed_messages_do_not_delay_a_run(app: IsolatedApp) -> None:
    run_s = app.run(noop_scenarios.delayed_messages)
    assert run_s["with_delayed"] < bound_s(20, run_s["alone"], times=5)


def test_scene_whose_process_is_killed_is_rendered_by_another_process(app: IsolatedApp) -> None:
    outcome = app.run(noop_scenarios.killed_process)
    assert (outcome["state"], outcome["attempts"], outcome["others_once"]) == ("DONE", 2, True)


def test_failed_scene_fails_the_run_with_its_cause(app: IsolatedApp) -> None:
    outcome = app.run(noop_scenarios.failing_scene)
    assert (outcome["state"], outcome["delivered"]) == ("FAILED", False)
    assert "media.4: is damaged" in outcome["error"]


def test_cancelled_run_stays_cancelled_and_does_not_delay_the_next_run(app: IsolatedApp) -> None:
    outcome = app.run(noop_scenarios.cancelled_run)
    assert outcome == {
        "cancel_state": "CANCELLED",
        "state": "CANCELLED",
        "later_steps": [],
        "next_state": "DONE",
    }
