"""Single blows to a fleet that is otherwise left alone, each measured."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import psutil

from tests.faults.fleet import ENDED, Fleet, Job, await_
from tests.faults.ledger import begins, finished, wrong

PATIENCE_S = 180.0
LONG = "SCENE 1 waits 60"


@dataclass(frozen=True, slots=True)
class Times:
    """Of the same thing, measured several times, in seconds."""

    all: tuple[float, ...]

    @property
    def worst(self) -> float:
        return max(self.all)

    def __str__(self) -> str:
        return f"{median(self.all):.1f} s, at most {self.worst:.1f} s (of {len(self.all)})"


def again_after_worker(fleet: Fleet, times: int) -> Times:
    """From the kill of a whole worker to the new begin of the scene it was at."""
    return Times(tuple(_again(fleet, lambda name, _: fleet.kill_whole(name), wait) for wait in _waits(times)))


def again_after_child(fleet: Fleet, times: int) -> Times:
    """From the kill of a worker's child to the new begin of the scene it was at."""
    return Times(tuple(_again(fleet, lambda _, pid: fleet.kill_process(pid), wait) for wait in _waits(times)))


def _waits(times: int) -> list[float]:
    """How long a scene has been at work when it is struck: leases are renewed in between."""
    return [0.3 + 0.7 * number for number in range(times)]


def _again(fleet: Fleet, blow: Callable[[str, int], object], wait_s: float) -> float:
    fleet.ready()
    job = fleet.submit(1, LONG)
    line = fleet.begun(job, "SCENE 1")
    time.sleep(wait_s)
    blow(fleet.worker_of(line), line.pid)
    struck = time.monotonic()
    took = fleet.begun(job, "SCENE 1", times=2, within_s=PATIENCE_S).at - struck
    fleet.cancel(job)
    return took


@dataclass(frozen=True, slots=True)
class Restart:
    """Seconds until any step began again, until each job was done, and what was not right."""

    next_begin_s: float
    all_done_s: float
    wrong: tuple[str, ...]


def broker_restart(fleet: Fleet) -> Restart:
    """The server is killed while every slot is at work and more waits."""
    fleet.ready()
    jobs = [fleet.submit(10, "SCENE waits 0.4") for _ in range(4)]
    fleet.begun(jobs[1], "SCENE 3")
    fleet.carrier.strike()
    struck = time.monotonic()
    if fleet.carrier.cable:
        fleet.carrier.cable.cut()
    await_(lambda: _begun_since(fleet, jobs, struck), PATIENCE_S, "a step after the restart")
    first = _begun_since(fleet, jobs, struck)[0] - struck
    states = fleet.drain(jobs, PATIENCE_S)
    return Restart(first, time.monotonic() - struck, tuple(_not_done(fleet, jobs, states)))


def _begun_since(fleet: Fleet, jobs: list[Job], since: float) -> list[float]:
    return sorted(line.at for job in jobs for line in fleet.lines(job) if line.what == "begin" and line.at > since)


def _not_done(fleet: Fleet, jobs: list[Job], states: dict[str, str]) -> list[str]:
    found = [f"{job.run_id} is {states[job.id] or 'silent'}" for job in jobs if states[job.id] != "DONE"]
    done = [job for job in jobs if states[job.id] == "DONE"]
    return found + [f"{job.run_id}: {what}" for job in done for what in wrong(fleet.lines(job), job.scenes)]


@dataclass(frozen=True, slots=True)
class Poison:
    """How the job with the poisonous scene ended, how often that scene was begun, and what it did to the others."""

    state: str
    runs: int
    seconds: float
    harm: tuple[str, ...]


