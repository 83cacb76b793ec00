"""Flower with the embedded broker: it shows workers, queues and the arguments of tasks, and is read-only."""

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
from tests.services.noop_runs import SCENES, STEPS, submit_run, wait_for_end
from tests.waiting import HANGS_AFTER_S, REPLY_S, wait_until

CREDENTIALS = ("watcher", "secret")


@dataclass(frozen=True)
class Flower:
    url: str
    credentials: tuple[str, str] | None

    def get(self, path: str, **query: str) -> requests.Response:
        return requests.get(f"{self.url}/{path}", params=query, auth=self.credentials, timeout=REPLY_S)

    def post(self, path: str) -> requests.Response:
        return requests.post(f"{self.url}/{path}", auth=self.credentials, timeout=REPLY_S)


@contextmanager
def running_flower(credentials: tuple[str, str] | None = None) -> Iterator[Flower]:
    """The process of ``pytoon flower`` on a free port."""
    port = free_port()
    env = {**os.environ, "PYTOON_FLOWER_PORT": str(port)}
    if credentials:
        env["FLOWER_BASIC_AUTH"] = ":".join(credentials)
    log = settings().home / f"flower-{port}.log"
    argv = [sys.executable, "-P", "-m", "app.cli.process_main", "flower"]
    with log.open("wb") as out:
        process = subprocess.Popen(argv, env=env, cwd=settings().home, stdout=out, stderr=out, start_new_session=True)
    flower = Flower(f"http://127.0.0.1:{port}", credentials)
    try:
        wait_until(lambda: answers(flower), log.read_text)
        yield flower
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
    """The name of the only worker."""
    with running_worker(QUEUES, "tests.services.noop_app:celery"):
        (pong,) = wait_until(lambda: celery.control.ping(timeout=5, limit=1), "a reply of the worker")
        yield next(iter(pong))


@pytest.fixture(scope="module")
def flower(worker: str) -> Iterator[Flower]:
    with running_flower(CREDENTIALS) as flower:
        # Flower shows a worker after its first heartbeat, and its queues after a refresh.
        wait_until(lambda: worker in flower.get("workers", json="1").text, "the worker in Flower")
        wait_until(
            lambda: flower.get("api/workers", refresh="1").json().get(worker, {}).get("active_queues"), "its queues"
        )
        yield flower


@pytest.fixture(scope="module")
def run_id(flower: Flower) -> str:
    """A finished run that Flower has observed."""
    _, run_id = submit_run()
    wait_for_end(run_id)
    wait_until(lambda: flower.get(f"api/task/info/{run_id}").ok, "the run in Flower")
    return run_id


def test_workers_are_listed_with_their_queues(flower: Flower, worker: str) -> None:
    ((name, facts),) = flower.get("api/workers").json().items()
    assert name == worker
    assert sorted(queue["name"] for queue in facts["active_queues"]) == sorted(QUEUES)


def test_queue_lengths_are_read_over_the_unix_socket(flower: Flower) -> None:
    # Messages of other tests are processed first.
    wait_until(lambda: lengths(flower) == dict.fromkeys(QUEUES, 0), "empty queues")


def test_queued_messages_are_counted(flower: Flower, broker: Broker) -> None:
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
    return {queue["name"]: queue["messages"] for queue in flower.get("api/queues/length").json()["active_queues"]}


def active_queues() -> list[str]:
    queues_by_worker: Any = celery.control.inspect(timeout=2).active_queues() or {}
    return [queue["name"] for queues in queues_by_worker.values() for queue in queues]


def test_arguments_of_a_scene_task_show_run_and_scene(flower: Flower, run_id: str) -> None:
    tasks = flower.get("api/tasks", taskname=Step.SCENE.value).json()
    ids = scene_ids(run_id, SCENES)
    assert {tasks[ids[number]]["args"] for number in SCENES} == {f"run {run_id[:8]} #{number}" for number in SCENES}


def test_root_id_of_each_task_is_the_run_id(flower: Flower, run_id: str) -> None:
    # A task that no worker has received yet has no arguments.
    known = flower.get("api/tasks").json().values()
    tasks = [task for task in known if (task["args"] or "").startswith(f"run {run_id[:8]}")]
    assert len(tasks) == len(STEPS)
    assert {task["root_id"] for task in tasks} == {run_id}
    assert {task["state"] for task in tasks} == {"SUCCESS"}


def test_task_list_shows_arguments(flower: Flower) -> None:
    columns = re.findall(r'data-column="(\w+)"', flower.get("tasks").text)
    assert columns[:3] == ["name", "args", "state"]
    assert {"received", "runtime", "worker"} <= set(columns)


def test_pages_show_worker_task_and_queues(flower: Flower, worker: str, run_id: str) -> None:
    assert worker in flower.get("workers").text
    assert f"run {run_id[:8]}" in flower.get(f"task/{run_id}").text
    broker_page = flower.get("broker").text
    assert all(queue in broker_page for queue in QUEUES)


def test_flower_is_read_only(flower: Flower, worker: str, run_id: str) -> None:
    for command in (f"task/revoke/{run_id}?terminate=true", f"worker/shutdown/{worker}", "task/send-task/pytoon.plan"):
        response = flower.post(f"api/{command}")
        assert (response.status_code, response.text) == (403, "Read only mode is enabled"), command


def test_api_requires_the_password(flower: Flower) -> None:
    for credentials in (None, ("watcher", "guess")):
        assert Flower(flower.url, credentials).get("api/tasks").status_code == 401


def test_without_a_password_the_pages_are_open_and_the_api_is_closed(worker: str) -> None:
    with running_flower() as flower:
        wait_until(lambda: worker in flower.get("workers").text, "the worker in Flower")
        response = flower.get("api/tasks")
        assert response.status_code == 401
        # The header would let any website that is open in the same browser read the response.
        assert "Access-Control-Allow-Origin" not in response.headers


def test_periodic_tasks_are_not_listed(flower: Flower) -> None:
    assert not sync_runs.send_events  # workers send no events of it
    log = settings().home / "beat.log"
    with log.open("wb") as out:
        beat_process = subprocess.Popen(beat().argv, stdout=out, stderr=out, start_new_session=True)
    try:
        wait_until(lambda: "Sending due task sync_runs" in log.read_text(), log.read_text)
        time.sleep(1)  # time for an event to arrive
        assert Step.SYNC_RUNS not in {task["name"] for task in flower.get("api/tasks").json().values()}
    finally:
        beat_process.terminate()
        beat_process.wait(HANGS_AFTER_S)
