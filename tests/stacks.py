"""A running ``pytoon serve``, its processes and its jobs."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import requests

from tests.waiting import HANGS_AFTER_S, REPLY_S, wait_until

ENDED = ("DONE", "FAILED", "CANCELLED")


class Stack:
    """A running ``pytoon serve`` with its own home folder and ports; ``env`` is added to its environment."""

    def __init__(self, home: Path, env: Mapping[str, str] | None = None, output: Path | None = None) -> None:
        self.home = home
        self.port, self.flower_port = free_ports(2)
        self.url = f"http://127.0.0.1:{self.port}"
        self.output = output or home.parent / "output.txt"
        # An empty working directory: the command must not depend on the current one.
        working_directory = self.output.parent / "empty"
        working_directory.mkdir(exist_ok=True)
        ports = {"PYTOON_PORT": str(self.port), "PYTOON_FLOWER_PORT": str(self.flower_port)}
        self.env = {**os.environ, "PYTOON_HOME": str(home), **ports, **(env or {})}
        argv = [sys.executable, "-P", "-m", "app.cli.main", "serve"]
        with self.output.open("wb") as out:
            self.popen = subprocess.Popen(
                argv,
                cwd=working_directory,
                env=self.env,
                stdout=out,
                stderr=out,
                start_new_session=True,
                stdin=subprocess.DEVNULL,
            )

    # -- processes ---------------------------------------------------------------------------------------------------

    def is_ready(self) -> bool:
        try:
            return requests.get(f"{self.url}/health", timeout=REPLY_S).json()["ready"] is True
        except (requests.RequestException, ValueError, KeyError):
            return False

    def wait_until_ready(self) -> None:
        def is_up() -> bool:
            assert self.popen.poll() is None, self.output.read_text()
            # The logs first: a request in each poll would take the time of the processes that start.
            return bool(self.workers("gpu") and self.workers("cpu")) and self.is_ready()

        wait_until(is_up, self.output.read_text)

    def pids(self) -> set[int]:
        return {child.pid for child in psutil.Process(self.popen.pid).children(recursive=True)}

    def pid_of_broker(self) -> int:
        (pid,) = [pid for pid in self.pids() if "valkey" in psutil.Process(pid).name()]
        return pid

    def workers(self, kind: str) -> list[int]:
        """The process ids of the workers that have logged that they are ready, oldest first."""
        return [int(pid) for pid in re.findall(rf"{kind}-(\d+)@\S+ ready", self.log(kind))]

    def log(self, name: str) -> str:
        path = self.home / "logs" / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def end(self, sign: signal.Signals = signal.SIGTERM) -> int:
        self.popen.send_signal(sign)
        return self.popen.wait(HANGS_AFTER_S)

    # -- jobs --------------------------------------------------------------------------------------------------------

    def submit(self, script: str, **request: Any) -> str:
        body = {"script": script, "quality": "draft", "aspect": "9:16", **request}
        reply = requests.post(f"{self.url}/api/v2/jobs", json=body, timeout=REPLY_S)
        assert reply.status_code == 202, reply.text
        return str(reply.json()["job_id"])

    def job(self, job_id: str) -> dict[str, Any]:
        """The job as the API returns it; empty while a service of the API does not answer."""
        try:
            reply = requests.get(f"{self.url}/api/v2/jobs/{job_id}", timeout=REPLY_S)
        except requests.ConnectionError:
            return {}
        assert reply.status_code in (200, 503), reply.text
        return dict(reply.json()) if reply.status_code == 200 else {}

    def wait_for_end(self, job_id: str) -> dict[str, Any]:
        wait_until(lambda: self.job(job_id).get("state") in ENDED, lambda: f"the end of {self.job(job_id)}")
        return self.job(job_id)

    def events(self, job_id: str) -> list[dict[str, Any]]:
        reply = requests.get(f"{self.url}/api/v2/jobs/{job_id}/events", timeout=REPLY_S)
        assert reply.status_code == 200, reply.text
        return list(reply.json()["events"])

    def wait_for_step(self, step: str) -> None:
        wait_until(lambda: step in self.started_steps(), lambda: f"{step}, not only {self.started_steps()}")

    def started_steps(self) -> list[str]:
        """The names of the steps that workers have logged as started, in no particular order."""
        lines = [line for kind in ("gpu", "cpu") for line in self.log(kind).splitlines() if "step started" in line]
        return [str(json.loads(line)["step"]) for line in lines]


@contextmanager
def running_stack(home: Path, env: Mapping[str, str] | None = None, output: Path | None = None) -> Iterator[Stack]:
    """``pytoon serve``, ready at the start of the block and killed after it."""
    stack = Stack(home, env, output)
    try:
        stack.wait_until_ready()
        yield stack
    finally:
        if stack.popen.poll() is None:
            stack.end(signal.SIGKILL)


def free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports
