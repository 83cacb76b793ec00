"""The canvas over RabbitMQ: messages in quorum queues, results in the embedded server."""

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
from tests.services.isolated_app import Studio
from tests.services.noop_runs import STEPS
from tests.waiting import bound_s


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    if why := servers.missing("RabbitMQ", servers.RABBIT):
        pytest.skip(why)
    home = tmp_path_factory.mktemp("rabbit")
    keeper = Broker(Settings(home=home))
    with servers.rabbit_vhost() as vhost:
        keeper.start()
        try:
            with isolated_app.studio(home, PYTOON_BROKER_URL=servers.rabbit_url(vhost)) as made:
                yield made
        finally:
            keeper.stop()


def test_messages_are_there_and_results_in_the_embedded_server(studio: Studio) -> None:
    found = studio.play(noop_scenarios.names)
    assert found == {"messages": "amqp", "results": str(Settings(home=Path(studio.env["PYTOON_HOME"])).socket)}


@pytest.mark.parametrize("queue", QUEUES)
def test_queues_survive_the_loss_of_a_node(studio: Studio, queue: str) -> None:
    with Connection(studio.env["PYTOON_BROKER_URL"]) as line:
        channel: Channel = line.channel()
        # Refused, were it another kind of queue.
        channel.queue_declare(queue, durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"})


def test_the_longest_task_is_left_to_its_worker(studio: Studio) -> None:
    told = studio.play(noop_scenarios.patience)
    assert set(told["queues"]) == set(QUEUES)
    assert all(seconds > told["task"] for seconds in told["queues"].values())


def test_a_run_is_done_and_every_step_is_worked_once(studio: Studio) -> None:
    assert studio.play(noop_scenarios.film) == {"state": "DONE", "steps": STEPS, "forward": True}


def test_a_busy_provider_is_asked_again_and_again(studio: Studio) -> None:
    told = studio.play(noop_scenarios.busy)
    assert (told["state"], told["tries"], told["others_once"]) == ("DONE", 3, True)


def test_what_waits_for_its_time_holds_up_nobody(studio: Studio) -> None:
    took_s = studio.play(noop_scenarios.crowded)
    assert took_s["crowded"] < bound_s(20, took_s["usual"], times=5)


def test_a_scene_whose_process_is_killed_is_made_by_another(studio: Studio) -> None:
    told = studio.play(noop_scenarios.die)
    assert (told["state"], told["tries"], told["others_once"]) == ("DONE", 2, True)


def test_a_failed_scene_fails_the_run_and_says_why(studio: Studio) -> None:
    told = studio.play(noop_scenarios.fail)
    assert (told["state"], told["delivered"]) == ("FAILED", False)
    assert "media.4: is torn" in told["error"]


def test_a_cancelled_run_stays_cancelled_and_holds_up_nobody(studio: Studio) -> None:
    told = studio.play(noop_scenarios.cancelled)
    assert told == {"answer": "CANCELLED", "state": "CANCELLED", "late": [], "next": "DONE"}
