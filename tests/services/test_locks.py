"""Locks over a real server: one holder at a time, and none for ever."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid

import pytest

from app.queue import application
from app.queue.embedded_broker import Broker
from app.queue.task_lock import HOST, task_lock


@pytest.fixture
def client(broker: Broker) -> object:
    return application.backend().client


@pytest.fixture
def name() -> str:
    return uuid.uuid4().hex


def test_only_one_holds_a_lock(client: object, name: str) -> None:
    with task_lock(client, name, 3000) as first, task_lock(client, name, 3000) as second:
        assert first
        assert not second


def test_a_lock_is_free_when_its_block_has_ended(client: object, name: str) -> None:
    with task_lock(client, name, 3000):
        pass
    with task_lock(client, name, 3000) as again:
        assert again


def test_a_lock_is_free_when_its_block_failed(client: object, name: str) -> None:
    with pytest.raises(ZeroDivisionError), task_lock(client, name, 3000):
        _ = 1 / 0
    with task_lock(client, name, 3000) as again:
        assert again


def test_a_lock_is_renewed_for_as_long_as_its_block_lasts(client: object, name: str) -> None:
    with task_lock(client, name, 600) as mine:
        time.sleep(1.5)
        with task_lock(client, name, 600) as other:
            assert mine
            assert not other


def test_one_that_did_not_get_a_lock_does_not_free_it(client: object, name: str) -> None:
    with task_lock(client, name, 3000):
        with task_lock(client, name, 3000):
            pass
        with task_lock(client, name, 3000) as third:
            assert not third


def test_the_lock_of_a_killed_process_of_this_machine_is_taken_over_at_once(client: object, name: str) -> None:
    code = f"""
import time
from app.queue import application
from app.queue.task_lock import task_lock
with task_lock(application.backend().client, {name!r}, 60_000) as mine:
    print(mine, flush=True)
    time.sleep(60)
"""
    other = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": "."}
    )
    assert other.stdout is not None
    assert other.stdout.readline() == b"True\n"
    with task_lock(client, name, 3000) as early:
        assert not early
    os.kill(other.pid, signal.SIGKILL)
    other.wait()
    other.stdout.close()
    with task_lock(client, name, 3000) as taken:
        assert taken


def test_the_lock_of_another_machine_waits_until_it_runs_out(client: object, name: str) -> None:
    client.set(f"lock:{name}", f"not-{HOST}|1|x", px=400)  # type: ignore[attr-defined]
    with task_lock(client, name, 3000) as early:
        assert not early
    time.sleep(0.5)
    with task_lock(client, name, 3000) as late:
        assert late
