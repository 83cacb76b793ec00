"""ffmpeg as a value and then as a process: the only place in the house that starts one."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from app.core.config import settings
from app.core.errors import MediaStalled, MediaTooSlow, Unconfigured
from app.core.parent_death import ends_with_parent
from app.media.ffmpeg_errors import failure

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

ERROR_LINES = 12
# A report has a line or three for every stretch it found; more than this is a flood.
MAX_REPORT_LINES = 20_000
# How often, in one stall's time, it is looked whether a process has done something.
CHECKS_PER_STALL = 12
MIN_CHECK_INTERVAL_S = 0.05


@dataclass(frozen=True, slots=True)
class Command:
    """One run of ffmpeg: ``what`` names it in errors, ``args`` are everything behind the global options.

    ``limit_s`` ends it for good, whatever it does; ``env`` is set on top of this process's own environment.
    """

    purpose: str
    args: tuple[str, ...]
    limit_s: float = 3600.0
    env: tuple[tuple[str, str], ...] = ()

    @property
    def argv(self) -> list[str]:
        return [binary(), "-hide_banner", "-nostdin", "-y", *self.args]


def command(what: str, *args: str | int | float | Path, limit_s: float = 3600.0) -> Command:
    return Command(what, tuple(str(arg) for arg in args), limit_s)


@lru_cache(maxsize=1)
def binary() -> str:
    """The ffmpeg to run: the one a setting names, or the one that came with the package. Raises ``Unconfigured``."""
    named = settings().ffmpeg
    if named:
        found = shutil.which(named)
        if not found:
            raise Unconfigured("ffmpeg", f"PYTOON_FFMPEG={named} is not there")
        return found
    import imageio_ffmpeg

    return str(imageio_ffmpeg.get_ffmpeg_exe())


@lru_cache(maxsize=1)
def release() -> str:
    """The version that ``binary()`` says it is: what another one encodes cannot always be joined to this one's."""
    said = subprocess.run([binary(), "-version"], capture_output=True, text=True, check=True, timeout=30)
    return said.stdout.split("\n", 1)[0]


def run(todo: Command) -> str:
    """Runs to the end and returns standard error (ffmpeg's report).

    Raises ``MediaError``, and of it ``MediaStalled`` and ``MediaKilled``; ``StorageFull`` and ``StorageReadOnly``.
    """
    with start(todo, subprocess.DEVNULL, subprocess.DEVNULL) as process:
        return process.finish()


@contextmanager
def feed(todo: Command) -> Iterator[Input]:
    """``with fed(command) as into: into.write(frame)``: frames go in by standard input; ends when the block ends.

    Raises as ``run``.
    """
    with start(todo, subprocess.PIPE, subprocess.DEVNULL) as process:
        feeding = Input(process)
        yield feeding
        feeding.close()


@contextmanager
def read_output(todo: Command) -> Iterator[IO[bytes]]:
    """``with reading(command) as out: out.read(n)``: frames come by standard output; leaving early ends the process.

    Raises as ``run``.
    """
    with start(todo, subprocess.DEVNULL, subprocess.PIPE) as process:
        out = Output(process)
        yield out
        if out.read(1) == b"":
            process.finish()


class Input:
    """The writing end of a running ffmpeg."""

    def __init__(self, process: Process) -> None:
        self._process = process
        assert process.popen.stdin is not None
        self._pipe = process.popen.stdin

    def write(self, data: bytes | memoryview) -> None:
        try:
            with self._process.waiting():
                self._pipe.write(data)
        except BrokenPipeError:
            self._process.finish()  # raises what ffmpeg said
            raise

    def close(self) -> None:
        with contextlib.suppress(BrokenPipeError), self._process.waiting():
            self._pipe.close()
        self._process.finish()


class Output(io.BufferedReader):
    """The reading end of a running ffmpeg."""

    def __init__(self, process: Process) -> None:
        self._process = process
        super().__init__(cast(io.BufferedReader, process.popen.stdout).detach())
        process.popen.stdout = self

    def read(self, size: int | None = -1, /) -> bytes:
        with self._process.waiting():
            found = super().read(size)
        self._process.check()
        return found

    def readinto(self, buffer: Buffer, /) -> int:
        with self._process.waiting():
            count = super().readinto(buffer)
        self._process.check()
        return count


