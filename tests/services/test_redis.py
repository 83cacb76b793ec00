"""The canvas over a Redis of somebody else's, which carries the messages and keeps the results."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import servers
from tests.services import isolated_app, noop_scenarios
from tests.services.isolated_app import Studio
from tests.services.noop_runs import STEPS
from tests.waiting import bound_s


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    if why := servers.missing("Redis", servers.REDIS):
        pytest.skip(why)
    with servers.redis_databases() as (messages, results):
        urls = {"PYTOON_BROKER_URL": messages, "PYTOON_RESULT_URL": results}
        with isolated_app.studio(tmp_path_factory.mktemp("redis"), **urls) as made:
            yield made


def test_messages_and_results_are_where_they_were_sent(studio: Studio) -> None:
    number = studio.env["PYTOON_RESULT_URL"].rpartition("/")[2]
    assert studio.play(noop_scenarios.names) == {"messages": "redis", "results": f"{servers.REDIS[0]}/{number}"}


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
