"""Random faults with every broker: no job is lost, stuck or wrong, and no step runs twice at once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.faults import brokers
from tests.faults.cluster import running_cluster
from tests.faults.storm import run_storm

SEED = 7
MAX_DRAIN_S = 120


@pytest.mark.slow
@pytest.mark.parametrize(
    ("broker", "kills"),
    [("embedded", 40), ("redis", 10), ("rabbitmq", 10)],
)
def test_every_job_is_done_right_and_once_after_a_storm(tmp_path: Path, broker: str, kills: int) -> None:
    if reason := brokers.unavailable_reason(broker):
        assert not os.environ.get("CI"), reason
        pytest.skip(reason)
    with running_cluster(tmp_path / "home", broker) as cluster:
        result = run_storm(cluster, SEED, kills, jobs=max(4, kills // 5), max_drain_s=MAX_DRAIN_S)
    assert result.lost == result.stuck == result.wrong == result.concurrent == []
    assert sum(result.faults.values()) + result.missed_faults == kills
    assert result.missed_faults <= kills // 10
    # The steps of this test are short compared with the time between their end and the storing of their result.
    assert len(result.repeated) <= 0.05 * result.scenes
