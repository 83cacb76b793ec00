"""``GET /api/v2/engines`` and ``pytoon engines`` over real HTTP, with a real database and a real result store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import requests
from sqlalchemy import delete, update

from app.database.models import EngineOfferRow, OrderRow, now
from app.database.session import transaction
from app.planning.engines.offers import Offer
from app.providers import changes, orders
from app.providers.breaker import FAILURES_TO_OPEN, KEY, Breakers
from app.providers.offers import NO_WORKER, publish
from app.queue.application import backend
from schemas.engine import Cost, EngineModelSchema
from schemas.money import parse_usd
from tests.commands import run_command
from tests.unit.planning.engines.sample_offers import GEN45, OFFERS, TURBO

SECRET = "sk-0123456789abcdef"
MISSING = Offer(missing=f"the server refused api_key={SECRET}")


@pytest.fixture
def offered() -> Iterator[None]:
    """The offers of two workers, and no orders and no failures."""
    publish("worker1", {name: OFFERS[name] for name in ("local", "runway", "luma", "unpriced")} | {"pika": MISSING})
    yield
    with transaction() as session:
        session.execute(delete(EngineOfferRow))
        session.execute(delete(OrderRow))
    for name in ("runway", "luma"):
        backend().client.delete(KEY + name, f"{KEY}{name}:trial")


def engines(address: str) -> dict[str, dict[str, Any]]:
    reply = requests.get(f"{address}/api/v2/engines", timeout=60)
    assert reply.status_code == 200, reply.text
    rows = reply.json()["engines"]
    assert [row["name"] for row in rows] == sorted(row["name"] for row in rows)
    return {row["name"]: row for row in rows}


def ordered(engine: str, scene: int, usd: str = "0.50") -> orders.Order:
    thing = orders.Thing("job_engines", scene, 0, orders.CLIP, f"scene {scene}")
    return orders.reserve(orders.Purchase(thing, "run", engine, "gen4.5", {}, Cost(parse_usd(usd))), ())


def submitted(engine: str, scene: int, usd: str = "0.50") -> orders.Order:
    order = ordered(engine, scene, usd)
    assert changes.mark_sent(order.id)
    assert changes.submitted(order.id, f"remote-{order.id}", {}, None, 1.0)
    return order


def test_engine_that_a_worker_has_is_listed_with_its_models_and_prices(address: str, offered: None) -> None:
    runway = engines(address)["runway"]
    assert (runway["configured"], runway["reason"]) == (True, None)
    assert (runway["generates"], runway["needs_network"], runway["costs_money"]) == (True, True, True)
    assert runway["media"] == ["generated", "image"]
    assert [EngineModelSchema.read(model) for model in runway["models"]] == [GEN45, TURBO]
    price = runway["models"][0]["prices"][0]
    assert (price["usd"], price["per"], price["unit"], price["units"]) == (0.12, "second", "credits", 12)
    assert price["source"]


def test_engine_of_this_machine_costs_nothing_and_has_no_models(address: str, offered: None) -> None:
    local = engines(address)["local"]
    assert (local["configured"], local["costs_money"], local["models"]) == (True, False, [])


def test_missing_engine_has_its_reason_without_secrets(address: str, offered: None) -> None:
    pika = engines(address)["pika"]
    assert (pika["configured"], pika["generates"], pika["media"], pika["models"]) == (False, None, [], [])
    assert pika["reason"].startswith("the server refused")
    assert SECRET not in pika["reason"]


def test_reason_of_an_engine_without_a_setting_is_the_setting(address: str, offered: None) -> None:
    publish("worker2", {"google": Offer(missing="google is not configured: set PYTOON_GOOGLE_API_KEY")})
    assert engines(address)["google"]["reason"] == "set PYTOON_GOOGLE_API_KEY"


def test_engine_whose_workers_are_gone_is_missing(address: str, offered: None) -> None:
    with transaction() as session:
        session.execute(update(EngineOfferRow).values(seen_at=now() - timedelta(hours=25)))
    assert engines(address)["runway"]["reason"] == NO_WORKER


def test_engine_that_only_orders_name_is_listed_with_a_reason(address: str, offered: None) -> None:
    submitted("vanished", 1)
    vanished = engines(address)["vanished"]
    assert not vanished["configured"]
    assert vanished["reason"] == "no worker knows an engine of this name"
    assert vanished["orders"]["in_flight"] == 1


def test_engines_of_presets_are_listed_before_any_worker_has_started(address: str) -> None:
    local = engines(address)["local"]
    assert not local["configured"]
    assert local["reason"]


def test_breaker_is_closed_open_with_its_reason_and_the_time_of_the_trial_then_half_open(
    address: str, offered: None
) -> None:
    assert engines(address)["runway"]["breaker"] == {"state": "closed", "reason": "", "trial_in_s": 0, "pause_s": 0}
    breakers = Breakers(backend().client)
    for _ in range(FAILURES_TO_OPEN):
        breakers.failed("runway", "HTTP 503")
    listed = engines(address)
    breaker = listed["runway"]["breaker"]
    assert (breaker["state"], breaker["reason"]) == ("open", "HTTP 503")
    assert 0 < breaker["trial_in_s"] <= 30
    assert listed["luma"]["breaker"]["state"] == "closed"
    backend().client.hset(f"{KEY}runway", "open_until", 0)
    assert engines(address)["runway"]["breaker"] | {"reason": ""} == {
        "state": "half-open",
        "reason": "",
        "trial_in_s": 0,
        "pause_s": 0,
    }


def test_pause_that_a_provider_asked_for_is_listed(address: str, offered: None) -> None:
    Breakers(backend().client).pause("luma", 120, "429")
    breaker = engines(address)["luma"]["breaker"]
    assert (breaker["state"], breaker["reason"]) == ("closed", "429")
    assert 0 < breaker["pause_s"] <= 120


def test_orders_in_flight_and_the_money_of_today_are_those_of_the_engine(address: str, offered: None) -> None:
    ordered("runway", 1)
    submitted("runway", 2)
    changes.settled(submitted("runway", 3).id, Cost(parse_usd("0.40")), {})
    unknown = ordered("runway", 4)
    assert changes.mark_sent(unknown.id)
    assert changes.ambiguous(unknown.id, "no reply")
    listed = engines(address)
    assert listed["runway"]["orders"] == {
        "in_flight": 2,
        "ambiguous": 1,
        "spent_today_usd": 0.4,
        "held_today_usd": 1.5,
    }
    assert listed["luma"]["orders"]["in_flight"] == 0


def test_money_of_yesterday_is_not_that_of_today_and_its_open_order_is_in_flight(address: str, offered: None) -> None:
    changes.settled(submitted("runway", 1).id, None, {})
    submitted("runway", 2)
    with transaction() as session:
        session.execute(update(OrderRow).values(day="2026-01-01"))
    usage = engines(address)["runway"]["orders"]
    assert usage == {"in_flight": 1, "ambiguous": 0, "spent_today_usd": 0, "held_today_usd": 0}


def test_one_engine_is_the_same_as_in_the_list(address: str, offered: None) -> None:
    reply = requests.get(f"{address}/api/v2/engines/luma", timeout=60)
    assert (reply.status_code, reply.json()) == (200, engines(address)["luma"])


@pytest.mark.parametrize("name", ["sora", "runway:gen4_turbo", "Runway", "a" * 65])
def test_engine_of_which_nothing_is_known_is_a_404(address: str, offered: None, name: str) -> None:
    reply = requests.get(f"{address}/api/v2/engines/{name}", timeout=60)
    assert (reply.status_code, reply.json()["error"]["code"]) == (404, "not_found")


def test_unknown_parameter_is_refused(address: str) -> None:
    assert requests.get(f"{address}/api/v2/engines", params={"name": "x"}, timeout=60).status_code == 422


# -- the command -----------------------------------------------------------------------------------------------------


def test_command_lists_engines_with_their_state_and_prices(
    address: str, offered: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "240")
    Breakers(backend().client).account_refused("luma", "402: no credit is left")
    submitted("runway", 1)
    result = run_command(capsys, "engines", "--url", address)
    lines = {line.split()[0]: line for line in result.out.splitlines() if line.split()}
    assert result.code == 0
    assert "ready" in lines["runway"] and "$0.05 to $0.12 a second" in lines["runway"]
    assert "$0.50" in lines["runway"]
    assert "no orders for 300 s: 402: no credit is left" in lines["luma"]
    assert "not available: the server refused" in lines["pika"]
    assert SECRET not in result.out


def test_command_lists_the_models_of_one_engine_with_the_source_of_prices(
    address: str, offered: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "240")
    result = run_command(capsys, "engines", "runway", "--url", address)
    assert result.words.startswith("runway: ready; invents pixels; needs the network; costs money")
    assert "gen4.5" in result.out and "2 to 10" in result.out and "9:16" in result.out
    assert "$0.12 a second" in result.out and "a price list of the tests" in result.out
    luma = run_command(capsys, "engines", "luma", "--url", address)
    assert "$1.40 a clip, 9 s 1080p" in luma.out


def test_command_prints_the_reply_as_json(address: str, offered: None, capsys: pytest.CaptureFixture[str]) -> None:
    result = run_command(capsys, "engines", "runway", "--json", "--url", address)
    assert '"name": "runway"' in result.out


def test_command_says_what_to_do_if_no_worker_has_said_which_engines_it_has(
    address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "No worker has said which engines it has" in run_command(capsys, "engines", "--url", address).words


def test_command_refuses_an_unknown_engine(address: str, offered: None, capsys: pytest.CaptureFixture[str]) -> None:
    result = run_command(capsys, "engines", "sora", "--url", address)
    assert result.code != 0
    assert "there is no engine sora" in result.words


def test_free_models_and_those_of_any_format_are_shown_in_words(
    address: str, offered: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "240")
    capabilities = OFFERS["own"].capabilities
    assert capabilities
    free = replace(GEN45, prices=(), seconds=(), aspects=(), resolutions=(), shorter_side_px=())
    publish("worker2", {"own": Offer(replace(capabilities, models=(free,)))})
    line = run_command(capsys, "engines", "own", "--url", address).out.splitlines()[-1]
    assert line.split()[-1] == "free"
    assert line.split().count("any") == 3
