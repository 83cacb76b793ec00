"""Task locks with a real server: one holder at a time, and every lock expires."""

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


def test_lock_has_one_holder(client: object, name: str) -> None:
    with task_lock(client, name, 3000) as first, task_lock(client, name, 3000) as second:
        assert first
        assert not second


def test_lock_is_released_at_the_end_of_its_block(client: object, name: str) -> None:
    with task_lock(client, name, 3000):
        pass
    with task_lock(client, name, 3000) as acquired_again:
        assert acquired_again


def test_lock_is_released_when_its_block_raises(client: object, name: str) -> None:
    with pytest.raises(ZeroDivisionError), task_lock(client, name, 3000):
        _ = 1 / 0
    with task_lock(client, name, 3000) as acquired_again:
        assert acquired_again


def test_lock_is_renewed_until_its_block_ends(client: object, name: str) -> None:
    with task_lock(client, name, 600) as first:
        time.sleep(1.5)
        with task_lock(client, name, 600) as second:
            assert first
            assert not second


def test_failed_acquisition_does_not_release_the_lock(client: object, name: str) -> None:
    with task_lock(client, name, 3000):
        with task_lock(client, name, 3000):
            pass
        with task_lock(client, name, 3000) as third:
            assert not third


def test_lock_of_a_killed_process_of_this_machine_is_taken_over_at_once(client: object, name: str) -> None:
    code = f"""
import time
from app.queue import application
from app.queue.task_lock import task_lock
with task_lock(application.backend().client, {name!r}, 60_000) as acquired:
    print(acquired, flush=True)
    time.sleep(60)
"""
    holder = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": "."}
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"True\n"
    with task_lock(client, name, 3000) as while_held:
        assert not while_held
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    with task_lock(client, name, 3000) as after_kill:
        assert after_kill


def test_lock_of_another_machine_is_held_until_it_expires(client: object, name: str) -> None:
    client.set(f"lock:{name}", f"not-{HOST}|1|x", px=400)  # type: ignore[attr-defined]
    with task_lock(client, name, 3000) as while_held:
        assert not while_held
    time.sleep(0.5)
    with task_lock(client, name, 3000) as after_expiry:
        assert after_expiry
