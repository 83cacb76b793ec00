"""Scenarios: single faults in an otherwise undisturbed cluster, each measured."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import psutil

from tests.faults.cluster import FINAL_STATES, Cluster, Job, wait_for
from tests.faults.execution_log import find_errors, finish_counts, start_times

TIMEOUT_S = 180.0
LONG_SCENE = "SCENE 1 sleeps 60"


@dataclass(frozen=True, slots=True)
class Durations:
    """Repeated measurements of a duration, in seconds."""

    values: tuple[float, ...]

    @property
    def worst(self) -> float:
        return max(self.values)

    def __str__(self) -> str:
        return f"{median(self.values):.1f} s, at most {self.worst:.1f} s (of {len(self.values)})"


def restart_after_worker_kill(cluster: Cluster, times: int) -> Durations:
    """Measure the time from the kill of a whole worker to the new start of the scene that it was running."""
    return Durations(
        tuple(_restart(cluster, lambda name, _: cluster.kill_worker(name), wait) for wait in _waits(times))
    )


def restart_after_child_kill(cluster: Cluster, times: int) -> Durations:
    """Measure the time from the kill of a worker's child to the new start of the scene that it was running."""
    return Durations(tuple(_restart(cluster, lambda _, pid: cluster.kill_process(pid), wait) for wait in _waits(times)))


def _waits(times: int) -> list[float]:
    """Return how long a scene runs before the kill: different phases of the renewal of its lease."""
    return [0.3 + 0.7 * number for number in range(times)]


def _restart(cluster: Cluster, kill: Callable[[str, int], object], wait_s: float) -> float:
    cluster.wait_until_ready()
    job = cluster.submit(1, LONG_SCENE)
    entry = cluster.wait_for_start(job, "SCENE 1")
    time.sleep(wait_s)
    kill(cluster.worker_of(entry), entry.pid)
    killed_at = time.monotonic()
    duration_s = cluster.wait_for_start(job, "SCENE 1", times=2, within_s=TIMEOUT_S).at - killed_at
    cluster.cancel(job)
    return duration_s


@dataclass(frozen=True, slots=True)
class BrokerRestart:
    """Seconds until any step started again and until all jobs had ended, and the errors of the jobs."""

    next_start_s: float
    all_done_s: float
    errors: tuple[str, ...]


def broker_restart(cluster: Cluster) -> BrokerRestart:
    """Kill the broker while every worker is busy and more steps are queued."""
    cluster.wait_until_ready()
    jobs = [cluster.submit(10, "SCENE sleeps 0.4") for _ in range(4)]
    cluster.wait_for_start(jobs[1], "SCENE 3")
    cluster.broker.kill()
    killed_at = time.monotonic()
    if cluster.broker.proxy:
        cluster.broker.proxy.drop_connections()
    wait_for(lambda: _starts_since(cluster, jobs, killed_at), TIMEOUT_S, "a step after the restart")
    next_start_s = _starts_since(cluster, jobs, killed_at)[0] - killed_at
    states = cluster.wait_for_jobs(jobs, TIMEOUT_S)
    return BrokerRestart(next_start_s, time.monotonic() - killed_at, tuple(_job_errors(cluster, jobs, states)))


def _starts_since(cluster: Cluster, jobs: list[Job], since: float) -> list[float]:
    entries = [entry for job in jobs for entry in cluster.entries(job)]
    return sorted(entry.at for entry in entries if entry.event == "start" and entry.at > since)


def _job_errors(cluster: Cluster, jobs: list[Job], states: dict[str, str]) -> list[str]:
    """Return which jobs are not done, and the errors in the logs of the others."""
    errors = [f"{job.run_id} is {states[job.id] or 'not ended'}" for job in jobs if states[job.id] != "DONE"]
    for job in jobs:
        if states[job.id] == "DONE":
            errors += [f"{job.run_id}: {error}" for error in find_errors(cluster.entries(job), job.scenes)]
    return errors


@dataclass(frozen=True, slots=True)
class PoisonScene:
    """The final state of a job with a scene that kills its process, the scene's starts, and other jobs' errors."""

    state: str
    starts: int
    seconds: float
    other_job_errors: tuple[str, ...]


