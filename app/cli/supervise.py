"""Keeps processes running, and leaves none behind."""

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
from app.core.parent_death import ends_with_parent

MAX_LOG_BYTES = 20 << 20


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """How often to look, how long to wait before starting again, and when to give up."""

    look_s: float = 0.25
    first_wait_s: float = 0.5
    longest_wait_s: float = 30.0
    settled_s: float = 10.0
    most_false_starts: int = 5

    def wait_s(self, false_starts: int) -> float:
        """Before the next start: doubled with each one that failed."""
        return min(self.longest_wait_s, self.first_wait_s * 2.0**false_starts)


class Child(Protocol):
    """Something that runs until it is stopped."""

    @property
    def name(self) -> str: ...

    def start(self) -> None:
        """Starts it, also when it has run before."""

    def alive(self) -> bool: ...

    def stop(self) -> None:
        """Returns when nothing of it runs any more."""

    def kill(self) -> None:
        """Ends it at once."""


@dataclass(frozen=True, slots=True)
class Program:
    """What to run. ``stops`` are the signals that ask it to end, each with the seconds it has to obey."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    stops: tuple[tuple[signal.Signals, float], ...] = ((signal.SIGTERM, 10.0),)


class Process:
    """A program that runs in a process group of its own and writes to ``log``."""

    def __init__(self, program: Program, log: Path) -> None:
        self.name = program.name
        self._program = program
        self._log = log
        self._popen: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._popen.pid if self._popen else None

    def start(self) -> None:
        """It ends with the thread that calls this, as does everything it started in its group."""
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
                preexec_fn=ends_with_parent(),
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
        """What is left of its group goes too: a leader that died leaves its children behind."""
        self.kill()
        if self._popen:
            self._popen.wait()
        self._popen = None


@dataclass(slots=True)
class SupervisedProcess:
    """A child and how it has been doing."""

    child: Child
    started_at: float = 0.0
    begin_at: float | None = None
    false_starts: int = 0


class Supervisor:
    """Starts tiers of children in order, starts again what dies, and stops all of them in reverse.

    ``say(name, words)`` is told what happens. A child that dies again and again without ever settling ends it
    all: then something is wrong that trying again does not cure.
    """

    def __init__(
        self, tiers: Sequence[Sequence[Child]], say: Callable[[str, str], None], pace: RestartPolicy | None = None
    ) -> None:
        self._tiers = [[SupervisedProcess(child) for child in tier] for tier in tiers]
        self._say = say
        self._pace = pace or RestartPolicy()

    def run(self, stop: Event) -> str | None:
        """Returns when ``stop`` is set, or with the name of the child that would not stay. Nothing runs afterwards."""
        try:
            for post in self._posts():
                self._start(post)
            while not stop.wait(self._pace.look_s):
                for post in self._posts():
                    self._look_after(post)
                    if post.false_starts >= self._pace.most_false_starts:
                        return post.child.name
            return None
        finally:
            self._stop()

    def kill(self) -> None:
        """For the impatient: ends everything at once; ``run`` then returns."""
        for post in self._posts():
            post.child.kill()

    def _posts(self) -> list[SupervisedProcess]:
        return [post for tier in self._tiers for post in tier]

    def _start(self, post: SupervisedProcess) -> None:
        post.begin_at = None
        post.started_at = time.monotonic()
        post.child.start()
        self._say(post.child.name, "started")

    def _start_again(self, post: SupervisedProcess) -> None:
        try:
            self._start(post)
        except (PytoonError, OSError) as error:  # a full disk, say: it counts as a false start
            self._say(post.child.name, str(error))

    def _look_after(self, post: SupervisedProcess) -> None:
        now = time.monotonic()
        if post.begin_at is not None:
            if now >= post.begin_at:
                self._start_again(post)
        elif not post.child.alive():
            has_settled = now - post.started_at >= self._pace.settled_s
            post.false_starts = 0 if has_settled else post.false_starts + 1
            wait_s = self._pace.wait_s(post.false_starts)
            post.begin_at = now + wait_s
            self._say(post.child.name, f"ended; starting it again in {wait_s:g} s")

    def _stop(self) -> None:
        for tier in reversed(self._tiers):
            with ThreadPoolExecutor(max(1, len(tier))) as pool:
                list(pool.map(lambda post: post.child.stop(), tier))


def trim(log: Path) -> None:
    """A log that has grown too large becomes ``….1`` and begins anew, under the hands of who writes it."""
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > MAX_LOG_BYTES:
            shutil.copyfile(log, log.with_name(log.name + ".1"))
            os.truncate(log, 0)
