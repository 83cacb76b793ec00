"""ffmpeg commands as values, and the only code that starts an ffmpeg process."""

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
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from app.core.config import settings
from app.core.errors import MediaError, MediaStalled, MediaTooSlow, Unconfigured
from app.core.parent_death import end_with_parent_hook
from app.media.ffmpeg_errors import failure

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

ERROR_LINES = 12
# Filters write up to three lines per detected range; older lines are dropped.
MAX_REPORT_LINES = 20_000
# How often the activity of a process is checked within the time after which it has stalled.
CHECKS_PER_STALL = 12
MIN_CHECK_INTERVAL_S = 0.05


@dataclass(frozen=True, slots=True)
class Command:
    """One run of ffmpeg.

    ``purpose`` names it in errors; ``args`` are the arguments after the global options. After ``limit_s`` seconds the
    process is killed. ``env`` is added to the environment of this process.
    """

    purpose: str
    args: tuple[str, ...]
    limit_s: float = 3600.0
    env: tuple[tuple[str, str], ...] = ()

    @property
    def argv(self) -> list[str]:
        return [binary(), "-hide_banner", "-nostdin", "-y", *self.args]


def command(purpose: str, *args: str | int | float | Path, limit_s: float = 3600.0) -> Command:
    """Return a ``Command`` with ``args`` converted to text."""
    return Command(purpose, tuple(str(arg) for arg in args), limit_s)


@lru_cache(maxsize=1)
def binary() -> str:
    """Return the path of ffmpeg: the one in ``PYTOON_FFMPEG``, or that of the package ``imageio_ffmpeg``.

    Raises ``Unconfigured`` if the one in the setting does not exist.
    """
    setting = settings().ffmpeg
    if setting:
        path = shutil.which(setting)
        if not path:
            raise Unconfigured("ffmpeg", f"PYTOON_FFMPEG={setting} does not exist")
        return path
    import imageio_ffmpeg

    return str(imageio_ffmpeg.get_ffmpeg_exe())


@lru_cache(maxsize=1)
def version() -> str:
    """Return the version line of ``binary()``; files encoded by different versions cannot always be joined."""
    process = subprocess.run([binary(), "-version"], capture_output=True, text=True, check=True, timeout=30)
    return process.stdout.split("\n", 1)[0]


def run(command: Command) -> str:
    """Run a command to its end and return its report (standard error).

    Raises ``MediaError`` or its subclasses ``MediaStalled`` and ``MediaKilled``, ``StorageFull`` or
    ``StorageReadOnly``.
    """
    with start(command, subprocess.DEVNULL, subprocess.DEVNULL) as process:
        return process.finish()


@contextmanager
def feed(command: Command) -> Iterator[Input]:
    """Run a command with frames from standard input: ``with feed(command) as into: into.write(frame)``.

    The end of the block closes the input and waits for the process. Raises the same errors as ``run``.
    """
    with start(command, subprocess.PIPE, subprocess.DEVNULL) as process:
        frames = Input(process)
        yield frames
        frames.close()


@contextmanager
def read_output(command: Command) -> Iterator[IO[bytes]]:
    """Run a command and read its standard output: ``with read_output(command) as out: out.read(n)``.

    If the block ends before the output does, the process is killed. Raises the same errors as ``run``.
    """
    with start(command, subprocess.DEVNULL, subprocess.PIPE) as process:
        out = Output(process)
        yield out
        if out.read(1) == b"":
            process.finish()


@contextmanager
def filtered(command: Command, frames: Iterable[memoryview]) -> Iterator[Filter]:
    """Run a command that turns ``frames`` into as many other frames: ``with filtered(…) as out: out.read(buffer)``.

    ``frames`` are drawn and written by a thread of their own while the output is read. If the block ends before the
    output does, the process is killed. Raises the same errors as ``run``, and those of ``frames``.
    """
    with ThreadPoolExecutor(1) as executor, start(command, subprocess.PIPE, subprocess.PIPE) as process:
        out = Filter(process, executor.submit(_write_frames, process, frames))
        yield out
        out.finish()


def _write_frames(process: Process, frames: Iterable[memoryview]) -> None:
    pipe = process.popen.stdin
    assert pipe is not None
    with contextlib.suppress(BrokenPipeError), pipe:
        for frame in frames:
            pipe.write(frame)
            process.written += 1


class Filter:
    """Standard output of a running ffmpeg to which another thread writes frames."""

    def __init__(self, process: Process, writing: Future[None]) -> None:
        self._process = process
        self._writing = writing
        self._out = Output(process)

    def read(self, frame: memoryview) -> None:
        """Read one frame; raises the error of the thread or of ffmpeg when there is none."""
        if self._out.readinto(frame) != frame.nbytes:
            self._writing.result()
            report = self._process.finish()
            raise MediaError(self._process.command.purpose, self._process.command.argv, 0, report)

    def finish(self) -> None:
        """Wait for the end of a process whose output has been read completely."""
        if self._out.read(1) == b"":
            self._writing.result()
            self._process.finish()