def poison(fleet: Fleet, verb: str) -> Poison:
    """``verb`` is "dies" (the child) or "fells" (its whole worker)."""
    fleet.ready()
    begun = time.monotonic()
    job = fleet.submit(3, f"SCENE 2 {verb}")
    others = [fleet.submit(6, "SCENE waits 0.1") for _ in range(3)]
    states = fleet.drain([job, *others], PATIENCE_S)
    if states[job.id] not in ENDED:
        fleet.cancel(job)
    return Poison(
        state=states[job.id],
        runs=len(begins(fleet.lines(job), "SCENE 2")),
        seconds=time.monotonic() - begun,
        harm=tuple(_not_done(fleet, others, states)),
    )


def slot_after_cancel(fleet: Fleet, times: int) -> Times:
    """From the call that cancels a job at every slot to the begin of the scene that waits for one."""
    return Times(tuple(_cancelled(fleet) for _ in range(times)))


def _cancelled(fleet: Fleet) -> float:
    fleet.ready()
    slots = sum(len(fleet.children(name)) for name in fleet.workers if name.startswith("gpu"))
    holding = fleet.submit(slots + 2, "SCENE waits 60")
    await_(lambda: sum(line.kind == "SCENE" for line in fleet.lines(holding)) >= slots, 60, "every slot at work")
    waiting = fleet.submit(1)
    await_(lambda: finished(fleet.lines(waiting), "VOICE"), 60, "the scene that waits to be sent")
    cancelled = time.monotonic()
    fleet.cancel(holding)
    took = fleet.begun(waiting, "SCENE 1").at - cancelled
    fleet.drain([waiting], PATIENCE_S)
    return took


@dataclass(frozen=True, slots=True)
class Fair:
    """How the small job ended, and the share of the large one's scenes that was made by then."""

    state: str
    share: float


def fairness(fleet: Fleet, many: int, few: int) -> Fair:
    """A large job, then a small one."""
    fleet.ready()
    large = fleet.submit(many, "SCENE waits 0.1")
    fleet.begun(large, "SCENE 1")
    small = fleet.submit(few, "SCENE waits 0.1")
    state = fleet.drain([small], PATIENCE_S)[small.id]
    share = len(finished(fleet.lines(large), "SCENE")) / many
    fleet.cancel(large)
    return Fair(state, share)


@dataclass(frozen=True, slots=True)
class Pressure:
    """Resident memory of a worker's main and of its largest child, in MiB, by name, at begin, middle and end."""

    jobs: int
    scenes: int
    seconds: float
    not_done: tuple[str, ...]
    mib: dict[str, tuple[float, float, float]]

    @property
    def growth_mib(self) -> float:
        """In the second half: in the first, children still meet the housekeeping for their first time."""
        return max(end - middle for _, middle, end in self.mib.values())


def pressure(fleet: Fleet, jobs: int, scenes: int, within_s: float) -> Pressure:
    """All jobs at once. The begin is when a tenth of the work is done: by then everything is imported."""
    fleet.ready()
    begun = time.monotonic()
    sent = [fleet.submit(scenes) for _ in range(jobs)]
    samples = [_memory_when(fleet, sent, share, begun + within_s) for share in (0.1, 0.5, 1.0)]
    states = fleet.drain(sent, 30)
    mib = {name: (samples[0][name], samples[1][name], samples[2][name]) for name in samples[0]}
    return Pressure(jobs, scenes, time.monotonic() - begun, tuple(_not_done(fleet, sent, states)), mib)


def _memory_when(fleet: Fleet, jobs: list[Job], share: float, until: float) -> dict[str, float]:
    wanted = share * sum(2 * job.scenes for job in jobs)

    def made() -> int:
        return sum(len(finished(fleet.lines(job), kind)) for job in jobs for kind in ("SCENE", "SEGMENT"))

    while made() < wanted and time.monotonic() < until:
        time.sleep(0.5)
    found: dict[str, float] = {}
    for name, process in fleet.workers.items():
        found[f"{name}, main"] = _mib(psutil.Process(process.pid))
        found[f"{name}, child"] = max(map(_mib, fleet.children(name)))
    return found


def _mib(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / (1 << 20)
