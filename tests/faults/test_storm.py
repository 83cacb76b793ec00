"""Random strikes over every broker, the same ones each time: nothing is lost, stuck, wrong or done twice at once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.faults import brokers
from tests.faults.fleet import fleet
from tests.faults.storm import storm

SEED = 7
DRAIN_S = 120


@pytest.mark.slow
@pytest.mark.parametrize(
    ("broker", "kills"),
    [("embedded", 40), ("redis", 10), ("rabbitmq", 10)],
)
def test_a_storm_leaves_every_job_done_right_and_once(tmp_path: Path, broker: str, kills: int) -> None:
    if why := brokers.missing(broker):
        assert not os.environ.get("CI"), why
        pytest.skip(why)
    with fleet(tmp_path / "home", broker) as running:
        found = storm(running, SEED, kills, jobs=max(4, kills // 5), drain_s=DRAIN_S)
    assert found.lost == found.stuck == found.not_right == found.twice == []
    assert sum(found.hits.values()) + found.misses == kills
    assert found.misses <= kills // 10
    # A step that makes nothing is short beside the moment between its end and its receipt.
    assert len(found.again) <= 0.05 * found.scenes
