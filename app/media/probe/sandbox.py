"""Look into a user's file in a child process with limits of CPU, time and memory; only so many files at a time."""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.core.child_environment import PROGRAMS, inherited
from app.core.config import Settings, settings
from app.core.errors import BadMedia, Overloaded
from app.core.log import logger
from app.media.probe.facts import Limits, MediaFacts

log = logger(__name__)
# Every file is tried with this share of the limits first, so that ordinary files do not wait for expensive ones.
QUICK_SHARE = 0.2
QUICK_PLACES_PER_PROBE = 2
# Time for the start of the server and of a child on a loaded machine, beyond the limit of the child itself.
START_S = 60.0
INHERITED = (*PROGRAMS, "HOME", "TMPDIR", "PYTOON_FFMPEG")
SAVE_AGAIN = "Save it again with another program, smaller or in another format, and send that file."


@dataclass(frozen=True, slots=True)
class Budget:
    """What one attempt at a file may use."""

    cpu_s: int
    wall_s: int
    mb: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """``answer`` is ``None`` if the child was ended by the signal ``ended_by``."""

    answer: dict[str, Any] | None
    ended_by: int
    cpu_s: float
    rss_kb: int

    @property
    def is_over_budget(self) -> bool:
        return self.ended_by in (signal.SIGXCPU, signal.SIGALRM)


def sandboxed_facts(path: Path, field: str, limits: Limits) -> MediaFacts:
    """Return the facts of a file, read in a child process. Raises ``BadMedia``, or ``Overloaded`` if none gets free."""
    chosen = settings()
    quick, thorough = _budgets(chosen)
    with place(places_of(chosen.probes).quick, chosen.probe_wait_s):
        outcome = look(path, field, limits, quick)
    if outcome.is_over_budget:
        with place(places_of(chosen.probes).thorough, chosen.probe_wait_s):
            outcome = look(path, field, limits, thorough)
    return facts_of(outcome, field, chosen)


def look(path: Path, field: str, limits: Limits, budget: Budget) -> Outcome:
    """Look into a file once with a budget, without waiting for a place."""
    request = {"path": str(path.absolute()), "field": field, "limits": asdict(limits), **asdict(budget)}
    reply = _server().ask(json.dumps(request).encode() + b"\n", budget.wall_s + START_S)
    answer = json.loads(reply["answer"]) if reply["answer"] else None
    return Outcome(answer, reply["ended_by"], reply["cpu_s"], reply["rss_kb"])


def _budgets(chosen: Settings) -> tuple[Budget, Budget]:
    """Return the budgets of the first and of the second attempt; together they are the limits of the settings."""
    cpu_s, wall_s = (max(1, round(total * QUICK_SHARE)) for total in (chosen.probe_cpu_s, chosen.probe_s))
    rest = Budget(max(1, chosen.probe_cpu_s - cpu_s), max(1, chosen.probe_s - wall_s), chosen.probe_mb)
    return Budget(cpu_s, wall_s, chosen.probe_mb), rest


def facts_of(outcome: Outcome, field: str, chosen: Settings) -> MediaFacts:
    """Return the facts that a child has read. Raises ``BadMedia`` if it refused the file or exceeded a limit."""
    answer = outcome.answer
    if answer is None:
        raise BadMedia(field, _reason_of(outcome.ended_by, chosen), SAVE_AGAIN)
    if "facts" in answer:
        return MediaFacts(**answer["facts"])
    if "refused" in answer:
        raise BadMedia(field, *answer["refused"])
    if "failed" in answer:
        log.error("a file could not be read", traceback=answer["failed"])
        raise BadMedia(field, "it is damaged or incomplete", SAVE_AGAIN)
    raise BadMedia(field, f"it takes more than {chosen.probe_mb} MB of memory to read", SAVE_AGAIN)


def _reason_of(ended_by: int, chosen: Settings) -> str:
    if ended_by == signal.SIGXCPU:
        return f"it takes more than {chosen.probe_cpu_s} s of CPU to read"
    if ended_by == signal.SIGALRM:
        return f"it takes more than {chosen.probe_s} s to read"
    if ended_by in (signal.SIGKILL, 0):
        return f"it takes more than {chosen.probe_mb} MB of memory to read"
    return f"it is damaged: its decoder ends with {signal.Signals(ended_by).name}"


# -- places ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Places:
    quick: threading.Semaphore
    thorough: threading.Semaphore


@lru_cache
def places_of(probes: int) -> Places:
    """Return the places of this process for the first attempt at a file and for the second one."""
    probes = max(1, probes)
    return Places(threading.Semaphore(QUICK_PLACES_PER_PROBE * probes), threading.Semaphore(probes))


@contextmanager
def place(places: threading.Semaphore, wait_s: float) -> Iterator[None]:
    """Take one of ``places`` for the block. Raises ``Overloaded`` if none gets free in ``wait_s``."""
    if not places.acquire(timeout=wait_s):
        raise Overloaded("too many files are inspected at the moment")
    try:
        yield
    finally:
        places.release()


# -- the server process ----------------------------------------------------------------------------------------------


class SandboxServer:
    """The server process of this process; it ends when this process ends, because its socket is closed then."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._start()

    def ask(self, request: bytes, timeout_s: float) -> dict[str, Any]:
        """Send one request and return the reply. A server that was killed is started again once."""
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                self._hand_over(theirs)
            ours.settimeout(timeout_s)
            ours.sendall(request)
            reply = ours.makefile("rb").read()
        if not reply:
            raise ChildProcessError("the process that looks into files ended without an answer")
        answer: dict[str, Any] = json.loads(reply)
        return answer

    def close(self) -> None:
        self._control.close()
        self._process.wait()

    def _hand_over(self, connection: socket.socket) -> None:
        with self._lock:
            if self._process.poll() is not None:
                self._control.close()
                self._start()
            socket.send_fds(self._control, [b"f"], [connection.fileno()])

    def _start(self) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            # -P: no file of the current directory is imported. One arena: others would use up the address space.
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "app.media.probe.sandbox_server", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env={**inherited(INHERITED), "MALLOC_ARENA_MAX": "1", "PYTHONPATH": str(Path(__file__).parents[3])},
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )


def start() -> None:
    """Start the server of this process; without this call it starts with the first file."""
    _server()


_start_lock = threading.Lock()


def _server() -> SandboxServer:
    with _start_lock:
        return _server_of(os.getpid())


@lru_cache(maxsize=1)
def _server_of(_pid: int) -> SandboxServer:
    server = SandboxServer()
    atexit.register(server.close)
    return server
