"""A long run of strikes while jobs come in, and what is found afterwards."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.faults.fleet import Fleet, Job
from tests.faults.ledger import finished, wrong
from tests.faults.strikes import strikes

TITLE = "SCENE waits {scene:.2f}; SEGMENT waits 0.1; VOICE waits 0.3"
SLOWEST_SCENE_S = 0.6


@dataclass(frozen=True, slots=True)
class Storm:
    """What came of one. Lists are of runs, with what is wrong in words."""

    seed: int
    hits: dict[str, int]
    misses: int
    jobs: int
    scenes: int
    lost: list[str]
    stuck: list[str]
    not_right: list[str]
    twice: list[str]
    again: list[str]
    struck_s: float
    drained_s: float
    states: dict[str, int] = field(default_factory=dict)

    @property
    def again_share(self) -> float:
        return len(self.again) / self.scenes if self.scenes else 0.0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"again_share": self.again_share}


def storm(
    fleet: Fleet, seed: int, kills: int, jobs: int, drain_s: float, say: Callable[[str], None] = lambda _: None
) -> Storm:
    """``kills`` strikes while ``jobs`` jobs of 8 to 12 scenes come in evenly; then nothing more until all is done."""
    planned = strikes(seed, kills, fleet.carrier.kinds)
    turns = threading.Semaphore(0)
    caller = threading.Thread(target=_submit, args=(fleet, seed, jobs, turns), daemon=True)
    begun = time.monotonic()
    before = len(fleet.jobs)
    caller.start()
    hits: Counter[str] = Counter()
    for number, each in enumerate(planned, 1):
        for _ in range(jobs * number // kills - jobs * (number - 1) // kills):
            turns.release()
        time.sleep(each.wait_s)
        hits[each.kind if fleet.strike(each) else "missed"] += 1
        if number % 25 == 0:
            say(f"{number} strikes, {len(fleet.jobs) - before} jobs submitted, {time.monotonic() - begun:.0f} s")
    caller.join()
    struck_s = time.monotonic() - begun
    sent = fleet.jobs[before:]
    say(f"struck for {struck_s:.0f} s; {len(sent)} jobs, waiting for their end")
    states = fleet.drain(sent, drain_s)
    misses = hits.pop("missed", 0)
    return _found(fleet, seed, sent, states, dict(hits), misses, struck_s, time.monotonic() - begun - struck_s)


def _submit(fleet: Fleet, seed: int, jobs: int, turns: threading.Semaphore) -> None:
    """One for each turn, in a thread of its own: an API that is away must not hold up the strikes."""
    chance = random.Random(seed + 1)
    for _ in range(jobs):
        turns.acquire()
        title = TITLE.format(scene=chance.uniform(0.05, SLOWEST_SCENE_S))
        fleet.submit(chance.randint(8, 12), title, within_s=300)


def _found(
    fleet: Fleet,
    seed: int,
    jobs: list[Job],
    states: dict[str, str],
    hits: dict[str, int],
    misses: int,
    struck_s: float,
    drained_s: float,
) -> Storm:
    stored = fleet.stored()
    lines = {job.run_id: fleet.lines(job) for job in jobs}
    stuck = [job for job in jobs if states[job.id] not in ("DONE", "FAILED", "CANCELLED")]
    ended = [job for job in jobs if job not in stuck]
    not_right = [f"{job.run_id} is {states[job.id]}" for job in ended if states[job.id] != "DONE"]
    for job in ended:
        if states[job.id] == "DONE":
            not_right += [f"{job.run_id}: {what}" for what in wrong(lines[job.run_id], job.scenes)]
    more = stored - {job.id for job in fleet.jobs}
    return Storm(
        seed=seed,
        hits=hits,
        misses=misses,
        jobs=len(jobs),
        scenes=sum(job.scenes for job in jobs),
        lost=[job.id for job in jobs if job.id not in stored],
        stuck=[f"{job.run_id} is {states[job.id]} after {last(lines[job.run_id])}" for job in stuck],
        not_right=[*not_right, *(f"{job_id} was stored and nobody was told" for job_id in more)],
        twice=[f"{run}: {line.step}" for run, of in lines.items() for line in of if line.what == "twice"],
        again=[f"{run}: {step}" for run, of in lines.items() for step, n in finished(of, "SCENE").items() if n > 1],
        struck_s=round(struck_s, 1),
        drained_s=round(drained_s, 1),
        states=dict(Counter(states.values())),
    )


def last(lines: Any) -> str:
    return f"{lines[-1].what} {lines[-1].step}" if lines else "nothing"
