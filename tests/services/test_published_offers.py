"""A worker publishes its engines, and the API reads them."""

from __future__ import annotations

from app.core.config import settings
from app.planning.engines.offers import Offer
from app.providers.offers import read
from engines.registry import build_engines
from tests.conftest import Broker, running_worker
from tests.waiting import wait_until


def test_worker_that_takes_scenes_publishes_its_engines(broker: Broker) -> None:
    with running_worker(("gpu",)):
        wait_until(lambda: "local" in read(), "the engines of the worker")
    registry = build_engines(settings())
    assert read()["local"] == Offer(registry.present["local"].capabilities)
    assert {name: read()[name].missing for name in registry.missing} == dict(registry.missing)
