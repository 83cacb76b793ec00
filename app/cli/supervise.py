"""Supervision of processes: start in order, restart after an exit, stop in reverse order."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Protocol

from app.core.errors import PytoonError
from app.core.parent_death import end_with_parent_hook

MAX_LOG_BYTES = 20 << 20


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """When a supervisor restarts a child and when it gives up.

    ``look_s`` is the time between two looks. A child that lasts for ``settled_s`` counts as started; after
    ``most_false_starts`` shorter runs in a row the supervisor gives up.
    """

    look_s: float = 0.25
    first_wait_s: float = 0.5
    longest_wait_s: float = 30.0
    settled_s: float = 10.0
    most_false_starts: int = 5

    def wait_s(self, false_starts: int) -> float:
        """The time before the next start; it doubles with each false start."""
        return min(self.longest_wait_s, self.first_wait_s * 2.0**false_starts)


class Child(Protocol):
    """A process, or several, that run until they are stopped."""

    @property
    def name(self) -> str: ...

    def start(self) -> None:
        """Start, for the first time or again."""

    def alive(self) -> bool: ...

    def stop(self) -> None:
        """Stop; return when no process of it runs any more."""

    def kill(self) -> None:
        """Kill at once."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program to run. ``stops`` are the signals that stop it, each with the seconds to wait for its end."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    stops: tuple[tuple[signal.Signals, float], ...] = ((signal.SIGTERM, 10.0),)


class Process:
    """A program that runs in its own process group and writes to ``log``."""

    def __init__(self, program: Program, log: Path) -> None:
        self.name = program.name
        self._program = program
        self._log = log
        self._popen: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._popen.pid if self._popen else None

    def start(self) -> None:
        """Start the program. The kernel kills it when the calling thread ends."""
        self._clear()
        self._log.parent.mkdir(parents=True, exist_ok=True)
        trim(self._log)
        with self._log.open("ab") as out:
            self._popen = subprocess.Popen(
                self._program.argv,
                env={**os.environ, **self._program.env},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                preexec_fn=end_with_parent_hook(),
            )

    def alive(self) -> bool:
        trim(self._log)
        return self._popen is not None and self._popen.poll() is None

    def stop(self) -> None:
        for sign, within_s in self._program.stops:
            if self._popen is None or self._popen.poll() is not None:
                break
            self._popen.send_signal(sign)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._popen.wait(within_s)
        self._clear()

    def kill(self) -> None:
        popen = self._popen  # another thread may be stopping it
        if popen:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(popen.pid, signal.SIGKILL)

    def _clear(self) -> None:
        """Kill the whole process group: the children of a leader that has ended may still run."""
        self.kill()
        if self._popen:
            self._popen.wait()
        self._popen = None


@dataclass(slots=True)
class SupervisedProcess:
    """A child with its start time, the time of its next start, and its false starts in a row."""

    child: Child
    started_at: float = 0.0
    restart_at: float | None = None
    false_starts: int = 0


class Supervisor:
    """Starts tiers of children in order, restarts those that end, and stops all tiers in reverse order.

    ``say(name, words)`` is called with each event. When a child ends too often without settling, all are stopped,
    because another restart would not help.
    """

    def __init__(
        self, tiers: Sequence[Sequence[Child]], say: Callable[[str, str], None], policy: RestartPolicy | None = None
    ) -> None:
        self._tiers = [[SupervisedProcess(child) for child in tier] for tier in tiers]
        self._say = say
        self._policy = policy or RestartPolicy()

    def run(self, stop: Event) -> str | None:
        """Supervise until ``stop`` is set; return the name of the child that would not settle, if any.

        No child runs afterwards.
        """
        try:
            for process in self._processes():
                self._start(process)
            while not stop.wait(self._policy.look_s):
                for process in self._processes():
                    self._check(process)
                    if process.false_starts >= self._policy.most_false_starts:
                        return process.child.name
            return None
        finally:
            self._stop()

    def kill(self) -> None:
        """Kill all children at once; ``run`` then returns."""
        for process in self._processes():
            process.child.kill()

    def _processes(self) -> list[SupervisedProcess]:
        return [process for tier in self._tiers for process in tier]

    def _start(self, process: SupervisedProcess) -> None:
        process.restart_at = None
        process.started_at = time.monotonic()
        process.child.start()
        self._say(process.child.name, "started")

    def _restart(self, process: SupervisedProcess) -> None:
        try:
            self._start(process)
        except (PytoonError, OSError) as error:  # such as a full disk; counts as a false start
            self._say(process.child.name, str(error))

    def _check(self, process: SupervisedProcess) -> None:
        now = time.monotonic()
        if process.restart_at is not None:
            if now >= process.restart_at:
                self._restart(process)
        elif not process.child.alive():
            has_settled = now - process.started_at >= self._policy.settled_s
            process.false_starts = 0 if has_settled else process.false_starts + 1
            wait_s = self._policy.wait_s(process.false_starts)
            process.restart_at = now + wait_s
            self._say(process.child.name, f"ended; it is started again in {wait_s:g} s")

    def _stop(self) -> None:
        for tier in reversed(self._tiers):
            with ThreadPoolExecutor(max(1, len(tier))) as pool:
                list(pool.map(lambda process: process.child.stop(), tier))


def trim(log: Path) -> None:
    """Copy a log that exceeds ``MAX_LOG_BYTES`` to ``….1`` and truncate it; the writing process keeps it open."""
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > MAX_LOG_BYTES:
            shutil.copyfile(log, log.with_name(log.name + ".1"))
            os.truncate(log, 0)
