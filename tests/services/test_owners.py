"""API keys, the limits of their owners and statements about orders, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from app.accounts import owners
from app.accounts.gate import Gate
from app.accounts.keys import hash_of, new_token
from app.core.config import settings
from app.core.errors import BadRequest, BudgetExceeded, Conflict, NotFound, Unauthorized
from app.database.models import ApiKeyRow, JobRow, now
from app.database.session import migrate, transaction
from app.jobs import order_queries, spend
from app.jobs.ceilings import limits_of
from app.providers import changes, ledger, orders
from schemas.money import ZERO
from schemas.order import OrderState
from tests import stored_orders
from tests.databases import DATABASES, use

USD = Decimal


@pytest.fixture(params=DATABASES, autouse=True)
def database(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PYTOON_DAILY_USD", "5")
    for _ in use(request.param, tmp_path, monkeypatch):
        migrate()
        yield


def job_of(owner: str | None = None, **request: object) -> str:
    with transaction() as session:
        session.add(JobRow(id="job_1", request={"script": "Hello.", **request}, owner=owner))
    return "job_1"


# -- keys ------------------------------------------------------------------------------------------------------------


def test_token_of_a_key_is_nowhere_in_the_database() -> None:
    _, token = owners.add("studio", USD(20))
    with transaction() as session:
        stored = " ".join(str(row) for row in session.execute(text("SELECT * FROM api_key")))
    assert token not in stored and token[4:] not in stored and hash_of(token) in stored


def test_name_is_unique_among_active_keys_and_free_after_its_key_is_revoked() -> None:
    first, _ = owners.add("studio")
    with pytest.raises(Conflict):
        owners.add("studio")
    owners.revoke("studio")
    second, _ = owners.add("studio")
    assert second.id != first.id
    assert [key.revoked_at is None for key in owners.list_keys()] == [False, True]
    assert [key.id for key in owners.active_keys()] == [second.id]


def test_limit_of_a_key_can_be_changed_and_removed() -> None:
    owners.add("studio", USD("0.10"))
    owners.limit("studio", USD("12.5"))
    assert [key.daily_usd for key in owners.active_keys()] == [USD("12.5")]
    owners.limit("studio", None)
    assert [key.daily_usd for key in owners.active_keys()] == [None]


def test_name_that_no_active_key_has_is_not_found() -> None:
    owners.add("studio")
    owners.revoke("studio")
    for change in (lambda: owners.revoke("studio"), lambda: owners.limit("studio", None)):
        with pytest.raises(NotFound):
            change()
    with pytest.raises(BadRequest):
        owners.add(" studio")


# -- the gate --------------------------------------------------------------------------------------------------------


def test_every_request_passes_while_no_key_is_active() -> None:
    assert Gate().owner(None) is None and Gate().owner("anything") is None
    owners.add("studio")
    owners.revoke("studio")
    assert Gate().owner(None) is None


def test_only_the_token_of_an_active_key_passes() -> None:
    key, token = owners.add("studio")
    _, revoked = owners.add("old")
    owners.revoke("old")
    assert Gate().owner(token).id == key.id
    for other in (None, "", "pyt_", new_token(), revoked, token[:-1], f"{token} ", hash_of(token)):
        with pytest.raises(Unauthorized):
            Gate().owner(other)


def test_new_key_passes_although_the_keys_were_read_before_it_was_added() -> None:
    owners.add("first")
    gate = Gate()
    with pytest.raises(Unauthorized):
        gate.owner(None)
    key, token = owners.add("second")
    gate.snapshot = gate.snapshot and type(gate.snapshot)(
        gate.snapshot.url, gate.snapshot.read_at - 1, gate.snapshot.by_hash
    )
    assert gate.owner(token).id == key.id


def test_use_of_a_key_is_stored_once_a_minute() -> None:
    key, token = owners.add("studio")
    Gate().owner(token)
    first = owners.active_keys()[0].last_used_at
    assert first is not None
    Gate().owner(token)
    assert owners.active_keys()[0].last_used_at == first
    with transaction() as session:
        session.execute(update(ApiKeyRow).values(last_used_at=now() - timedelta(minutes=2)))
    Gate().owner(token)
    assert owners.active_keys()[0].last_used_at > now() - timedelta(minutes=1)
    assert key.last_used_at is None


def test_requests_within_seconds_read_the_keys_once() -> None:
    _, token = owners.add("studio")
    gate = Gate()
    gate.owner(token)
    snapshot = gate.snapshot
    for _ in range(20):
        gate.owner(token)
    assert gate.snapshot is snapshot


# -- limits ----------------------------------------------------------------------------------------------------------


def test_ceilings_of_a_job_are_its_budget_its_owners_and_the_servers() -> None:
    key, _ = owners.add("studio", USD("2.5"))
    job_id = job_of(key.id, budget_usd=0.7)
    assert limits_of(job_id).owner == key.id
    limits = {(limit.scope, limit.day): limit.limit_usd for limit in limits_of(job_id).ceilings()}
    assert limits == {
        ("job:job_1", ledger.NO_DAY): USD("0.7"),
        (f"owner:{key.id}", ledger.today()): USD("2.5"),
        (ledger.DEPLOYMENT, ledger.today()): USD(5),
    }


def test_job_without_owner_and_budget_has_only_the_limit_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = job_of()
    assert [limit.limit_usd for limit in limits_of(job_id).ceilings()] == [None, USD(5)]
    monkeypatch.setenv("PYTOON_DAILY_USD", "0")
    settings.cache_clear()
    assert [limit.limit_usd for limit in limits_of(job_id).ceilings()] == [None, None]
    with pytest.raises(NotFound):
        limits_of("job_2").ceilings()


def test_limit_of_a_revoked_key_holds_for_its_jobs_and_none_of_another_of_its_name() -> None:
    key, _ = owners.add("studio", USD(1))
    owners.revoke("studio")
    owners.add("studio", USD(100))
    job_id = job_of(key.id)
    purchase = orders.Purchase(
        orders.Thing(job_id, 1, 0, "clip", "a"), "run", "runway", "m", {}, stored_orders.Cost(USD(2)), key.id
    )
    with pytest.raises(BudgetExceeded, match="API key"):
        orders.reserve(purchase, limits_of(job_id).ceilings())


# -- statements about orders -----------------------------------------------------------------------------------------


def test_accepted_order_is_due_at_once_and_keeps_its_money() -> None:
    order = stored_orders.ambiguous(job_of())
    assert changes.stated_accepted(order.id, "remote 9")
    after = orders.get(order.id)
    assert (after.state, after.remote_id, after.held_usd) == (OrderState.SUBMITTED, "remote 9", USD("0.25"))
    assert after.due_at <= now() and after.resolved_at and after.cancel_requested_at is None and not after.ended_at
    assert not changes.stated_accepted(order.id, "remote 9")


def test_accepted_order_of_a_cancelled_job_is_to_be_cancelled() -> None:
    order = stored_orders.ambiguous(job_of())
    changes.stated_accepted(order.id, "remote 9", cancel=True)
    assert orders.get(order.id).cancel_requested_at is not None


def test_accepted_order_whose_scene_has_another_clip_counts_as_charged() -> None:
    order = stored_orders.ambiguous(job_of(), fell_back=True)
    assert changes.stated_accepted(order.id, "remote 9", cancel=True)
    after = orders.get(order.id)
    assert (after.state, after.due_at, after.held_usd) == (OrderState.SETTLED, None, USD("0.25"))
    assert after.rejected == order.rejected and after.ended_at and after.cancel_requested_at is None
    money, _ = order_queries.bought("job_1")
    assert (money.spent_usd, money.held_usd) == (USD("0.25"), ZERO)


@pytest.mark.parametrize("fell_back", [False, True])
def test_order_that_was_not_accepted_releases_its_money(fell_back: bool) -> None:
    order = stored_orders.ambiguous(job_of(), fell_back=fell_back)
    assert changes.stated_not_accepted(order.id)
    after = orders.get(order.id)
    assert (after.state, after.held_usd, after.rejected) == (OrderState.CANCELLED, ZERO, order.rejected)
    assert ledger.job_usd("job_1") == ZERO and ledger.differences() == {}
    assert stored_orders.placed("job_1").attempt == 1


def test_order_that_is_given_up_keeps_its_money_reserved_once() -> None:
    order = stored_orders.ambiguous(job_of())
    assert changes.stated_given_up(order.id) and not changes.stated_given_up(order.id)
    after = orders.get(order.id)
    assert (after.state, after.held_usd, after.due_at) == (OrderState.AMBIGUOUS, USD("0.25"), None)
    assert after.rejected and after.resolved_at


@pytest.mark.parametrize("make", [stored_orders.placed, stored_orders.submitted, stored_orders.settled])
def test_nothing_can_be_stated_about_an_order_that_is_known(make: object) -> None:
    order = make(job_of())  # type: ignore[operator]
    assert not changes.stated_accepted(order.id, "x")
    assert not changes.stated_not_accepted(order.id) and not changes.stated_given_up(order.id)
    assert orders.get(order.id) == order


# -- reports ---------------------------------------------------------------------------------------------------------


def test_report_has_spent_and_reserved_money_and_what_is_left_today() -> None:
    key, _ = owners.add("studio", USD(1))
    job_id = job_of(key.id, budget_usd=2)
    stored_orders.settled(job_id, 1, owner=key.id)
    stored_orders.submitted(job_id, 2, owner=key.id, engine="luma", usd="0.5")
    report = spend.report(job_id=job_id)
    assert [(entry.engine, entry.spent_usd, entry.held_usd) for entry in report.entries] == [
        ("runway", USD("0.25"), ZERO),
        ("luma", ZERO, USD("0.5")),
    ]
    assert report.total == spend.Total(2, USD("0.25"), USD("0.5"))
    limits = {limit.kind: (limit.limit_usd, limit.used_usd, limit.left_usd) for limit in report.limits}
    assert limits == {
        "server": (USD(5), USD("0.75"), USD("4.25")),
        "key": (USD(1), USD("0.75"), USD("0.25")),
        "job": (USD(2), USD("0.75"), USD("1.25")),
    }


def test_report_of_days_without_orders_is_empty_and_an_unknown_job_is_not_found() -> None:
    stored_orders.settled(job_of())
    today = date.fromisoformat(ledger.today())
    assert len(spend.report().entries) == len(spend.report(since=today, until=today).entries) == 1
    assert spend.report(until=today - timedelta(days=1)).entries == ()
    assert spend.report(until=date.min).since == date.min
    with pytest.raises(BadRequest):
        spend.report(since=today, until=today - timedelta(days=1))
    with pytest.raises(NotFound):
        spend.report(job_id="job_2")


def test_listed_orders_have_no_prompt_and_no_link() -> None:
    stored_orders.submitted(job_of())
    with transaction() as session:
        assert session.scalar(select(JobRow.id)) == "job_1"
    (listed,) = order_queries.list_orders("job_1")
    plain = listed.as_dict()
    assert "request" not in plain and "data" not in plain
    assert "signature" not in str(plain) and stored_orders.PROMPT not in str(plain)
    assert (plain["cost_usd"], plain["estimate_usd"], plain["units"], plain["unit"]) == (None, 0.25, 25, "credits")
