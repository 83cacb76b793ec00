"""A cluster of real processes under the supervisor of ``pytoon serve``, into which faults are injected."""

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

from app.cli import programs
from app.cli.supervise import Process, Program, RestartPolicy, Supervisor
from schemas.steps import THREADED_WORKER, WORKER_QUEUES
from tests.faults.brokers import BrokerSetup, broker_setup, free_port
from tests.faults.execution_log import Entry, ExecutionLog, start_times
from tests.faults.fault_plan import Fault

ROOT = Path(__file__).parent.parent.parent
LEASE_S = 5.0
# The supervisor restarts every process of a cluster without limit, because they end only by injected faults.
RESTART_POLICY = RestartPolicy(
    look_s=0.1, first_wait_s=0.3, longest_wait_s=0.3, settled_s=0, most_false_starts=1_000_000
)
READY_S = 90.0
INJECT_WITHIN_S = 15.0
FINAL_STATES = ("DONE", "FAILED", "CANCELLED")


@dataclass(frozen=True, slots=True)
class Job:
    """A submitted job with the ids from the response."""

    id: str
    run_id: str
    scenes: int
    title: str


class Cluster:
    """A running cluster; ``running_cluster`` creates it.

    ``workers`` are the worker processes by name; ``services`` are beat and the API ("web").
    """

    def __init__(
        self,
        home: Path,
        broker: BrokerSetup,
        port: int,
        workers: dict[str, Process],
        services: dict[str, Process],
        supervisor_log: list[str],
    ):
        self.home = home
        self.broker = broker
        self.execution_log = ExecutionLog(home / "execution_log")
        self.workers = workers
        self.jobs: list[Job] = []
        self.supervisor_log = supervisor_log
        self._services = services
        self._url = f"http://127.0.0.1:{port}"

    # -- client ----------------------------------------------------------------------------------------------------

    def submit(self, scenes: int, title: str = "", within_s: float = 120, key: str | None = None) -> Job:
        """Submit a job over HTTP, retrying with the same idempotency key until the API accepts it."""
        body = {"scenes": [{"description": f"Scene {n}"} for n in range(scenes)], "music": "none", "title": title}
        headers = {"Idempotency-Key": key or uuid.uuid4().hex}
        response = self._request("POST", "/api/v2/jobs", within_s, json=body, headers=headers)
        job = Job(response["job_id"], response["run_id"], scenes, title)
        self.jobs.append(job)
        return job

    def state(self, job: Job) -> str:
        return str(self._request("GET", f"/api/v2/jobs/{job.id}")["state"])

    def error(self, job: Job) -> Any:
        """Return the error of a failed job as the API reports it."""
        return self._request("GET", f"/api/v2/jobs/{job.id}").get("error")

    def cancel(self, job: Job) -> str:
        return str(self._request("POST", f"/api/v2/jobs/{job.id}/cancel")["state"])

    def is_healthy(self) -> bool:
        try:
            return requests.get(f"{self._url}/health", timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def _request(self, method: str, path: str, within_s: float = 120, **options: Any) -> dict[str, Any]:
        deadline = time.monotonic() + within_s
        while True:
            try:
                response = requests.request(method, self._url + path, timeout=15, **options)
                if response.status_code < 500:
                    assert response.ok, (path, response.status_code, response.text)
                    body: dict[str, Any] = response.json()
                    return body
            except requests.RequestException:
                pass
            if time.monotonic() > deadline:
                raise TimeoutError(f"{method} {path}: no response within {within_s:g} s")
            time.sleep(0.1)

    def wait_for_jobs(self, jobs: list[Job], within_s: float) -> dict[str, str]:
        """Return the states of the jobs by id, once all have ended or after ``within_s``."""
        states = {job.id: "" for job in jobs}
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            for job in jobs:
                if states[job.id] not in FINAL_STATES:
                    states[job.id] = self.state(job)
            if all(state in FINAL_STATES for state in states.values()):
                break
            time.sleep(0.3)
        return states

    def stored_job_ids(self) -> set[str]:
        """Return the ids of all jobs in the database."""
        with contextlib.closing(sqlite3.connect(self.home / "pytoon.db", timeout=15)) as database:
            return {row[0] for row in database.execute("select id from job")}

    def release_steps(self) -> None:
        """Let steps continue that block."""
        (self.home / "released").touch()

    def block_steps(self) -> None:
        (self.home / "released").unlink(missing_ok=True)

    # -- execution log ---------------------------------------------------------------------------------------------

    def entries(self, job: Job) -> tuple[Entry, ...]:
        return self.execution_log.entries(job.run_id)

    def wait_for_start(self, job: Job, step: str, times: int = 1, within_s: float = 60) -> Entry:
        """Wait until a step has started ``times`` times and return the last of these starts."""
        wait_for(
            lambda: len(start_times(self.entries(job), step)) >= times, within_s, f"{step} of {job.run_id} × {times}"
        )
        return [entry for entry in self.entries(job) if entry.event == "start" and entry.step == step][times - 1]

    def worker_of(self, entry: Entry) -> str:
        """Return the name of the worker whose child wrote an entry."""
        parent = psutil.Process(entry.pid).ppid()
        return next(name for name, process in self.workers.items() if process.pid == parent)

    # -- faults ----------------------------------------------------------------------------------------------------

    def inject(self, fault: Fault) -> bool:
        """Inject a fault, waiting for its target to run; return False if it does not run in time."""
        deadline = time.monotonic() + INJECT_WITHIN_S
        while time.monotonic() < deadline:
            if self._try_to_inject(fault):
                return True
            time.sleep(0.05)
        return False

    def _try_to_inject(self, fault: Fault) -> bool:
        name = list(self.workers)[int(fault.selector * len(self.workers))]
        match fault.kind:
            case "child":
                return self._kill_child(fault.selector)
            case "main":
                return self._kill(self.workers[name])
            case "term":
                return self.terminate_worker(name)
            case "worker":
                return self.kill_worker(name)
            case "all_workers":
                return sum(map(self.kill_worker, self.workers)) == len(self.workers)
            case "broker":
                self.broker.kill()
                return True
            case "connections":
                assert self.broker.proxy
                return self.broker.proxy.drop_connections() > 0
            case "api":
                return self._kill_api(fault.selector)
        return self._kill(self._services["beat"])

    def terminate_worker(self, name: str) -> bool:
        return self._kill(self.workers[name], signal.SIGTERM)

    def kill_process(self, pid: int) -> bool:
        return _send_signal(pid, signal.SIGKILL)

    def _kill(self, process: Process, sign: signal.Signals = signal.SIGKILL) -> bool:
        running = _running(process.pid)
        return running is not None and _send_signal(running.pid, sign)

    def kill_worker(self, name: str) -> bool:
        """Kill the main process of a worker and all its children."""
        running = _running(self.workers[name].pid)
        if running is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
            return True
        return False

    def _kill_child(self, selector: float) -> bool:
        """Kill a child of a worker that has some; one with threads has none."""
        names = [name for name in self.workers if not name.startswith(f"{THREADED_WORKER}-")]
        children = self.children(names[int(selector * len(names))])
        index = int(selector * len(names) % 1 * len(children))
        return bool(children) and _send_signal(children[index].pid, signal.SIGKILL)

    def children(self, name: str) -> list[psutil.Process]:
        running = _running(self.workers[name].pid)
        with contextlib.suppress(psutil.NoSuchProcess):
            return running.children() if running else []
        return []

    def _kill_api(self, selector: float) -> bool:
        """Kill the master process of gunicorn or its worker."""
        master = _running(self._services["web"].pid)
        with contextlib.suppress(psutil.NoSuchProcess):
            children = master.children() if master else []
            if not master or not children:
                return False
            return _send_signal((children[0] if selector < 0.5 else master).pid, signal.SIGKILL)
        return False

    # -- readiness -------------------------------------------------------------------------------------------------

    def wait_until_ready(self, within_s: float = READY_S) -> None:
        """Wait until the API and every worker are ready."""
        wait_for(
            lambda: all(self.is_ready(name) for name in self.workers) and self.is_healthy(), within_s, "the cluster"
        )

    def is_ready(self, name: str) -> bool:
        """Return whether the worker's current process has logged that it is ready; its children run by then."""
        running = _running(self.workers[name].pid)
        if running is None:
            return False
        log = (self.home / "logs" / f"{name}.log").read_text(errors="replace")
        return any(f"-{running.pid}@" in line and " ready" in line for line in log.split("\n"))


@contextmanager
def running_cluster(
    home: Path, broker: str, workers_per_kind: int = 2, children: int = 2, lease_s: float = LEASE_S
) -> Iterator[Cluster]:
    """Start a cluster and wait until it is ready. All its processes are ended after the block, also on an error."""
    home.mkdir(parents=True, exist_ok=True)
    with broker_setup(broker, home) as setup:
        port = free_port()
        env = _env(home, port, children, lease_s) | setup.env
        subprocess.run([*_argv("tables")], env={**os.environ, **env}, check=True)
        kinds = {f"{kind}-{number}": kind for kind in WORKER_QUEUES for number in range(1, workers_per_kind + 1)}
        workers = {name: _process(programs.worker(kind), name, home, env) for name, kind in kinds.items()}
        services = {
            program.name: _process(program, program.name, home, env) for program in (programs.beat(), programs.web())
        }
        with _supervised([setup.servers, [*workers.values(), *services.values()]]) as log:
            cluster = Cluster(home, setup, port, workers, services, log)
            cluster.wait_until_ready()
            yield cluster


@contextmanager
def _supervised(tiers: Any) -> Iterator[list[str]]:
    """Run the supervisor in one thread for the whole block, because a child ends with the thread that starts it."""
    log: list[str] = []
    supervisor = Supervisor(
        tiers, lambda name, message: log.append(f"{time.monotonic():.2f} {name} {message}"), RESTART_POLICY
    )
    stop = threading.Event()
    thread = threading.Thread(target=supervisor.run, args=(stop,), daemon=True)
    thread.start()
    try:
        yield log
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
    """Return a process of ``pytoon serve`` that runs the recording tasks instead of the real steps."""
    changed = replace(program, name=name, argv=_argv(program.name), env={**program.env, **env})
    return Process(changed, home / "logs" / f"{name}.log")


def _argv(kind: str) -> tuple[str, ...]:
    return sys.executable, "-P", "-m", "tests.faults.cluster_process", kind


def _running(pid: int | None) -> psutil.Process | None:
    """Return the process, or ``None`` if it has ended; a zombie has."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid) if pid else None
        return process if process and process.status() != psutil.STATUS_ZOMBIE else None
    return None


def _send_signal(pid: int, sign: signal.Signals) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, sign)
        return True
    return False


def wait_for(condition: Callable[[], object], within_s: float, description: str) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{description}: not within {within_s:g} s")
        time.sleep(0.02)
