"""A storm: a long sequence of random faults while jobs are submitted, and the errors found afterwards."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.faults.cluster import FINAL_STATES, Cluster, Job, wait_for
from tests.faults.execution_log import Entry, find_errors, finish_counts
from tests.faults.fault_plan import plan_faults

TITLE = "SCENE sleeps {scene:.2f}; SEGMENT sleeps 0.1; VOICE sleeps 0.3"
MAX_SCENE_S = 0.6
PROGRESS_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class StormResult:
    """What happened in a storm. Each list has an entry per error, which names the run.

    ``faults`` counts the injected faults by kind, ``missed_faults`` those whose target did not run; ``lost`` jobs are
    not in the database; ``stuck`` jobs have not ended; ``wrong`` ones are not done, or their log has errors;
    ``concurrent`` steps ran in two processes at once; ``repeated`` scenes were finished more than once.
    """

    seed: int
    faults: dict[str, int]
    missed_faults: int
    jobs: int
    scenes: int
    lost: list[str]
    stuck: list[str]
    wrong: list[str]
    concurrent: list[str]
    repeated: list[str]
    storm_s: float
    drain_s: float
    states: dict[str, int] = field(default_factory=dict)

    @property
    def repeated_share(self) -> float:
        return len(self.repeated) / self.scenes if self.scenes else 0.0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"repeated_share": self.repeated_share}


def run_storm(
    cluster: Cluster,
    seed: int,
    kills: int,
    jobs: int,
    max_drain_s: float,
    report: Callable[[str], None] = lambda _: None,
) -> StormResult:
    """Inject ``kills`` faults while ``jobs`` jobs of 8 to 12 scenes are submitted evenly; then wait until all end.

    A step ends between two faults: otherwise more faults would hit one step on a slow machine than a job survives.
    """
    faults = plan_faults(seed, kills, cluster.broker.fault_kinds)
    permits = threading.Semaphore(0)
    submitter = threading.Thread(target=_submit, args=(cluster, seed, jobs, permits), daemon=True)
    started = time.monotonic()
    jobs_before = len(cluster.jobs)
    submitter.start()
    counts: Counter[str] = Counter()
    finished = cluster.execution_log.finished_steps()
    for number, fault in enumerate(faults, 1):
        for _ in range(jobs * number // kills - jobs * (number - 1) // kills):
            permits.release()
        time.sleep(fault.wait_s)
        _wait_for_progress(cluster, finished)
        finished = cluster.execution_log.finished_steps()
        counts[fault.kind if cluster.inject(fault) else "missed"] += 1
        if number % 25 == 0:
            submitted = len(cluster.jobs) - jobs_before
            report(f"{number} faults, {submitted} jobs submitted, {time.monotonic() - started:.0f} s")
    submitter.join()
    storm_s = time.monotonic() - started
    submitted_jobs = cluster.jobs[jobs_before:]
    report(f"all faults injected after {storm_s:.0f} s; waiting for {len(submitted_jobs)} jobs to end")
    states = cluster.wait_for_jobs(submitted_jobs, max_drain_s)
    missed = counts.pop("missed", 0)
    drain_s = time.monotonic() - started - storm_s
    return _result(cluster, seed, submitted_jobs, states, dict(counts), missed, storm_s, drain_s)


def _submit(cluster: Cluster, seed: int, jobs: int, permits: threading.Semaphore) -> None:
    """Submit one job per permit, in a separate thread, so that an unavailable API does not delay the faults."""
    rng = random.Random(seed + 1)
    for _ in range(jobs):
        permits.acquire()
        title = TITLE.format(scene=rng.uniform(0.05, MAX_SCENE_S))
        cluster.submit(rng.randint(8, 12), title, within_s=300)


def _wait_for_progress(cluster: Cluster, finished: int) -> None:
    """Wait until more than ``finished`` steps have ended, or every submitted job has."""

    def is_idle() -> bool:
        return all(finish_counts(cluster.entries(job), "DELIVER") for job in list(cluster.jobs))

    # Without progress the storm goes on: its result names the jobs that do not end.
    with suppress(TimeoutError):
        wait_for(
            lambda: cluster.execution_log.finished_steps() > finished or is_idle(), PROGRESS_WITHIN_S, "another step"
        )


def _result(
    cluster: Cluster,
    seed: int,
    jobs: list[Job],
    states: dict[str, str],
    faults: dict[str, int],
    missed_faults: int,
    storm_s: float,
    drain_s: float,
) -> StormResult:
    stored = cluster.stored_job_ids()
    logs = {job.run_id: cluster.entries(job) for job in jobs}
    stuck = [job for job in jobs if states[job.id] not in FINAL_STATES]
    ended = [job for job in jobs if job not in stuck]
    wrong = [f"{job.run_id} is {states[job.id]}: {cluster.error(job)}" for job in ended if states[job.id] != "DONE"]
    for job in ended:
        if states[job.id] == "DONE":
            wrong += [f"{job.run_id}: {error}" for error in find_errors(logs[job.run_id], job.scenes)]
    unconfirmed = stored - {job.id for job in cluster.jobs}
    wrong += [f"{job_id} is stored, but its submission was never confirmed" for job_id in unconfirmed]
    scene_counts = {run_id: finish_counts(entries, "SCENE") for run_id, entries in logs.items()}
    return StormResult(
        seed=seed,
        faults=faults,
        missed_faults=missed_faults,
        jobs=len(jobs),
        scenes=sum(job.scenes for job in jobs),
        lost=[job.id for job in jobs if job.id not in stored],
        stuck=[f"{job.run_id} is {states[job.id]} after {_last_event(logs[job.run_id])}" for job in stuck],
        wrong=wrong,
        concurrent=[
            f"{run_id}: {entry.step}" for run_id, log in logs.items() for entry in log if entry.event == "concurrent"
        ],
        repeated=[
            f"{run_id}: {step}" for run_id, counts in scene_counts.items() for step, n in counts.items() if n > 1
        ],
        storm_s=round(storm_s, 1),
        drain_s=round(drain_s, 1),
        states=dict(Counter(states.values())),
    )


def _last_event(entries: Sequence[Entry]) -> str:
    return f"{entries[-1].event} {entries[-1].step}" if entries else "nothing"
