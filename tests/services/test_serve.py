"""``pytoon serve`` with real processes: start, stop, and recovery from killed processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests

from tests.stacks import Stack, running_stack
from tests.waiting import REPLY_S, bound_s, has_ended, seconds_of, wait_until


def running(pids: set[int]) -> set[int]:
    return {pid for pid in pids if not has_ended(pid)}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running_stack(tmp_path_factory.mktemp("serve") / "home") as stack:
        yield stack


def test_killed_worker_is_replaced_and_its_children_end(stack: Stack) -> None:
    (first,) = stack.workers("gpu")
    children = {child.pid for child in psutil.Process(first).children(recursive=True)}
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: len(stack.workers("gpu")) == 2, "another gpu worker")
    assert running({first, *children}) == set()
    assert "gpu ended; it is started again" in stack.output.read_text()


def test_killed_broker_is_restarted_and_the_workers_reconnect(stack: Stack) -> None:
    broker = stack.pid_of_broker()
    os.kill(broker, signal.SIGKILL)
    wait_until(lambda: broker not in stack.pids(), "the end of the broker")
    wait_until(stack.is_ready, "a ready stack")
    wait_until(lambda: both_workers_reply(stack), "replies of both workers")


def both_workers_reply(stack: Stack) -> bool:
    """Whether both workers reply to a ping through the new broker."""
    code = (
        "from app.queue.application import celery\n"
        "print(sorted({next(iter(reply)).split('-')[0] for reply in celery.control.ping(timeout=2, limit=2)}))"
    )
    env = {**os.environ, "PYTOON_HOME": str(stack.home)}
    ping = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    return ping.stdout == "['cpu', 'gpu']\n"


def test_serve_runs_all_processes_and_stops_them_on_interrupt(stack: Stack) -> None:
    """The last test of ``stack``, because it ends it."""
    assert (stack.home / "broker" / "valkey.sock").exists()
    flower = f"http://127.0.0.1:{stack.flower_port}/"
    wait_until(lambda: requests.get(flower, timeout=REPLY_S).ok, "Flower", ignoring=(requests.ConnectionError,))
    pids = stack.pids()
    assert len(pids) >= 8
    usual_s = seconds_of(lambda: subprocess.run([sys.executable, "-c", ""], check=True))
    took_s = seconds_of(lambda: stack.end(signal.SIGINT))
    assert stack.popen.returncode == 0
    assert took_s < bound_s(15, usual_s, times=150)
    assert running(pids) == set()
    assert "Stopped." in stack.output.read_text()


def test_all_processes_end_when_serve_is_killed(tmp_path: Path) -> None:
    with running_stack(tmp_path / "home") as stack:
        pids = stack.pids()
        stack.end(signal.SIGKILL)
        wait_until(lambda: not running(pids), "the end of every process")
