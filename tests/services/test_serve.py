"""``pytoon serve`` as an operator meets it: real processes, killed for real, and nothing left behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import requests

READY_S = 60


class Stack:
    """A running ``pytoon serve`` with a home and ports of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port, self.flower_port = free_ports(2)
        # Run from an empty folder: nothing may depend on where the user happens to be.
        elsewhere = home.parent / "elsewhere"
        elsewhere.mkdir(exist_ok=True)
        env = {**os.environ, "PYTOON_HOME": str(home), "PYTOON_PORT": str(self.port)}
        env["PYTOON_FLOWER_PORT"] = str(self.flower_port)
        argv = [sys.executable, "-P", "-m", "app.cli.main", "serve"]
        self.said = home.parent / "said.txt"
        with self.said.open("wb") as out:
            self.popen = subprocess.Popen(
                argv, cwd=elsewhere, env=env, stdout=out, stderr=out, start_new_session=True, stdin=subprocess.DEVNULL
            )

    def health(self) -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{self.port}/health", timeout=2).json()["ready"] is True
        except (requests.RequestException, ValueError, KeyError):
            return False

    def pids(self) -> set[int]:
        return {child.pid for child in psutil.Process(self.popen.pid).children(recursive=True)}

    def workers(self, kind: str) -> list[int]:
        """The mains of the workers that said they are ready, oldest first."""
        log = self.home / "logs" / f"{kind}.log"
        return [int(pid) for pid in re.findall(rf"{kind}-(\d+)@\S+ ready", log.read_text())] if log.exists() else []

    def end(self, sign: signal.Signals = signal.SIGTERM) -> int:
        self.popen.send_signal(sign)
        return self.popen.wait(60)


def free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def soon(true: Callable[[], object], within_s: float = READY_S) -> bool:
    end = time.monotonic() + within_s
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def living(pids: set[int]) -> set[int]:
    found = set()
    for pid in pids:
        try:
            if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                found.add(pid)
        except psutil.NoSuchProcess:
            continue
    return found


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    made = Stack(tmp_path / "home")
    assert soon(lambda: made.health() and made.workers("gpu") and made.workers("cpu")), made.said.read_text()
    yield made
    if made.popen.poll() is None:
        made.end(signal.SIGKILL)


def test_everything_comes_up_and_everything_goes_down(stack: Stack) -> None:
    assert (stack.home / "broker" / "valkey.sock").exists()
    assert soon(lambda: requests.get(f"http://127.0.0.1:{stack.flower_port}/", timeout=5).ok)
    pids = stack.pids()
    assert len(pids) >= 8
    begun = time.monotonic()
    assert stack.end(signal.SIGINT) == 0
    assert time.monotonic() - begun < 15
    assert living(pids) == set()
    assert "Stopped." in stack.said.read_text()


def test_a_worker_that_was_killed_is_replaced_with_its_children(stack: Stack) -> None:
    (first,) = stack.workers("gpu")
    children = {child.pid for child in psutil.Process(first).children(recursive=True)}
    os.kill(first, signal.SIGKILL)
    assert soon(lambda: len(stack.workers("gpu")) == 2)
    assert living({first, *children}) == set()
    assert "gpu ended; starting it again" in stack.said.read_text()


def test_a_broker_that_was_killed_comes_back_with_the_workers(stack: Stack) -> None:
    (broker,) = [pid for pid in stack.pids() if "valkey" in psutil.Process(pid).name()]
    os.kill(broker, signal.SIGKILL)
    assert soon(lambda: broker not in stack.pids())
    assert soon(stack.health)
    assert soon(lambda: asked_ping(stack))


def asked_ping(stack: Stack) -> bool:
    """Both workers answer over the new broker."""
    code = (
        "from app.core.celery import celery\n"
        "print(sorted({next(iter(each)).split('-')[0] for each in celery.control.ping(timeout=2, limit=2)}))"
    )
    env = {**os.environ, "PYTOON_HOME": str(stack.home)}
    ended = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    return ended.stdout == "['cpu', 'gpu']\n"


def test_nothing_outlives_a_serve_that_was_killed(stack: Stack) -> None:
    pids = stack.pids()
    stack.end(signal.SIGKILL)
    assert soon(lambda: not living(pids), 10)
