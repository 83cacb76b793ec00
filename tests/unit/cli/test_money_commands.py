"""The commands ``spend``, ``orders`` and ``resolve``, and the key that every command sends."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.api import examples
from app.cli import money
from app.cli.progress import _hint, scene_words
from app.client import Client
from app.core.config import settings
from app.core.errors import BadRequest

RunCommand = Callable[..., Any]
JOB = "/api/v2/jobs/job_1"


def entry(day: str, engine: str, job_id: str, spent: float, held: float = 0.0) -> dict[str, Any]:
    return {"day": day, "engine": engine, "job_id": job_id, "orders": 1, "spent_usd": spent, "held_usd": held}


ENTRIES = [
    entry("2026-01-02", "runway", "job_2", 0.1, 0.5),
    entry("2026-01-02", "luma", "job_1", 0.2),
    entry("2026-01-01", "runway", "job_1", 0.015),
]
SPEND = {**examples.SPEND, "entries": ENTRIES}


@pytest.mark.parametrize(
    ("by", "lines"),
    [
        ("day", ("2026-01-02 2 $0.30 $0.50", "2026-01-01 1 $0.015 $0.00")),
        ("engine", ("runway 2 $0.115 $0.50", "luma 1 $0.20 $0.00")),
        ("job", ("job_2 1 $0.10 $0.50", "job_1 2 $0.215 $0.00")),
    ],
)
def test_spend_has_a_line_for_each_group_and_the_exact_total(
    pytoon: RunCommand, fake_server: Any, by: str, lines: tuple[str, ...]
) -> None:
    fake_server.files["/api/v2/spend"] = json.dumps(SPEND).encode()
    result = pytoon("spend", "--by", by)
    assert result.code == 0
    for line in (*lines, "total 3 $0.315 $0.50", "this server, today $50.00 $0.25 $49.75", "key studio, today none"):
        assert line in result.words


def test_spend_as_json_is_the_reply_of_the_server(pytoon: RunCommand, fake_server: Any) -> None:
    fake_server.files["/api/v2/spend"] = json.dumps(SPEND).encode()
    assert json.loads(pytoon("spend", "--json").out) == SPEND


def test_spend_without_orders_says_so(pytoon: RunCommand, fake_server: Any) -> None:
    path = "/api/v2/spend?since=2026-01-01&until=2026-01-31&job_id=job_1"
    fake_server.files[path] = json.dumps({**SPEND, "entries": []}).encode()
    result = pytoon("spend", "--since", "2026-01-01", "--until", "2026-01-31", "--job", "job_1")
    assert result.code == 0 and "Nothing was ordered" in result.words


def test_day_is_a_date_or_a_number_of_days_ago() -> None:
    assert money._day("--since", "7d") == datetime.now(UTC).date() - timedelta(days=7)
    assert str(money._day("--since", "2026-01-31")) == "2026-01-31" and money._day("--since", None) is None
    for text in ("yesterday", "7", "0d", "2026-02-30", "7w"):
        with pytest.raises(BadRequest, match="--since"):
            money._day("--since", text)


def test_orders_are_listed_with_state_money_and_reason(pytoon: RunCommand, fake_server: Any) -> None:
    failed = {**examples.ORDER, "scene": None, "state": "failed", "cost_usd": None, "remote_id": None, "reason": "no"}
    fake_server.files[f"{JOB}/orders"] = json.dumps({"orders": [examples.ORDER, failed]}).encode()
    rows = json.loads(pytoon("orders", "job_1", "--json").out)
    assert [row["state"] for row in rows] == ["settled", "failed"]
    words = money._order_table(rows)
    assert [list(column.cells)[1] for column in words.columns] == [
        *("film", "runway", "gen4_turbo", "failed", "$0.25", "–", "–", "no")
    ]
    assert pytoon("orders", "job_1").code == 0


def test_job_without_orders_says_so(pytoon: RunCommand, fake_server: Any) -> None:
    fake_server.files[f"{JOB}/orders"] = b'{"orders": []}'
    assert "ordered nothing" in pytoon("orders", "job_1").words


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"state": "submitted", "cost_usd": None}, "is submitted; its clip is fetched when it is finished"),
        ({"state": "cancelled", "cost_usd": 0.0}, "is cancelled; nothing is charged"),
        ({"state": "ambiguous", "cost_usd": None}, "is ambiguous; $0.25 stay reserved"),
        ({"state": "settled", "cost_usd": 0.25}, "is settled; $0.25 count as spent"),
    ],
)
def test_resolve_says_what_follows(pytoon: RunCommand, fake_server: Any, changes: dict[str, Any], words: str) -> None:
    fake_server.files[f"{JOB}/scenes/3/resolve"] = json.dumps({**examples.ORDER, **changes}).encode()
    result = pytoon("resolve", "job_1", "3", "--not-accepted")
    assert result.code == 0 and f"scene 3: the order at runway {words}" in result.words


@pytest.mark.parametrize("options", [(), ("--give-up", "--not-accepted"), ("--accepted", "r1", "--give-up")])
def test_resolve_needs_exactly_one_outcome(pytoon: RunCommand, options: tuple[str, ...]) -> None:
    result = pytoon("resolve", "job_1", "3", *options)
    assert result.code == 2 and "exactly one of" in result.words


def test_statement_of_each_option() -> None:
    assert money._statement("r1", False, False) == {"outcome": "accepted", "remote_id": "r1"}
    assert money._statement(None, True, False) == {"outcome": "not_accepted"}
    assert money._statement(None, False, True) == {"outcome": "give_up"}


def test_scene_that_waits_says_for_what() -> None:
    scene = {"id": 3, "state": "RENDERING", "engine": None, "waits_for": "runway, 40 %"}
    assert scene_words(scene) == "waits for runway, 40 %"
    assert scene_words({**scene, "waits_for": None}) == "rendering"


def test_hint_without_progress_names_what_scenes_wait_for() -> None:
    scene = {"id": 3, "state": "RENDERING", "engine": None, "waits_for": "runway, 40 %"}
    assert _hint({"progress": {"scenes": [scene]}}) == "Scene 3 waits for runway, 40 %."
    assert "workers" in _hint({"progress": {"scenes": [{**scene, "waits_for": None}]}})


# -- the key of the commands -----------------------------------------------------------------------------------------


@pytest.fixture
def api_key(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("PYTOON_API_KEY", "pyt_secret_of_the_test")
    settings.cache_clear()
    yield settings().api_key
    monkeypatch.undo()
    settings.cache_clear()


def test_key_of_the_setting_is_a_secret_that_the_client_takes(api_key: str) -> None:
    assert api_key in settings().secrets
    assert Client("http://host")._api_key == api_key and Client("http://host", "")._api_key == ""


def test_refusal_for_want_of_a_key_is_printed_with_its_advice(pytoon: RunCommand, fake_server: Any) -> None:
    fake_server.refuse(JOB, 401, "this server needs an API key", "Set PYTOON_API_KEY.")
    result = pytoon("status", "job_1")
    assert result.code == 2 and "needs an API key" in result.words and "PYTOON_API_KEY" in result.words
