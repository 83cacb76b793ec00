"""A log of the steps that ran, when and in which process: one file per run, with an entry for each start and end.

An entry is one write with O_APPEND, so it is complete or absent, even if its process is killed meanwhile.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# The steps of a group start only when all steps of the previous group have ended.
ORDER = (("PLAN",), ("TIMELINE",), ("SCENE", "VOICE", "MUSIC"), ("SETTLE",), ("SEGMENT",), ("MUX",), ("DELIVER",))
# The steps that every run has once.
SINGLE_STEPS = ("PLAN", "TIMELINE", "VOICE", "MUSIC", "SETTLE", "MUX", "DELIVER")


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of a step.

    ``event`` is "start", "end", "failed" (an exception) or "concurrent" (another process was running the same step);
    ``step`` is for example "SCENE 5"; ``process`` is the value of ``process_key``; ``at`` is ``time.monotonic()``.
    """

    event: str
    step: str
    process: str
    at: float

    @property
    def kind(self) -> str:
        return self.step.partition(" ")[0]

    @property
    def pid(self) -> int:
        return int(self.process.partition("/")[0])


@dataclass(frozen=True, slots=True)
class ExecutionLog:
    """The logs of all runs of a home directory."""

    directory: Path

    def entries(self, run_id: str) -> tuple[Entry, ...]:
        file = self.directory / run_id
        return tuple(map(_parse, file.read_text().split("\n")[:-1])) if file.exists() else ()

    def finished_steps(self) -> int:
        """Return the number of steps of all runs that ended without an exception, repeated ones included."""
        runs = [file.name for file in self.directory.iterdir()] if self.directory.exists() else []
        return sum(entry.event == "end" for run_id in runs for entry in self.entries(run_id))

    @contextmanager
    def record(self, run_id: str, step: str) -> Iterator[None]:
        """Record the start and the end of a step, and "concurrent" if another live process is running it."""
        process = process_key(os.getpid())
        self._append(run_id, "start", step, process)
        others = [entry.process for entry in unfinished(self.entries(run_id), step) if entry.process != process]
        if any(map(is_alive, others)):
            self._append(run_id, "concurrent", step, process)
        try:
            yield
        except BaseException:
            self._append(run_id, "failed", step, process)
            raise
        self._append(run_id, "end", step, process)

    def _append(self, run_id: str, event: str, step: str, process: str) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        file = os.open(self.directory / run_id, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, f"{event}|{step}|{process}|{time.monotonic()!r}\n".encode())
        finally:
            os.close(file)


def _parse(line: str) -> Entry:
    event, step, process, at = line.split("|")
    return Entry(event, step, process, float(at))


def process_key(pid: int) -> str:
    """Return a process id with the start time of its process, because process ids are reused."""
    return f"{pid}/{_state(pid)[1]}"


def is_alive(process: str) -> bool:
    """Return whether the process with this key is running; a zombie is not."""
    pid, _, started = process.partition("/")
    state, start_time = _state(int(pid))
    return start_time == started and state not in "ZX"


def _state(pid: int) -> tuple[str, str]:
    """Return the state and the start time of a process from ``/proc/PID/stat``."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return "X", "gone"
    return fields[0], fields[19]


def unfinished(entries: Sequence[Entry], step: str) -> list[Entry]:
    """Return the starts of a step without an end in the same process."""
    started = [entry for entry in entries if entry.step == step and entry.event == "start"]
    ends = {(entry.process, entry.at) for entry in entries if entry.step == step and entry.event in ("end", "failed")}
    return [entry for entry in started if not any(process == entry.process and at >= entry.at for process, at in ends)]


def start_times(entries: Sequence[Entry], step: str) -> list[float]:
    return [entry.at for entry in entries if entry.event == "start" and entry.step == step]


def finish_counts(entries: Sequence[Entry], kind: str) -> Counter[str]:
    """Return how often each step of a kind ended without an exception."""
    return Counter(entry.step for entry in entries if entry.event == "end" and entry.kind == kind)


def find_errors(entries: Sequence[Entry], scenes: int) -> list[str]:
    """Return what is wrong in the log of a run that is reported as done: missing, extra and too early steps."""
    errors = [f"{kind} was not finished" for kind in SINGLE_STEPS if not finish_counts(entries, kind)]
    expected = {f"SCENE {number}" for number in range(1, scenes + 1)} | {f"SEGMENT {index}" for index in range(scenes)}
    finished = set(finish_counts(entries, "SCENE") + finish_counts(entries, "SEGMENT"))
    errors += [f"{step} is missing" for step in sorted(expected - finished)]
    errors += [f"{step} was not requested" for step in sorted(finished - expected)]
    return errors or _order_errors(entries)


def _order_errors(entries: Sequence[Entry]) -> list[str]:
    ready_at, errors = 0.0, []
    for group in ORDER:
        started = [entry for entry in entries if entry.event == "start" and entry.kind in group]
        errors += [f"{entry.step} started before its inputs were ready" for entry in started if entry.at < ready_at]
        ready_at = max(_first_end(entries, entry.step) for entry in started)
    return errors


def _first_end(entries: Sequence[Entry], step: str) -> float:
    return min(entry.at for entry in entries if entry.event == "end" and entry.step == step)
