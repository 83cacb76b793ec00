"""``pytoon serve`` with real processes: start, stop, and recovery from killed processes."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests

from tests.waiting import HANGS_AFTER_S, REPLY_S, bound_s, has_ended, seconds_of, wait_until


class Stack:
    """A running ``pytoon serve`` with its own home folder and ports."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port, self.flower_port = free_ports(2)
        # An empty working directory: the command must not depend on the current one.
        working_directory = home.parent / "empty"
        working_directory.mkdir(exist_ok=True)
        env = {**os.environ, "PYTOON_HOME": str(home), "PYTOON_PORT": str(self.port)}
        env["PYTOON_FLOWER_PORT"] = str(self.flower_port)
        argv = [sys.executable, "-P", "-m", "app.cli.main", "serve"]
        self.output = home.parent / "output.txt"
        with self.output.open("wb") as out:
            self.popen = subprocess.Popen(
                argv,
                cwd=working_directory,
                env=env,
                stdout=out,
                stderr=out,
                start_new_session=True,
                stdin=subprocess.DEVNULL,
            )

    def is_ready(self) -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{self.port}/health", timeout=REPLY_S).json()["ready"] is True
        except (requests.RequestException, ValueError, KeyError):
            return False

    def pids(self) -> set[int]:
        return {child.pid for child in psutil.Process(self.popen.pid).children(recursive=True)}

    def workers(self, kind: str) -> list[int]:
        """The process ids of the workers that have logged that they are ready, oldest first."""
        log = self.home / "logs" / f"{kind}.log"
        return [int(pid) for pid in re.findall(rf"{kind}-(\d+)@\S+ ready", log.read_text())] if log.exists() else []

    def end(self, sign: signal.Signals = signal.SIGTERM) -> int:
        self.popen.send_signal(sign)
        return self.popen.wait(HANGS_AFTER_S)


def free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def running(pids: set[int]) -> set[int]:
    return {pid for pid in pids if not has_ended(pid)}


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    stack = Stack(tmp_path / "home")
    try:
        wait_until(lambda: stack.is_ready() and stack.workers("gpu") and stack.workers("cpu"), stack.output.read_text)
        yield stack
    finally:
        if stack.popen.poll() is None:
            stack.end(signal.SIGKILL)


def test_serve_starts_all_processes_and_stops_them_on_interrupt(stack: Stack) -> None:
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


def test_killed_worker_is_replaced_and_its_children_end(stack: Stack) -> None:
    (first,) = stack.workers("gpu")
    children = {child.pid for child in psutil.Process(first).children(recursive=True)}
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: len(stack.workers("gpu")) == 2, "another gpu worker")
    assert running({first, *children}) == set()
    assert "gpu ended; it is started again" in stack.output.read_text()


def test_killed_broker_is_restarted_and_the_workers_reconnect(stack: Stack) -> None:
    (broker,) = [pid for pid in stack.pids() if "valkey" in psutil.Process(pid).name()]
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


def test_all_processes_end_when_serve_is_killed(stack: Stack) -> None:
    pids = stack.pids()
    stack.end(signal.SIGKILL)
    wait_until(lambda: not running(pids), "the end of every process")
