"""The processes of the stack: what runs, on which queues, and how it is asked to end."""

from __future__ import annotations

import os
import signal
import sys
from typing import NoReturn

from app.cli.supervise import Program
from app.core.config import Settings
from schemas.steps import WORKER_QUEUES

# A worker lets what it does come to its end, then puts it back into the queue; only then it is killed.
WORKER_STOPS = ((signal.SIGTERM, 6.0), (signal.SIGQUIT, 0.5), (signal.SIGQUIT, 4.0))
# It watches only: a task that is ended there is ended behind its job's back. Arguments say which scene of which run.
FLOWER = ("--read_only", "--tasks_columns=name,args,state,received,runtime,worker,uuid")
# Parallel work is by processes here: threads of libraries would only get into each other's way.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def worker(kind: str) -> Program:
    """``kind`` is "gpu" (scenes and hosted engines) or "cpu" (planning, sound, encoding)."""
    return _duty(kind, ONE_THREAD, WORKER_STOPS)


def beat() -> Program:
    return _duty("beat")


def web() -> Program:
    """The API; a request that is being answered may take a while, an upload for instance."""
    return _duty("web", stops=((signal.SIGTERM, 8.0),))


def flower() -> Program:
    return _duty("flower")


def stack(with_flower: bool) -> list[Program]:
    """Everything but the broker."""
    return [worker("gpu"), worker("cpu"), beat(), web(), *([flower()] if with_flower else [])]


def become(program: Program) -> NoReturn:
    """This process goes on as the program: same pid, same terminal."""
    os.execve(program.argv[0], program.argv, {**os.environ, **program.env})  # noqa: S606 - our own argv


def celery_argv(kind: str, settings: Settings) -> list[str]:
    """The arguments for Celery's own command line."""
    if kind == "beat":
        return ["-q", "beat", "--pidfile="]
    if kind == "flower":
        return ["-q", "flower", "--address=127.0.0.1", f"--port={settings.flower_port}", *FLOWER]
    children = settings.gpu_workers if kind == "gpu" else settings.cpu_children
    return [
        *("-q", "worker", "-Q", ",".join(WORKER_QUEUES[kind]), "-n", f"{kind}-{os.getpid()}@%h"),
        *("-c", str(children), "-P", "prefork", "-E", "--without-mingle", "--without-gossip"),
    ]


def _duty(
    name: str,
    env: dict[str, str] | None = None,
    stops: tuple[tuple[signal.Signals, float], ...] = ((signal.SIGTERM, 5.0),),
) -> Program:
    # -P: a folder or file called "app" or "tasks" where the user happens to be is not ours.
    argv = (sys.executable, "-P", "-m", "app.cli.process_main", name)
    return Program(name, argv, {"PYTOON_PROCESS": name, **(env or {})}, stops)