class Process:
    """A running ffmpeg with its last words kept, and watched by a thread that ends it when it has to."""

    def __init__(self, todo: Command, popen: subprocess.Popen[bytes]) -> None:
        self.todo = todo
        self.popen = popen
        self._lines: deque[str] = deque(maxlen=MAX_REPORT_LINES)
        self._waits = 0
        self._why: MediaStalled | None = None
        self._over = threading.Event()
        self._ears = threading.Thread(target=self._read_report, daemon=True)
        self._ears.start()
        threading.Thread(target=self._watch, daemon=True).start()

    def _read_report(self) -> None:
        assert self.popen.stderr is not None
        for line in self.popen.stderr:
            self._lines.append(line.decode(errors="replace").rstrip())

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """What is inside waits for the process: an odd number of ``_waits``, the same one as long as it waits."""
        self._waits += 1
        try:
            yield
        finally:
            self._waits += 1

    def _watch(self) -> None:
        """Ends it after its limit, and when it does nothing while we wait for it.

        Idle time is counted by looks, not by the clock: when the machine was asleep, nobody has stalled. A process that
        waits for us, because we are slow to feed it or to read it, has not stalled either.
        """
        stall_s, end = settings().stall_s, time.monotonic() + self.todo.limit_s
        look_s = max(MIN_CHECK_INTERVAL_S, (stall_s or self.todo.limit_s) / CHECKS_PER_STALL)
        idle_s, before = 0.0, (0, 0.0)
        while not self._over.wait(max(0.0, min(look_s, end - time.monotonic()))):
            now = (self._waits, cpu_s(self.popen.pid))
            idle_s = idle_s + look_s if now == before and now[0] % 2 else 0.0
            before = now
            if stall_s and idle_s >= stall_s:
                return self._abort(MediaStalled, idle_s)
            if time.monotonic() >= end:
                return self._abort(MediaTooSlow, self.todo.limit_s)

    def _abort(self, kind: type[MediaStalled], after_s: float) -> None:
        self._why = kind(self.todo.purpose, self.todo.argv, round(after_s, 1), "")
        self.end()

    def check(self) -> None:
        """Raises when it was given up: what it gave until then is not all that there would have been."""
        if self._why:
            self.finish()

    def end(self) -> None:
        """Ends the whole process group at once, if it has not ended."""
        self._over.set()
        if self.popen.poll() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.popen.pid, signal.SIGKILL)
            self.popen.wait()

    def finish(self) -> str:
        """Waits for its end and returns its report; raises as ``run``."""
        with self.waiting():
            code = self.popen.wait()
        self._over.set()
        self._ears.join(5)
        if code and self._why:
            raise type(self._why)(*self._why.args[:3], self._last_lines())
        if code:
            raise failure(self.todo.purpose, self.todo.argv, code, self._last_lines())
        return "\n".join(self._lines)

    def _last_lines(self) -> str:
        # Where a file lies here is nobody's business who reads the error of a job.
        return "\n".join(list(self._lines)[-ERROR_LINES:]).replace(f"{settings().home.absolute()}{os.sep}", "")


def cpu_s(pid: int) -> float:
    """What a process and all below it have had of the processor, in seconds; 0 when it is gone."""
    import psutil

    try:
        top = psutil.Process(pid)
        return sum(sum(each.cpu_times()[:4]) for each in (top, *top.children(recursive=True)))
    except psutil.Error:
        return 0.0


@contextmanager
def start(todo: Command, stdin: int, stdout: int) -> Iterator[Process]:
    popen = subprocess.Popen(
        todo.argv,
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=ends_with_parent(),
        env={**os.environ, **dict(todo.env)} if todo.env else None,
    )
    process = Process(todo, popen)
    try:
        yield process
    finally:
        process.end()
        for pipe in (popen.stdin, popen.stdout):
            if pipe:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
