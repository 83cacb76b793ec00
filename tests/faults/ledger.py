"""What was really worked, when and by which process: a file a run, to which steps add a line as they begin and end.

A line is one write with O_APPEND, so it is there whole or not at all, whatever kills its writer.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# A step begins only when all of the group before it have ended.
ORDER = (("PLAN",), ("TIMELINE",), ("SCENE", "VOICE", "MUSIC"), ("SETTLE",), ("SEGMENT",), ("MUX",), ("DELIVER",))


@dataclass(frozen=True, slots=True)
class Line:
    """``what`` is "begin", "end", "left" (by an error) or "twice"; ``step`` is "SCENE 5"; ``at`` the machine's time."""

    what: str
    step: str
    worker: str
    at: float

    @property
    def kind(self) -> str:
        return self.step.partition(" ")[0]

    @property
    def pid(self) -> int:
        return int(self.worker.partition("/")[0])


@dataclass(frozen=True, slots=True)
class Ledger:
    """All lines of a home."""

    folder: Path

    def of(self, run_id: str) -> tuple[Line, ...]:
        file = self.folder / run_id
        return tuple(map(_line, file.read_text().split("\n")[:-1])) if file.exists() else ()

    def runs(self) -> dict[str, tuple[Line, ...]]:
        return {file.name: self.of(file.name) for file in self.folder.iterdir()} if self.folder.exists() else {}

    @contextmanager
    def working(self, run_id: str, step: str) -> Iterator[None]:
        """Notes a step; and "twice" when another living process is at the same one."""
        me = worker(os.getpid())
        self._add(run_id, "begin", step, me)
        if any(each.worker != me and lives(each.worker) for each in unfinished(self.of(run_id), step)):
            self._add(run_id, "twice", step, me)
        try:
            yield
        except BaseException:
            self._add(run_id, "left", step, me)
            raise
        self._add(run_id, "end", step, me)

    def _add(self, run_id: str, what: str, step: str, worker: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        file = os.open(self.folder / run_id, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, f"{what}|{step}|{worker}|{time.monotonic()!r}\n".encode())
        finally:
            os.close(file)


def _line(text: str) -> Line:
    what, step, worker, at = text.split("|")
    return Line(what, step, worker, float(at))


def worker(pid: int) -> str:
    """A process and when it was started: a pid alone is soon somebody else's."""
    return f"{pid}/{_state(pid)[1]}"


def lives(worker: str) -> bool:
    """A zombie does not work any more."""
    pid, _, started = worker.partition("/")
    state, since = _state(int(pid))
    return since == started and state not in "ZX"


def _state(pid: int) -> tuple[str, str]:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return "X", "gone"
    return fields[0], fields[19]


def unfinished(lines: Sequence[Line], step: str) -> list[Line]:
    """The begins of a step without an end by the same process."""
    begun = [line for line in lines if line.step == step and line.what == "begin"]
    over = {(line.worker, line.at) for line in lines if line.step == step and line.what in ("end", "left")}
    return [line for line in begun if not any(who == line.worker and at >= line.at for who, at in over)]


def begins(lines: Sequence[Line], step: str) -> list[float]:
    return [line.at for line in lines if line.what == "begin" and line.step == step]


def finished(lines: Sequence[Line], kind: str) -> Counter[str]:
    """How often each step of a kind came to its end."""
    return Counter(line.step for line in lines if line.what == "end" and line.kind == kind)


def wrong(lines: Sequence[Line], scenes: int) -> list[str]:
    """What is not right with a run that is said to be done."""
    found = [f"{kind} was not finished" for kind in ("PLAN", "TIMELINE", "VOICE", "MUSIC", "SETTLE", "MUX", "DELIVER")
             if not finished(lines, kind)]  # fmt: skip
    wanted = {f"SCENE {number}" for number in range(1, scenes + 1)} | {f"SEGMENT {index}" for index in range(scenes)}
    made = set(finished(lines, "SCENE") + finished(lines, "SEGMENT"))
    found += [f"{step} is missing" for step in sorted(wanted - made)]
    found += [f"{step} was not asked for" for step in sorted(made - wanted)]
    return found or _out_of_order(lines)


def _out_of_order(lines: Sequence[Line]) -> list[str]:
    ready, found = 0.0, []
    for group in ORDER:
        begun = [line for line in lines if line.what == "begin" and line.kind in group]
        found += [f"{line.step} began before what it needs" for line in begun if line.at < ready]
        ready = max(first_end(lines, line.step) for line in begun)
    return found


def first_end(lines: Sequence[Line], step: str) -> float:
    return min(line.at for line in lines if line.what == "end" and line.step == step)