class Input:
    """Standard input of a running ffmpeg."""

    def __init__(self, process: Process) -> None:
        self._process = process
        assert process.popen.stdin is not None
        self._pipe = process.popen.stdin

    def write(self, data: bytes | memoryview) -> None:
        try:
            with self._process.waiting():
                self._pipe.write(data)
        except BrokenPipeError:
            self._process.finish()  # raises the error that ffmpeg reported
            raise

    def close(self) -> None:
        with contextlib.suppress(BrokenPipeError), self._process.waiting():
            self._pipe.close()
        self._process.finish()


class Output(io.BufferedReader):
    """Standard output of a running ffmpeg."""

    def __init__(self, process: Process) -> None:
        self._process = process
        super().__init__(cast(io.BufferedReader, process.popen.stdout).detach())
        process.popen.stdout = self

    def read(self, size: int | None = -1, /) -> bytes:
        with self._process.waiting():
            data = super().read(size)
        self._process.check()
        return data

    def readinto(self, buffer: Buffer, /) -> int:
        with self._process.waiting():
            count = super().readinto(buffer)
        self._process.check()
        return count


class Process:
    """A running ffmpeg; one thread collects its report, another kills it when it stalls or exceeds its limit."""

    def __init__(self, command: Command, popen: subprocess.Popen[bytes]) -> None:
        self.command = command
        self.popen = popen
        self._lines: deque[str] = deque(maxlen=MAX_REPORT_LINES)
        self._waits = 0
        # Frames written by another thread than the one that waits for the process.
        self.written = 0
        self._abort_error: MediaStalled | None = None
        self._ended = threading.Event()
        self._report_thread = threading.Thread(target=self._read_report, daemon=True)
        self._report_thread.start()
        threading.Thread(target=self._watch, daemon=True).start()

    def _read_report(self) -> None:
        assert self.popen.stderr is not None
        for line in self.popen.stderr:
            self._lines.append(line.decode(errors="replace").rstrip())

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Mark the block as waiting for the process: ``_waits`` is odd, and constant during one wait."""
        self._waits += 1
        try:
            yield
        finally:
            self._waits += 1

    def _watch(self) -> None:
        """Kill the process after its limit, or when it uses no CPU time for ``stall_s`` while it is waited for.

        Idle time is the number of checks without activity, not clock time, so that a suspended machine does not count.
        A process that waits to be fed or read has not stalled either.
        """
        stall_s, end = settings().stall_s, time.monotonic() + self.command.limit_s
        interval_s = max(MIN_CHECK_INTERVAL_S, (stall_s or self.command.limit_s) / CHECKS_PER_STALL)
        idle_s, previous = 0.0, (0, 0, 0.0)
        while not self._ended.wait(max(0.0, min(interval_s, end - time.monotonic()))):
            activity = (self._waits, self.written, cpu_s(self.popen.pid))
            idle_s = idle_s + interval_s if activity == previous and activity[0] % 2 else 0.0
            previous = activity
            if stall_s and idle_s >= stall_s:
                return self._abort(MediaStalled, idle_s)
            if time.monotonic() >= end:
                return self._abort(MediaTooSlow, self.command.limit_s)

    def _abort(self, error_type: type[MediaStalled], after_s: float) -> None:
        self._abort_error = error_type(self.command.purpose, self.command.argv, round(after_s, 1), "")
        self.end()

    def check(self) -> None:
        """Raise if the process was aborted, because its output until then is incomplete."""
        if self._abort_error:
            self.finish()

    def end(self) -> None:
        """Kill the whole process group, if it is still running."""
        self._ended.set()
        if self.popen.poll() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.popen.pid, signal.SIGKILL)
            self.popen.wait()

    def finish(self) -> str:
        """Wait for the end of the process and return its report; raises the same errors as ``run``."""
        with self.waiting():
            code = self.popen.wait()
        self._ended.set()
        self._report_thread.join(5)
        if code and self._abort_error:
            raise type(self._abort_error)(*self._abort_error.args[:3], self._last_lines())
        if code:
            raise failure(self.command.purpose, self.command.argv, code, self._last_lines())
        return "\n".join(self._lines)

    def _last_lines(self) -> str:
        # Errors of a job are shown to its user and must not contain paths of this machine.
        return "\n".join(list(self._lines)[-ERROR_LINES:]).replace(f"{settings().home.absolute()}{os.sep}", "")


def cpu_s(pid: int) -> float:
    """Return the CPU time of a process and its descendants in seconds; 0 if it has ended."""
    import psutil

    try:
        parent = psutil.Process(pid)
        return sum(sum(process.cpu_times()[:4]) for process in (parent, *parent.children(recursive=True)))
    except psutil.Error:
        return 0.0


@contextmanager
def start(command: Command, stdin: int, stdout: int) -> Iterator[Process]:
    """Start a command in its own process group; it is killed at the end of the block, or with this process."""
    popen = subprocess.Popen(
        command.argv,
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=end_with_parent_hook(),
        env={**os.environ, **dict(command.env)} if command.env else None,
    )
    process = Process(command, popen)
    try:
        yield process
    finally:
        process.end()
        for pipe in (popen.stdin, popen.stdout):
            if pipe:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
