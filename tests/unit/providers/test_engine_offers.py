"""What workers say about their engines, as the API reads it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import update

from app.core.config import settings
from app.database.models import EngineOfferRow, now
from app.database.session import engine, migrate, transaction
from app.planning.engines.offers import Offer
from app.providers.breaker import Breakers
from app.providers.offers import NO_WORKER, publish, read, with_breakers
from engines.registry import build_engines
from tasks.offers import OfferPublication
from tests.unit.planning.engines.sample_offers import OFFERS

LOCAL, RUNWAY = OFFERS["local"], OFFERS["runway"]
MISSING = Offer(missing="set PYTOON_RUNWAY_API_KEY")


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PYTOON_HOME", str(tmp_path))
    settings.cache_clear()
    migrate()
    yield
    engine().dispose()
    monkeypatch.undo()
    settings.cache_clear()


def last_seen(worker: str, **ago: float) -> None:
    with transaction() as session:
        chosen = update(EngineOfferRow).where(EngineOfferRow.worker == worker)
        session.execute(chosen.values(seen_at=now() - timedelta(**ago)))


def test_nothing_is_offered_before_a_worker_has_published() -> None:
    assert read() == {}


def test_offers_are_read_as_they_were_published() -> None:
    offers = {name: Offer(offer.capabilities, offer.missing) for name, offer in OFFERS.items()}
    publish("worker1", offers)
    assert read() == offers


def test_worker_replaces_what_it_has_offered() -> None:
    publish("worker1", {"local": LOCAL, "runway": RUNWAY})
    publish("worker1", {"runway": MISSING})
    assert read() == {"runway": MISSING}


@pytest.mark.parametrize("first", [("one", "other"), ("other", "one")])
def test_engine_that_one_worker_offers_is_offered(first: tuple[str, str]) -> None:
    offers = {"one": {"runway": RUNWAY}, "other": {"runway": MISSING}}
    for worker in first:
        publish(worker, offers[worker])
    assert read() == {"runway": RUNWAY}


def test_reason_is_that_of_the_newest_worker() -> None:
    publish("old", {"runway": Offer(missing="set another setting")})
    publish("new", {"runway": MISSING})
    last_seen("old", hours=2)
    assert read() == {"runway": MISSING}


def test_worker_that_was_not_seen_for_a_day_offers_nothing() -> None:
    publish("old", {"runway": RUNWAY, "local": LOCAL})
    publish("new", {"local": LOCAL})
    last_seen("old", hours=24, seconds=1)
    assert read() == {"runway": Offer(missing=NO_WORKER), "local": LOCAL}
    publish("new", {"runway": MISSING})
    assert read()["runway"] == MISSING


@dataclass
class Hashes:
    """The part of redis-py that reads a breaker, on a dict."""

    values: dict[str, dict[bytes, bytes]] = field(default_factory=dict)

    def hgetall(self, key: str) -> Any:
        return self.values.get(key, {})


def test_open_breaker_makes_an_engine_unavailable_for_its_time() -> None:
    stored = {"pytoon:breaker:runway": {b"open_until": b"130", b"reason": b"HTTP 503", b"failures": b"5"}}
    offers = with_breakers({"runway": RUNWAY, "local": LOCAL, "pika": MISSING}, Breakers(Hashes(stored), lambda: 100.0))
    assert offers["runway"].unavailable == "it is not used for 30 s after failures: HTTP 503"
    assert (offers["local"], offers["pika"]) == (LOCAL, MISSING)


@dataclass
class Consumer:
    """The part of a worker's consumer that the step uses; ``repeated`` are the calls that its timer repeats."""

    queues: tuple[str, ...]
    hostname: str = "gpu@host"
    repeated: list[tuple[Any, ...]] = field(default_factory=list)

    @property
    def app(self) -> Any:
        return SimpleNamespace(amqp=SimpleNamespace(queues=SimpleNamespace(consume_from=dict.fromkeys(self.queues))))

    @property
    def timer(self) -> Any:
        return SimpleNamespace(call_repeatedly=lambda *call: self.repeated.append(call))


def test_worker_that_renders_scenes_publishes_its_engines_at_once_and_every_hour() -> None:
    consumer = Consumer(("gpu", "api"))
    OfferPublication(consumer).start(consumer)
    assert read()["local"] == Offer(build_engines(settings()).present["local"].capabilities)
    (seconds, call, arguments) = consumer.repeated[0]
    assert seconds <= 3600
    last_seen("gpu@host", hours=25)
    assert read()["local"].unavailable == NO_WORKER
    call(*arguments)
    assert read()["local"].unavailable is None


def test_other_workers_publish_nothing() -> None:
    consumer = Consumer(("cpu", "orch"))
    OfferPublication(consumer).start(consumer)
    assert (read(), consumer.repeated) == ({}, [])
