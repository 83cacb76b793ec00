"""Flower over the embedded broker: it sees the workers, the queues and what each task is for, and it only watches."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import redis
import requests

from app.cli.programs import beat
from app.core.config import settings
from app.queue.application import celery
from app.queue.canvas import scene_ids
from app.queue.embedded_broker import Broker
from schemas.steps import Step
from tasks.maintenance import sync_runs
from tests.conftest import running_worker
from tests.servers import QUEUES
from tests.services.noop_runs import SCENES, STEPS, ended, sent
from tests.waiting import HANGS_AFTER_S, REPLY_S, wait_until

KEY = ("watcher", "secret")


@dataclass(frozen=True)
class Flower:
    url: str
    key: tuple[str, str] | None

    def get(self, path: str, **query: str) -> requests.Response:
        return requests.get(f"{self.url}/{path}", params=query, auth=self.key, timeout=REPLY_S)

    def post(self, path: str) -> requests.Response:
        return requests.post(f"{self.url}/{path}", auth=self.key, timeout=REPLY_S)


@contextmanager
def running_flower(key: tuple[str, str] | None = None) -> Iterator[Flower]:
    """What ``pytoon flower`` becomes, with a port of its own."""
    port = free_port()
    env = {**os.environ, "PYTOON_FLOWER_PORT": str(port), **({"FLOWER_BASIC_AUTH": ":".join(key)} if key else {})}
    log = settings().home / f"flower-{port}.log"
    argv = [sys.executable, "-P", "-m", "app.cli.process_main", "flower"]
    with log.open("wb") as out:
        process = subprocess.Popen(argv, env=env, cwd=settings().home, stdout=out, stderr=out, start_new_session=True)
    made = Flower(f"http://127.0.0.1:{port}", key)
    try:
        wait_until(lambda: answers(made), log.read_text)
        yield made
    finally:
        process.terminate()
        process.wait(HANGS_AFTER_S)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(flower: Flower) -> bool:
    try:
        return requests.get(f"{flower.url}/healthcheck", timeout=REPLY_S).ok
    except requests.ConnectionError:
        return False


@pytest.fixture(scope="module")
def worker(broker: Broker) -> Iterator[str]:
    """The name of the one worker there is."""
    with running_worker(QUEUES, "tests.services.noop_app:celery"):
        (pong,) = wait_until(lambda: celery.control.ping(timeout=5, limit=1), "a reply of the worker")
        yield next(iter(pong))


@pytest.fixture(scope="module")
def flower(worker: str) -> Iterator[Flower]:
    with running_flower(KEY) as made:
        # Events begin to be seen with a worker's first heartbeat, its queues when it has been asked.
        wait_until(lambda: worker in made.get("workers", json="1").text, "the worker in Flower")
        wait_until(
            lambda: made.get("api/workers", refresh="1").json().get(worker, {}).get("active_queues"), "its queues"
        )
        yield made


@pytest.fixture(scope="module")
def run_id(flower: Flower) -> str:
    """A run that was made while Flower looked on."""
    _, made = sent()
    ended(made)
    wait_until(lambda: flower.get(f"api/task/info/{made}").ok, "the run in Flower")
    return made


def test_it_sees_the_worker_and_its_queues(flower: Flower, worker: str) -> None:
    (found,) = flower.get("api/workers").json().items()
    assert found[0] == worker
    assert sorted(queue["name"] for queue in found[1]["active_queues"]) == sorted(QUEUES)


def test_it_sees_how_long_the_queues_are_over_the_socket(flower: Flower) -> None:
    # What other tests left in the queues is worked off first.
    wait_until(lambda: lengths(flower) == dict.fromkeys(QUEUES, 0), "empty queues")


def test_it_counts_what_waits(flower: Flower, broker: Broker) -> None:
    queue = redis.Redis(unix_socket_path=str(broker.socket), db=0)
    celery.control.cancel_consumer("api")
    wait_until(lambda: "api" not in active_queues(), "a worker without the api queue")
    try:
        celery.send_task("pytoon.nothing", queue="api")
        assert lengths(flower)["api"] == 1
    finally:
        queue.delete("api")
        celery.control.add_consumer("api")
        wait_until(lambda: "api" in active_queues(), "a worker of the api queue")


def lengths(flower: Flower) -> dict[str, int]:
    return {each["name"]: each["messages"] for each in flower.get("api/queues/length").json()["active_queues"]}


def active_queues() -> list[str]:
    asked: Any = celery.control.inspect(timeout=2).active_queues() or {}
    return [queue["name"] for queues in asked.values() for queue in queues]


def test_arguments_say_which_scene_of_which_run(flower: Flower, run_id: str) -> None:
    found = flower.get("api/tasks", taskname=Step.SCENE.value).json()
    ids = scene_ids(run_id, SCENES)
    assert {found[ids[number]]["args"] for number in SCENES} == {f"run {run_id[:8]} #{number}" for number in SCENES}


def test_every_task_names_its_whole_run(flower: Flower, run_id: str) -> None:
    tasks = [task for task in flower.get("api/tasks").json().values() if task["args"].startswith(f"run {run_id[:8]}")]
    assert len(tasks) == len(STEPS)
    assert {task["root_id"] for task in tasks} == {run_id}
    assert {task["state"] for task in tasks} == {"SUCCESS"}


def test_the_list_of_tasks_shows_arguments(flower: Flower) -> None:
    columns = re.findall(r'data-column="(\w+)"', flower.get("tasks").text)
    assert columns[:3] == ["name", "args", "state"]
    assert {"received", "runtime", "worker"} <= set(columns)


def test_its_pages_show_the_worker_the_task_and_the_queues(flower: Flower, worker: str, run_id: str) -> None:
    assert worker in flower.get("workers").text
    assert f"run {run_id[:8]}" in flower.get(f"task/{run_id}").text
    broker_page = flower.get("broker").text
    assert all(queue in broker_page for queue in QUEUES)


def test_it_only_watches(flower: Flower, worker: str, run_id: str) -> None:
    for order in (f"task/revoke/{run_id}?terminate=true", f"worker/shutdown/{worker}", "task/send-task/pytoon.plan"):
        refused = flower.post(f"api/{order}")
        assert (refused.status_code, refused.text) == (403, "Read only mode is enabled"), order


def test_its_api_is_closed_to_those_without_the_password(flower: Flower) -> None:
    for key in (None, ("watcher", "guess")):
        assert Flower(flower.url, key).get("api/tasks").status_code == 401


def test_without_a_password_there_are_pages_and_no_api(worker: str) -> None:
    with running_flower() as open_one:
        wait_until(lambda: worker in open_one.get("workers").text, "the worker in Flower")
        refused = open_one.get("api/tasks")
        assert refused.status_code == 401
        # Or any page of the web that is open in the same browser could read it.
        assert "Access-Control-Allow-Origin" not in refused.headers


def test_sweeps_do_not_fill_the_list(flower: Flower) -> None:
    assert not sync_runs.send_events  # what a worker does with it is not told
    log = settings().home / "beat.log"
    with log.open("wb") as out:
        clock = subprocess.Popen(beat().argv, stdout=out, stderr=out, start_new_session=True)
    try:
        wait_until(lambda: "Sending due task sync_runs" in log.read_text(), log.read_text)
        time.sleep(1)  # as long as an event could need to get there
        assert Step.SYNC_RUNS not in {task["name"] for task in flower.get("api/tasks").json().values()}
    finally:
        clock.terminate()
        clock.wait(HANGS_AFTER_S)
