"""Kills of each kind of process at each stage: the job is done, its results are right, and no step is repeated."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.cluster import Cluster, Job, running_cluster, wait_for
from tests.faults.execution_log import Entry, find_errors, finish_counts, is_alive, start_times, unfinished
from tests.faults.fault_plan import DESCRIPTIONS, Fault

TIMEOUT_S = 120
# The first step, a parallel one, a join, another parallel one, and the last.
STAGES = ("PLAN", "SCENE 2", "SETTLE", "SEGMENT 1", "DELIVER")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running_cluster(tmp_path_factory.mktemp("killed") / "home", "embedded", lease_s=3) as cluster:
        yield cluster


@pytest.fixture
def blocked_jobs(cluster: Cluster) -> Iterator[dict[str, Job]]:
    """A job at each stage, which blocks there until the steps are released."""
    yield {stage: submit_blocked(cluster, stage) for stage in reversed(STAGES)}
    cluster.release_steps()


def submit_blocked(cluster: Cluster, stage: str) -> Job:
    cluster.wait_until_ready()
    cluster.block_steps()
    job = cluster.submit(3, f"{stage} blocks")
    cluster.wait_for_start(job, stage)
    return job


def started_steps(cluster: Cluster, jobs: dict[str, Job]) -> list[Entry]:
    return [cluster.wait_for_start(job, stage) for stage, job in jobs.items()]


def wait_until_stopped(cluster: Cluster, jobs: dict[str, Job], starts: list[Entry]) -> None:
    """Wait until no process runs the steps that it started: each was killed, or its step was aborted."""

    def all_stopped() -> bool:
        open_starts = [
            entry for job in jobs.values() for start in starts for entry in unfinished(cluster.entries(job), start.step)
        ]
        return not any(start in open_starts and is_alive(start.process) for start in starts)

    wait_for(all_stopped, TIMEOUT_S, "the end of the killed steps")


def assert_done_right(cluster: Cluster, jobs: dict[str, Job]) -> None:
    cluster.release_steps()
    assert set(cluster.wait_for_jobs([*jobs.values()], TIMEOUT_S).values()) == {"DONE"}
    for job in jobs.values():
        assert find_errors(cluster.entries(job), job.scenes) == []
        assert "concurrent" not in [entry.event for entry in cluster.entries(job)]


def assert_done_right_and_once(cluster: Cluster, jobs: dict[str, Job]) -> None:
    assert_done_right(cluster, jobs)
    for stage, job in jobs.items():
        assert finish_counts(cluster.entries(job), stage.partition(" ")[0])[stage] == 1


def tries(cluster: Cluster, jobs: dict[str, Job]) -> dict[str, int]:
    return {stage: len(start_times(cluster.entries(job), stage)) for stage, job in jobs.items()}


def test_steps_of_killed_children_run_again(cluster: Cluster, blocked_jobs: dict[str, Job]) -> None:
    starts = started_steps(cluster, blocked_jobs)
    for start in starts:
        assert cluster.kill_process(start.pid)
    wait_until_stopped(cluster, blocked_jobs, starts)
    assert_done_right_and_once(cluster, blocked_jobs)
    assert tries(cluster, blocked_jobs) == dict.fromkeys(STAGES, 2)


def test_steps_of_killed_workers_run_again(cluster: Cluster, blocked_jobs: dict[str, Job]) -> None:
    starts = started_steps(cluster, blocked_jobs)
    for name in {cluster.worker_of(start) for start in starts}:
        assert cluster.kill_worker(name)
    wait_until_stopped(cluster, blocked_jobs, starts)
    assert_done_right_and_once(cluster, blocked_jobs)
    assert tries(cluster, blocked_jobs) == dict.fromkeys(STAGES, 2)


def test_jobs_continue_after_all_workers_are_killed(cluster: Cluster, blocked_jobs: dict[str, Job]) -> None:
    starts = started_steps(cluster, blocked_jobs)
    assert cluster.inject(Fault("all_workers", 0, 0))
    wait_until_stopped(cluster, blocked_jobs, starts)
    assert_done_right_and_once(cluster, blocked_jobs)


def test_jobs_continue_after_the_broker_is_killed(cluster: Cluster, blocked_jobs: dict[str, Job]) -> None:
    """Some workers finish their steps, others abort them; a step that was just finished may run again."""
    assert cluster.inject(Fault("broker", 0, 0))
    cluster.wait_until_ready()
    assert_done_right(cluster, blocked_jobs)


@pytest.mark.parametrize("kind", ["api", "beat"])
def test_kill_of_api_or_beat_does_not_affect_steps(cluster: Cluster, blocked_jobs: dict[str, Job], kind: str) -> None:
    assert cluster.inject(Fault(kind, 0.9, 0)), DESCRIPTIONS[kind]
    assert_done_right_and_once(cluster, blocked_jobs)
    assert tries(cluster, blocked_jobs) == dict.fromkeys(STAGES, 1)


def test_worker_finishes_its_steps_after_term(cluster: Cluster) -> None:
    job = submit_blocked(cluster, "SCENE 2")
    name = cluster.worker_of(cluster.wait_for_start(job, "SCENE 2"))
    pid = cluster.workers[name].pid
    assert cluster.terminate_worker(name)
    assert_done_right_and_once(cluster, {"SCENE 2": job})
    assert len(start_times(cluster.entries(job), "SCENE 2")) == 1
    wait_for(lambda: cluster.workers[name].pid != pid and cluster.is_ready(name), TIMEOUT_S, "a new worker")


def test_repeated_request_after_a_lost_response_returns_the_same_job(cluster: Cluster) -> None:
    cluster.wait_until_ready()
    ids_before = cluster.stored_job_ids()
    job = cluster.submit(1, key="the same")
    assert cluster.inject(Fault("api", 0.9, 0))
    assert cluster.submit(1, key="the same").id == job.id
    assert_done_right_and_once(cluster, {"SCENE 1": job})
    assert cluster.stored_job_ids() - ids_before == {job.id}


def test_cancelled_job_stays_cancelled_when_its_worker_is_killed(cluster: Cluster) -> None:
    job = submit_blocked(cluster, "SCENE 2")
    name = cluster.worker_of(cluster.wait_for_start(job, "SCENE 2"))
    assert cluster.cancel(job) == "CANCELLED"
    cluster.kill_worker(name)
    next_job = cluster.submit(2)
    assert_done_right_and_once(cluster, {"SCENE 1": next_job})
    assert cluster.state(job) == "CANCELLED"
    assert not finish_counts(cluster.entries(job), "SETTLE")
