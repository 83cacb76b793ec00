"""``POST /api/v2/estimate`` over real HTTP, with a real database and no workers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from sqlalchemy import delete, func, select

from app.database.models import EngineOfferRow, JobRow
from app.database.session import transaction
from app.providers.offers import publish
from schemas.estimate import EstimateSchema
from tests.unit.planning.engines.sample_offers import OFFERS

SCENES = {
    "title": "Bread",
    "voice": {"provider": "none"},
    "scenes": [
        {"description": "A loaf", "media": {"kind": "generated"}, "duration_ms": 5000, "engine": "local:x"},
        {"description": "A loaf", "media": {"kind": "generated"}, "duration_ms": 5000},
        {"caption": "Bread takes time."},
    ],
}


@pytest.fixture(autouse=True)
def without_offers(address: str) -> Iterator[None]:
    """No worker has published its engines, whatever tests have run in this process before."""
    _delete_offers()
    yield
    _delete_offers()


def _delete_offers() -> None:
    with transaction() as session:
        session.execute(delete(EngineOfferRow))


@pytest.fixture
def offered() -> None:
    publish("worker1", {name: OFFERS[name] for name in ("local", "runway", "luma", "pika")})


def post(address: str, request: dict[str, Any]) -> requests.Response:
    return requests.post(f"{address}/api/v2/estimate", json=request, timeout=60)


def job_count() -> int:
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(JobRow)) or 0


def test_estimate_says_what_each_scene_costs_and_stores_nothing(address: str, offered: None) -> None:
    jobs = job_count()
    reply = post(address, SCENES | {"budget_usd": 5, "takes": 2})
    assert reply.status_code == 200, reply.text
    result = EstimateSchema.read(reply.json())
    assert [(scene.engine, scene.takes) for scene in result.scenes] == [("runway", 2), ("runway", 2), ("local", 1)]
    assert result.usd == result.max_usd == sum(scene.usd for scene in result.scenes) > 0
    assert result.scenes[0].rejected[0].engine == "local:x"
    assert job_count() == jobs


def test_without_a_budget_or_a_name_nothing_is_bought(address: str, offered: None) -> None:
    body = post(address, SCENES).json()
    assert [scene["engine"] for scene in body["scenes"]] == ["template", "template", "local"]
    assert (body["usd"], body["max_usd"]) == (0, 0)


def test_invalid_request_is_refused_with_the_field(address: str, offered: None) -> None:
    reply = post(address, SCENES | {"budget_usd": "5"})
    assert reply.status_code == 422
    assert "budget_usd" in reply.text


def test_estimate_needs_a_worker_that_has_said_which_engines_it_has(address: str) -> None:
    reply = post(address, SCENES)
    assert reply.status_code == 503
    assert "no worker has said which engines it has" in reply.json()["error"]["message"]
