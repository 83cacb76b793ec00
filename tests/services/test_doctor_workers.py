"""``pytoon doctor`` asks the workers of a real broker whether one takes orders, and counts the keys of the API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import delete

from app.accounts import owners
from app.cli import engine_checks
from app.core.config import Settings, settings
from app.core.plugins import Registry
from app.database.models import ApiKeyRow
from app.database.session import transaction
from app.queue.embedded_broker import Broker
from engines.registry import AnyEngine, build_engines
from tests.conftest import running_worker
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def registry(broker: Broker) -> Registry[AnyEngine]:
    """The engines of a machine with a key of Runway."""
    return build_engines(Settings(runway_api_key="key_0123456789"))


def test_worker_of_other_queues_takes_no_orders(registry: Registry[AnyEngine]) -> None:
    with running_worker(("gpu",)):
        finding = engine_checks.order_worker(registry)
    assert (finding.ok, finding.detail) == (False, "needed for runway; none runs")


def test_worker_of_the_queue_api_is_named(registry: Registry[AnyEngine]) -> None:
    with running_worker(("api",)):
        wait_until(lambda: engine_checks.order_worker(registry).ok, "the answer of a worker for orders")
        assert "; runs: test" in engine_checks.order_worker(registry).detail


@pytest.fixture
def key(broker: Broker) -> Iterator[str]:
    yield owners.add("studio")[0].name
    with transaction() as session:
        session.execute(delete(ApiKeyRow))


def test_active_keys_are_counted_and_revoked_ones_are_not(key: str) -> None:
    public = replace(settings(), host="0.0.0.0")
    assert engine_checks.api_keys(public).detail == "1 active; every request needs one"
    owners.revoke(key)
    assert not engine_checks.api_keys(public).ok
