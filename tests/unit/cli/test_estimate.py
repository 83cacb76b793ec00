"""``pytoon estimate`` against a fake server."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from schemas.clip import Fallback
from schemas.estimate import Estimate, EstimateSchema, SceneEstimate
from schemas.job import JobRequestSchema
from tests.commands import Result

RunCommand = Callable[..., Result]
ESTIMATE = Estimate(
    (
        SceneEstimate(
            1,
            "google",
            "veo3.1",
            6,
            2,
            Decimal("2.40"),
            Decimal("4.80"),
            why="the request names it",
            rejected=(Fallback("runway", "set PYTOON_RUNWAY_API_KEY"),),
        ),
        SceneEstimate(2, "local", seconds=4, why="the scene needs words on colours"),
    ),
    usd=Decimal("2.40"),
    max_usd=Decimal("4.80"),
    budget_usd=Decimal(5),
)


@pytest.fixture(autouse=True)
def estimated(fake_server: Any) -> None:
    fake_server.estimate = EstimateSchema.plain(ESTIMATE)


def test_price_of_each_scene_and_of_the_film_is_shown_with_the_reasons(pytoon: RunCommand) -> None:
    result = pytoon("estimate", "--prompt", "A day in Kyoto", "--engine", "google", "--budget", "5", "--takes", "2")
    assert result.code == 0
    for words in ("google:veo3.1", "2 × 6 s", "$2.40 to $4.80", "the request names it", "the budget is $5.00"):
        assert words in result.words
    assert "not runway: set PYTOON_RUNWAY_API_KEY" in result.words


def test_estimate_is_printed_as_json(pytoon: RunCommand) -> None:
    result = pytoon("estimate", "--prompt", "A day in Kyoto", "--json")
    assert EstimateSchema.read(json.loads(result.out)) == ESTIMATE


def test_estimate_sends_the_request_of_the_job(pytoon: RunCommand, fake_server: Any) -> None:
    options = (
        "--prompt",
        "A day in Kyoto",
        "--engine",
        "runway:gen4.5",
        "--budget",
        "0.5",
        "--continuity",
        "character",
    )
    pytoon("estimate", *options)
    pytoon("create", *options)
    assert fake_server.requests[0] == fake_server.requests[1]
    assert JobRequestSchema.read(fake_server.requests[0]).budget_usd == Decimal("0.5")


def test_estimate_without_a_text_is_refused(pytoon: RunCommand, fake_server: Any) -> None:
    assert pytoon("estimate").code == 2
    assert fake_server.requests == []
