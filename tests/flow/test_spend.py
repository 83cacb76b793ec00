"""Spending and the orders of jobs over HTTP."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import requests

from app.providers import ledger
from tests import stored_orders
from tests.commands import run_command
from tests.stored_runs import stored_job, stored_run
from tests.waiting import REPLY_S


@pytest.fixture
def job_id(address: str) -> str:
    """A job with one order that is charged, and one whose outcome is not known."""
    job_id = stored_job()
    run_id = stored_run(job_id)
    stored_orders.settled(job_id, 1, run_id=run_id, usd="0.25")
    stored_orders.submitted(job_id, 2, run_id=run_id, usd="0.5", engine="luma")
    return job_id


def get(url: str, **query: str) -> Any:
    return requests.get(url, params=query, timeout=REPLY_S).json()


def test_spend_of_a_job_is_by_day_and_engine_with_its_total(address: str, job_id: str) -> None:
    body = get(f"{address}/api/v2/spend", job_id=job_id)
    common = {"day": ledger.today(), "job_id": job_id, "orders": 1}
    assert body["entries"] == [
        {**common, "engine": "runway", "spent_usd": 0.25, "held_usd": 0},
        {**common, "engine": "luma", "spent_usd": 0, "held_usd": 0.5},
    ]
    assert body["total"] == {"orders": 2, "spent_usd": 0.25, "held_usd": 0.5}
    limits = {limit["kind"]: limit for limit in body["limits"]}
    assert limits["job"] == {"kind": "job", "name": job_id, "limit_usd": None, "used_usd": 0.75, "left_usd": None}
    assert limits["server"]["used_usd"] >= 0.75 and limits["server"]["limit_usd"] is None


def test_spend_of_the_last_days_has_the_days_of_the_report(address: str, job_id: str) -> None:
    body = get(f"{address}/api/v2/spend", since="2026-01-01", until="9999-12-31")
    assert (body["since"], body["until"]) == ("2026-01-01", "9999-12-31")
    assert any(entry["job_id"] == job_id for entry in body["entries"])
    assert get(f"{address}/api/v2/spend", until="2000-01-31") | {"limits": []} == {
        **{"since": "2000-01-01", "until": "2000-01-31", "entries": [], "limits": []},
        **{"total": {"orders": 0, "spent_usd": 0, "held_usd": 0}},
    }


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"since": "yesterday"}, "since"),
        ({"since": "20260101"}, "since"),
        ({"until": "2026-02-30"}, "until"),
        ({"since": "2026-02-02", "until": "2026-02-01"}, "since"),
        ({"job_id": "../x"}, "job_id"),
        ({"by": "day"}, "by"),
    ],
)
def test_query_that_is_not_valid_gets_422_with_its_name(address: str, query: dict[str, str], field: str) -> None:
    reply = requests.get(f"{address}/api/v2/spend", params=query, timeout=REPLY_S)
    assert (reply.status_code, reply.json()["error"]["field"]) == (422, field)


def test_spend_and_orders_of_an_unknown_job_are_not_found(address: str) -> None:
    unknown = f"job_{uuid.uuid4().hex}"
    for path in (f"spend?job_id={unknown}", f"jobs/{unknown}/orders"):
        assert requests.get(f"{address}/api/v2/{path}", timeout=REPLY_S).status_code == 404


def test_job_has_its_money_and_a_link_to_its_orders(address: str, job_id: str) -> None:
    job = get(f"{address}/api/v2/jobs/{job_id}")
    assert job["money"] == {"budget_usd": None, "estimated_usd": 0.75, "spent_usd": 0.25, "held_usd": 0.5}
    orders = get(address + job["links"]["orders"])["orders"]
    assert [(order["scene"], order["engine"], order["state"], order["cost_usd"]) for order in orders] == [
        (1, "runway", "settled", 0.25),
        (2, "luma", "submitted", None),
    ]
    assert orders[0]["unit"] == "credits" and orders[0]["units"] == 25 and orders[0]["remote_id"]


def test_orders_have_no_prompt_and_no_link_of_a_provider(address: str, job_id: str) -> None:
    text = requests.get(f"{address}/api/v2/jobs/{job_id}/orders", timeout=REPLY_S).text
    assert stored_orders.PROMPT not in text and "signature" not in text and "clips.example" not in text


def test_spend_command_shows_the_same(address: str, job_id: str, capsys: pytest.CaptureFixture[str]) -> None:
    result = run_command(capsys, "spend", "--since", "7d", "--by", "engine", "--job", job_id, "--url", address)
    assert result.code == 0
    assert "runway 1 $0.25 $0.00" in result.words and "total 2 $0.25 $0.50" in result.words
    orders = run_command(capsys, "orders", job_id, "--url", address)
    assert orders.code == 0 and "runway" in orders.words and "submitted" in orders.words
