"""The programs of the stack: arguments, queues, environment, and the signals that stop them."""

from __future__ import annotations

import os
import signal
import socket
import sys
from typing import Any, NoReturn

from app.cli.supervise import Program
from app.core.config import Settings
from schemas.steps import THREADED_WORKER, WORKER_QUEUES

# SIGTERM lets a worker finish its tasks, SIGQUIT makes it return them to the queue; afterwards it is killed.
WORKER_STOPS = ((signal.SIGTERM, 6.0), (signal.SIGQUIT, 0.5), (signal.SIGQUIT, 4.0))
# Read-only: a task that is revoked in Flower ends without its job being cancelled. The arguments name run and scene.
FLOWER = ("--read_only", "--tasks_columns=name,args,state,received,runtime,worker,uuid")
# Workers run in parallel as processes; threads of numeric libraries would only compete with them.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def worker(kind: str) -> Program:
    """``kind`` is "gpu" (scenes), "cpu" (planning, sound, encoding) or "api" (orders at hosted engines)."""
    return _program(kind, ONE_THREAD, WORKER_STOPS)


def beat() -> Program:
    return _program("beat")


def web() -> Program:
    """The API; a request in progress, such as an upload, gets 8 seconds to finish."""
    return _program("web", stops=((signal.SIGTERM, 8.0),))


def flower() -> Program:
    return _program("flower")


def stack(with_flower: bool) -> list[Program]:
    """All programs except the broker."""
    return [worker("gpu"), worker("cpu"), worker("api"), beat(), web(), *([flower()] if with_flower else [])]


def become(program: Program) -> NoReturn:
    """Replace this process by the program, with the same pid and terminal."""
    os.execve(program.argv[0], program.argv, {**os.environ, **program.env})  # noqa: S606 - our own argv


def worker_options(kind: str, settings: Settings) -> dict[str, Any]:
    """The arguments for ``celery.Worker``."""
    concurrency = {"gpu": settings.gpu_workers, "cpu": settings.cpu_children, "api": settings.api_threads}
    return {
        "pool": "threads" if kind == THREADED_WORKER else "prefork",
        "hostname": f"{kind}-{os.getpid()}@{socket.gethostname()}",
        "queues": list(WORKER_QUEUES[kind]),
        "concurrency": concurrency[kind],
        "task_events": True,
        "without_mingle": True,
        "without_gossip": True,
        "quiet": True,
    }


def flower_argv(settings: Settings) -> list[str]:
    """The arguments for Celery's own command line."""
    return ["-q", "flower", "--address=127.0.0.1", f"--port={settings.flower_port}", *FLOWER]


def _program(
    name: str,
    env: dict[str, str] | None = None,
    stops: tuple[tuple[signal.Signals, float], ...] = ((signal.SIGTERM, 5.0),),
) -> Program:
    # -P: a directory or file called "app" or "tasks" in the current directory must not be imported.
    argv = (sys.executable, "-P", "-m", "app.cli.process_main", name)
    return Program(name, argv, {"PYTOON_PROCESS": name, **(env or {})}, stops)
