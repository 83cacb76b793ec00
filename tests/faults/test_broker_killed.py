"""The embedded server is killed while steps run: they continue, and no job waits for a lease to end."""

from __future__ import annotations

from pathlib import Path

from tests.faults.cluster import running_cluster
from tests.faults.execution_log import find_errors, finish_counts, start_times
from tests.waiting import HANGS_AFTER_S

# No job of this test could be done in time if it waited for the end of a lease.
LEASE_S = 4 * HANGS_AFTER_S
STAGES = ("PLAN", "SCENE 2", "SETTLE", "SEGMENT 1", "DELIVER")


def test_running_steps_continue_after_the_broker_is_killed(tmp_path: Path) -> None:
    with running_cluster(tmp_path / "home", "embedded", workers_per_kind=1, children=4, lease_s=LEASE_S) as cluster:
        cluster.block_steps()
        jobs = {stage: cluster.submit(3, f"{stage} blocks") for stage in reversed(STAGES)}
        for stage, job in jobs.items():
            cluster.wait_for_start(job, stage)
        for _ in range(2):
            cluster.broker.kill()
            cluster.wait_until_ready()
        cluster.release_steps()
        states = cluster.wait_for_jobs([*jobs.values()], HANGS_AFTER_S)
        assert set(states.values()) == {"DONE"}
        for stage, job in jobs.items():
            entries = cluster.entries(job)
            assert find_errors(entries, job.scenes) == []
            assert len(start_times(entries, stage)) == 1
            assert finish_counts(entries, stage.partition(" ")[0])[stage] == 1
