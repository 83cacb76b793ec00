"""A whole house at work, every process of it real, supervised by the house's own supervisor, to be hurt at will."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil
import requests

from app.cli import programs as processes
from app.cli.supervise import Process, Program, RestartPolicy, Supervisor
from schemas.steps import WORKER_QUEUES
from tests.faults.brokers import Carrier, carrier, free_port
from tests.faults.ledger import Ledger, Line, begins
from tests.faults.strikes import Strike

ROOT = Path(__file__).parent.parent.parent
LEASE_S = 5.0
# Nothing of a fleet is ever given up: what dies here was killed.
PACE = RestartPolicy(look_s=0.1, first_wait_s=0.3, longest_wait_s=0.3, settled_s=0, most_false_starts=1_000_000)
READY_S = 90.0
HIT_WITHIN_S = 15.0
ENDED = ("DONE", "FAILED", "CANCELLED")


@dataclass(frozen=True, slots=True)
class Job:
    """What was submitted, and the answer."""

    id: str
    run_id: str
    scenes: int
    title: str


class Fleet:
    """Use ``fleet(...)``; this one is already running."""

    def __init__(self, home: Path, kept: Carrier, port: int, workers: dict[str, Process], others: dict[str, Process]):
        self.home = home
        self.carrier = kept
        self.ledger = Ledger(home / "ledger")
        self.workers = workers
        self.jobs: list[Job] = []
        self.said: list[str] = []
        self._others = others
        self._url = f"http://127.0.0.1:{port}"

    # -- as a caller ---------------------------------------------------------------------------------------------

    def submit(self, scenes: int, title: str = "", within_s: float = 120, key: str | None = None) -> Job:
        """Sends a job by HTTP, with the same key again and again until it is told that it was taken."""
        body = {"scenes": [{"description": f"Scene {n}"} for n in range(scenes)], "music": "none", "title": title}
        headers = {"Idempotency-Key": key or uuid.uuid4().hex}
        answer = self._asked("POST", "/api/v2/jobs", within_s, json=body, headers=headers)
        job = Job(answer["job_id"], answer["run_id"], scenes, title)
        self.jobs.append(job)
        return job

    def state(self, job: Job) -> str:
        return str(self._asked("GET", f"/api/v2/jobs/{job.id}")["state"])

    def cancel(self, job: Job) -> str:
        return str(self._asked("POST", f"/api/v2/jobs/{job.id}/cancel")["state"])

    def health(self) -> bool:
        try:
            return requests.get(f"{self._url}/health", timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def _asked(self, method: str, path: str, within_s: float = 120, **sent: Any) -> dict[str, Any]:
        deadline = time.monotonic() + within_s
        while True:
            try:
                reply = requests.request(method, self._url + path, timeout=15, **sent)
                if reply.status_code < 500:
                    assert reply.ok, (path, reply.status_code, reply.text)
                    found: dict[str, Any] = reply.json()
                    return found
            except requests.RequestException:
                pass
            if time.monotonic() > deadline:
                raise TimeoutError(f"{method} {path}: no answer in {within_s:g} s")
            time.sleep(0.1)

    def drain(self, jobs: list[Job], within_s: float) -> dict[str, str]:
        """The states in which jobs are when all have ended, or when the time is over."""
        states = {job.id: "" for job in jobs}
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            for job in jobs:
                if states[job.id] not in ENDED:
                    states[job.id] = self.state(job)
            if all(state in ENDED for state in states.values()):
                break
            time.sleep(0.3)
        return states

    def stored(self) -> set[str]:
        """The ids of all jobs in the database."""
        with contextlib.closing(sqlite3.connect(self.home / "pytoon.db", timeout=15)) as database:
            return {row[0] for row in database.execute("select id from job")}

    def open(self) -> None:
        """Lets go on what holds."""
        (self.home / "open").touch()

    def shut(self) -> None:
        (self.home / "open").unlink(missing_ok=True)

    # -- as a witness --------------------------------------------------------------------------------------------

    def lines(self, job: Job) -> tuple[Line, ...]:
        return self.ledger.of(job.run_id)

    def begun(self, job: Job, step: str, times: int = 1, within_s: float = 60) -> Line:
        """The ``times``-th begin of a step, awaited."""
        await_(lambda: len(begins(self.lines(job), step)) >= times, within_s, f"{step} of {job.run_id} × {times}")
        return [line for line in self.lines(job) if line.what == "begin" and line.step == step][times - 1]

    def worker_of(self, line: Line) -> str:
        """The name of the worker whose child wrote a line."""
        parent = psutil.Process(line.pid).ppid()
        return next(name for name, process in self.workers.items() if process.pid == parent)

    # -- as an assassin ------------------------------------------------------------------------------------------

    def strike(self, each: Strike) -> bool:
        """Hits what is told; waits a little for it to be there. False when nothing was."""
        deadline = time.monotonic() + HIT_WITHIN_S
        while time.monotonic() < deadline:
            if self._hit(each):
                return True
            time.sleep(0.05)
        return False

    def _hit(self, each: Strike) -> bool:
        name = list(self.workers)[int(each.lot * len(self.workers))]
        match each.kind:
            case "child":
                return self._kill_child(name, each.lot)
            case "main":
                return self._kill(self.workers[name])
            case "term":
                return self.ask_to_end(name)
            case "whole":
                return self.kill_whole(name)
            case "all":
                return sum(map(self.kill_whole, self.workers)) == len(self.workers)
            case "broker":
                self.carrier.strike()
                return True
            case "line":
                assert self.carrier.cable
                return self.carrier.cable.cut() > 0
            case "api":
                return self._kill_api(each.lot)
        return self._kill(self._others["beat"])

    def ask_to_end(self, name: str) -> bool:
        return self._kill(self.workers[name], signal.SIGTERM)

    def kill_process(self, pid: int) -> bool:
        return _sent(pid, signal.SIGKILL)

    def _kill(self, process: Process, sign: signal.Signals = signal.SIGKILL) -> bool:
        living = _living(process.pid)
        return living is not None and _sent(living.pid, sign)

    def kill_whole(self, name: str) -> bool:
        living = _living(self.workers[name].pid)
        if living is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.killpg(living.pid, signal.SIGKILL)
            return True
        return False

    def _kill_child(self, name: str, lot: float) -> bool:
        found = self.children(name)
        place = int(lot * len(self.workers) % 1 * len(found))
        return bool(found) and _sent(found[place].pid, signal.SIGKILL)

    def children(self, name: str) -> list[psutil.Process]:
        living = _living(self.workers[name].pid)
        with contextlib.suppress(psutil.NoSuchProcess):
            return living.children() if living else []
        return []

    def _kill_api(self, lot: float) -> bool:
        """The master of gunicorn or its worker."""
        master = _living(self._others["web"].pid)
        with contextlib.suppress(psutil.NoSuchProcess):
            below = master.children() if master else []
            return bool(below) and master is not None and _sent((below[0] if lot < 0.5 else master).pid, signal.SIGKILL)
        return False

    # -- as a doctor ---------------------------------------------------------------------------------------------

    def ready(self, within_s: float = READY_S) -> None:
        """Returns when the API and every worker are there."""
        await_(lambda: all(self.up(name) for name in self.workers) and self.health(), within_s, "the fleet")

    def up(self, name: str) -> bool:
        """A worker that is ready has its children, and said so since it was started."""
        living = _living(self.workers[name].pid)
        if living is None:
            return False
        log = (self.home / "logs" / f"{name}.log").read_text(errors="replace")
        return any(f"-{living.pid}@" in line and " ready" in line for line in log.split("\n"))


@contextmanager
def fleet(home: Path, broker: str, each: int = 2, children: int = 2, lease_s: float = LEASE_S) -> Iterator[Fleet]:
    """One that is ready, with ``each`` workers of a kind. Nothing of it is left after the block, however that ends."""
    home.mkdir(parents=True, exist_ok=True)
    with carrier(broker, home) as kept:
        port = free_port()
        env = _env(home, port, children, lease_s) | kept.env
        subprocess.run([*_argv("tables")], env={**os.environ, **env}, check=True)
        kinds = {f"{kind}-{number}": kind for kind in WORKER_QUEUES for number in range(1, each + 1)}
        workers = {name: _process(processes.worker(kind), name, home, env) for name, kind in kinds.items()}
        programs = (processes.beat(), processes.web())
        others = {program.name: _process(program, program.name, home, env) for program in programs}
        with _supervised([kept.children, [*workers.values(), *others.values()]]) as said:
            running = Fleet(home, kept, port, workers, others)
            running.said = said
            running.ready()
            yield running


@contextmanager
def _supervised(tiers: Any) -> Iterator[list[str]]:
    """In a thread of its own: children end with the thread that starts them."""
    said: list[str] = []
    supervisor = Supervisor(tiers, lambda name, words: said.append(f"{time.monotonic():.2f} {name} {words}"), PACE)
    stop = threading.Event()
    thread = threading.Thread(target=supervisor.run, args=(stop,), daemon=True)
    thread.start()
    try:
        yield said
    finally:
        stop.set()
        supervisor.kill()
        thread.join(60)


def _env(home: Path, port: int, children: int, lease_s: float) -> dict[str, str]:
    return {
        "PYTHONPATH": str(ROOT),
        "PYTOON_HOME": str(home),
        "PYTOON_PORT": str(port),
        "PYTOON_MIN_FREE_MB": "50",
        "PYTOON_LEASE_S": str(lease_s),
        "PYTOON_LOCK_S": str(lease_s * 0.6),
        "PYTOON_GPU_WORKERS": str(children),
        "PYTOON_CPU_WORKERS": str(children),
        "PYTOON_BROKER_URL": "",
        "PYTOON_RESULT_URL": "",
        "PYTOON_DATABASE_URL": "",
    }


def _process(program: Program, name: str, home: Path, env: dict[str, str]) -> Process:
    """The house's own program, with the studio that makes nothing."""
    made = replace(program, name=name, argv=_argv(program.name), env={**program.env, **env})
    return Process(made, home / "logs" / f"{name}.log")


def _argv(kind: str) -> tuple[str, ...]:
    return sys.executable, "-P", "-m", "tests.faults.duty", kind


def _living(pid: int | None) -> psutil.Process | None:
    with contextlib.suppress(psutil.NoSuchProcess):
        found = psutil.Process(pid) if pid else None
        return found if found and found.status() != psutil.STATUS_ZOMBIE else None
    return None


def _sent(pid: int, sign: signal.Signals) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, sign)
        return True
    return False


def await_(true: Callable[[], object], within_s: float, what: str) -> None:
    deadline = time.monotonic() + within_s
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {within_s:g} s")
        time.sleep(0.02)