def poison_scene(cluster: Cluster, verb: str) -> PoisonScene:
    """Run a job whose scene 2 kills its process (``verb`` "kills_child") or its whole worker ("kills_worker")."""
    cluster.wait_until_ready()
    started = time.monotonic()
    job = cluster.submit(3, f"SCENE 2 {verb}")
    others = [cluster.submit(6, "SCENE sleeps 0.1") for _ in range(3)]
    states = cluster.wait_for_jobs([job, *others], TIMEOUT_S)
    if states[job.id] not in FINAL_STATES:
        cluster.cancel(job)
    return PoisonScene(
        state=states[job.id],
        starts=len(start_times(cluster.entries(job), "SCENE 2")),
        seconds=time.monotonic() - started,
        other_job_errors=tuple(_job_errors(cluster, others, states)),
    )


def slot_after_cancel(cluster: Cluster, times: int) -> Durations:
    """Measure the time from the cancellation of a job that occupies every slot to the start of a waiting scene."""
    return Durations(tuple(_start_after_cancel(cluster) for _ in range(times)))


def _start_after_cancel(cluster: Cluster) -> float:
    cluster.wait_until_ready()
    slots = sum(len(cluster.children(name)) for name in cluster.workers if name.startswith("gpu"))
    blocking = cluster.submit(slots + 2, "SCENE sleeps 60")
    wait_for(
        lambda: sum(entry.kind == "SCENE" for entry in cluster.entries(blocking)) >= slots, 60, "a scene in every slot"
    )
    waiting = cluster.submit(1)
    wait_for(lambda: finish_counts(cluster.entries(waiting), "VOICE"), 60, "the steps beside the waiting scene")
    cancelled_at = time.monotonic()
    cluster.cancel(blocking)
    duration_s = cluster.wait_for_start(waiting, "SCENE 1").at - cancelled_at
    cluster.wait_for_jobs([waiting], TIMEOUT_S)
    return duration_s


@dataclass(frozen=True, slots=True)
class Fairness:
    """The final state of the small job, and the share of the large job's scenes that was finished by then."""

    state: str
    share: float


def fairness(cluster: Cluster, large_scenes: int, small_scenes: int) -> Fairness:
    """Submit a large job and then a small one."""
    cluster.wait_until_ready()
    large = cluster.submit(large_scenes, "SCENE sleeps 0.1")
    cluster.wait_for_start(large, "SCENE 1")
    small = cluster.submit(small_scenes, "SCENE sleeps 0.1")
    state = cluster.wait_for_jobs([small], TIMEOUT_S)[small.id]
    share = len(finish_counts(cluster.entries(large), "SCENE")) / large_scenes
    cluster.cancel(large)
    return Fairness(state, share)


@dataclass(frozen=True, slots=True)
class Pressure:
    """The result of many jobs at once.

    ``mib`` is the resident memory of each worker's main process and of its largest child, when 10 %, 50 % and 100 %
    of the work were done.
    """

    jobs: int
    scenes: int
    seconds: float
    not_done: tuple[str, ...]
    mib: dict[str, tuple[float, float, float]]

    @property
    def growth_mib(self) -> float:
        """The largest growth in the second half; in the first, children run periodic tasks for the first time."""
        return max(end - middle for _, middle, end in self.mib.values())


def pressure(cluster: Cluster, jobs: int, scenes: int, within_s: float) -> Pressure:
    """Submit all jobs at once. Memory is first measured at 10 % of the work, when all modules are imported."""
    cluster.wait_until_ready()
    started = time.monotonic()
    submitted = [cluster.submit(scenes) for _ in range(jobs)]
    samples = [_memory_at_share(cluster, submitted, share, started + within_s) for share in (0.1, 0.5, 1.0)]
    states = cluster.wait_for_jobs(submitted, 30)
    mib = {name: (samples[0][name], samples[1][name], samples[2][name]) for name in samples[0]}
    errors = tuple(_job_errors(cluster, submitted, states))
    return Pressure(jobs, scenes, time.monotonic() - started, errors, mib)


def _memory_at_share(cluster: Cluster, jobs: list[Job], share: float, deadline: float) -> dict[str, float]:
    """Wait until this share of the steps is finished and return the memory of the workers in MiB."""
    target = share * sum(2 * job.scenes for job in jobs)

    def finished_steps() -> int:
        return sum(len(finish_counts(cluster.entries(job), kind)) for job in jobs for kind in ("SCENE", "SEGMENT"))

    while finished_steps() < target and time.monotonic() < deadline:
        time.sleep(0.5)
    memory: dict[str, float] = {}
    for name, process in cluster.workers.items():
        memory[f"{name}, main"] = _mib(psutil.Process(process.pid))
        memory[f"{name}, child"] = max(map(_mib, cluster.children(name)))
    return memory


def _mib(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / (1 << 20)
