"""The ledger: its sums are those of the orders, it is exact, and no ceiling is passed when several reserve at once."""

from __future__ import annotations

import multiprocessing
import os
import random
from datetime import date
from decimal import Decimal

import pytest

from app.core.config import settings
from app.core.errors import BudgetExceeded
from app.providers import changes, ledger, orders, spending
from schemas.engine import Cost
from schemas.order import OrderState
from tests.placed_orders import cancellations_of, change, limits_of, purchase, reserved

CEILINGS = {
    "budget_usd": "the budget of the job",
    "owner_usd": "the daily limit of the API key",
    "daily_usd": "the daily limit of this server",
}


def some_cost(chance: random.Random) -> Cost:
    """An amount with up to six places, sometimes none or more than can be stored."""
    usd = chance.choice([Decimal(0), Decimal("0.1"), Decimal(chance.randrange(10**7)) / 10**6, Decimal(1) / 3])
    return Cost(usd, usd * 100, "credits")


def some_change(chance: random.Random, order: orders.Order) -> None:
    sent_at = changes.mark_sent(order.id) if chance.random() < 0.5 else None
    possible = [
        lambda: changes.submitted(order.id, "r", {}, chance.choice([None, some_cost(chance)]), 1),
        lambda: changes.settled(order.id, chance.choice([None, some_cost(chance)]), {}),
        lambda: changes.failed(order.id, "no", True, chance.choice([None, some_cost(chance)])),
        lambda: changes.cancelled(order.id, chance.choice([None, some_cost(chance)])),
        lambda: changes.ambiguous(order.id, "no reply"),
        lambda: changes.reject(order.id, "it is dark"),
        lambda: changes.order_again(order.id),
        lambda: changes.mark_unsent(order.id, sent_at or order.created_at, 0),
        lambda: changes.fetched(order.id, "key"),
        lambda: cancellations_of(order.run_id),
    ]
    chance.choice(possible)()


@pytest.mark.parametrize("seed", range(2))
def test_the_sums_are_those_of_the_orders_after_any_changes(database, seed) -> None:
    chance = random.Random(seed)
    for _ in range(40):
        job, owner = chance.choice(["a", "b"]), chance.choice([None, "key-1", "key-2"])
        bought = purchase(chance.randrange(6), job_id=job, owner=owner, cost=some_cost(chance))
        try:
            order = orders.reserve(bought, limits_of(bought, budget_usd="20", owner_usd="30", daily_usd="40"))
        except BudgetExceeded:
            order = chance.choice(orders.orders_of_job("a") + orders.orders_of_job("b"))
        some_change(chance, order)
    assert ledger.differences() == {}
    both = orders.orders_of_job("a") + orders.orders_of_job("b")
    assert ledger.job_usd("a") + ledger.job_usd("b") == sum(order.held_usd for order in both)
    rows = spending.spending()
    assert sum(row.spent_usd + row.held_usd for row in rows) == sum(order.held_usd for order in both)
    assert sum(row.orders for row in rows) == len(both)


def test_ten_times_a_tenth_is_one(database) -> None:
    for scene in range(10):
        bought = purchase(scene, "0.1")
        orders.reserve(bought, limits_of(bought, budget_usd="1"))
    assert ledger.job_usd("job") == 1
    assert ledger.left_usd(limits_of(purchase(), budget_usd="1")) == 0
    bought = purchase(11, "0.000001")
    with pytest.raises(BudgetExceeded):
        orders.reserve(bought, limits_of(bought, budget_usd="1"))


def test_what_cannot_be_stored_exactly_is_rounded_up(database) -> None:
    order = reserved(1, Decimal(1) / 3)
    assert orders.get(order.id).held_usd == ledger.job_usd("job") == Decimal("0.333334")
    changes.submitted(order.id, "r", {}, Cost(Decimal(2) / 3), 1)
    assert orders.get(order.id).held_usd == ledger.job_usd("job") == Decimal("0.666667")
    assert ledger.differences() == {}


@pytest.mark.parametrize("limit", CEILINGS)
def test_a_ceiling_refuses_with_its_name_the_sum_and_the_amount_and_reserves_nothing(database, limit) -> None:
    first = purchase(1, "0.70", owner="key-1")
    orders.reserve(first, limits_of(first))
    bought = purchase(2, "0.31", owner="key-1")
    with pytest.raises(BudgetExceeded) as caught:
        orders.reserve(bought, limits_of(bought, **{limit: "1"}))
    assert caught.value.args == (CEILINGS[limit], Decimal(1), Decimal("0.7"), Decimal("0.31"))
    assert len(orders.orders_of_job("job")) == 1
    assert ledger.job_usd("job") == Decimal("0.7")
    assert ledger.differences() == {}
    fitting = purchase(2, "0.30", owner="key-1")
    orders.reserve(fitting, limits_of(fitting, **{limit: "1"}))


def test_the_ceilings_of_owner_and_server_count_all_jobs_and_that_of_a_job_all_days(database) -> None:
    first = purchase(1, "1", owner="key-1", job_id="a")
    orders.reserve(first, limits_of(first))
    other = purchase(1, "1", owner="key-1", job_id="b")
    with pytest.raises(BudgetExceeded):
        orders.reserve(other, limits_of(other, owner_usd="1.5"))
    with pytest.raises(BudgetExceeded):
        orders.reserve(other, limits_of(other, daily_usd="1.5"))
    tomorrow = ledger.ceilings("a", "key-1", "2999-01-01", owner_usd=Decimal(1), daily_usd=Decimal(1))
    assert ledger.left_usd(tomorrow) == 1
    assert ledger.left_usd(ledger.ceilings("a", "key-1", "2999-01-01", budget_usd=Decimal(1))) == 0


def test_an_order_without_a_price_is_possible_when_a_ceiling_is_passed(database) -> None:
    order = reserved(1, "1")
    changes.submitted(order.id, "r", {}, Cost(Decimal(5)), 1)
    free = purchase(2, "0")
    orders.reserve(free, limits_of(free, budget_usd="2"))
    assert ledger.left_usd(limits_of(free, budget_usd="2")) == -3


def test_a_charge_above_the_estimate_is_recorded_even_over_the_ceiling(database) -> None:
    bought = purchase(1, "1", owner="key-1")
    order = orders.reserve(bought, limits_of(bought, budget_usd="1", owner_usd="1", daily_usd="1"))
    changes.submitted(order.id, "r", {}, None, 1)
    assert changes.settled(order.id, Cost(Decimal("2.5")), {})
    assert ledger.job_usd("job") == Decimal("2.5")
    assert ledger.differences() == {}
    assert ledger.left_usd(limits_of(bought, daily_usd="1")) == Decimal("-1.5")


def test_the_day_of_an_order_is_that_of_its_reservation(database, monkeypatch) -> None:
    monkeypatch.setattr(ledger, "today", lambda: "2026-03-01")
    bought = purchase(1, "1")
    order = orders.reserve(bought, limits_of(bought))
    monkeypatch.undo()
    changes.submitted(order.id, "r", {}, Cost(Decimal("0.5")), 1)
    assert orders.get(order.id).day == "2026-03-01"
    assert ledger.differences() == {}
    (row,) = spending.spending(date(2026, 3, 1), date(2026, 3, 1))
    assert (row.held_usd, row.spent_usd) == (Decimal("0.5"), 0)
    assert spending.spending(date(2026, 3, 2)) == []


def test_spending_tells_what_was_charged_from_what_is_still_reserved(database) -> None:
    for scene, state in enumerate(OrderState):
        order = reserved(scene, "1")
        if state is OrderState.AMBIGUOUS:
            changes.ambiguous(order.id, "no reply")
        elif state is not OrderState.RESERVED:
            change(order, state=state)
    (row,) = spending.spending(job_id="job")
    assert (row.orders, row.spent_usd, row.held_usd) == (6, 3, 3)


# -- several processes -----------------------------------------------------------------------------------------------

PROCESSES, THINGS = 8, 12


def _race(number: int, url: str, home: str, start, results) -> None:
    os.environ |= {"PYTOON_DATABASE_URL": url, "PYTOON_HOME": home}
    settings.cache_clear()
    chance = random.Random(number)
    start.wait()
    placed, most = 0, Decimal(0)
    for thing in range(THINGS):
        job = chance.choice(["a", "b"])
        bought = purchase(number * 1000 + thing, "0.1", job_id=job)
        try:
            orders.reserve(bought, limits_of(bought, budget_usd="2.5", daily_usd="4"))
            placed += 1
        except BudgetExceeded:
            pass
        most = max(most, ledger.job_usd("a") + ledger.job_usd("b"))
    results.put((placed, most))


def test_processes_together_reserve_exactly_what_fits_and_never_more(database, tmp_path) -> None:
    context = multiprocessing.get_context("spawn")
    start, results = context.Barrier(PROCESSES), context.Queue()
    arguments = [(number, database, str(tmp_path), start, results) for number in range(PROCESSES)]
    processes = [context.Process(target=_race, args=each) for each in arguments]
    for process in processes:
        process.start()
    found = [results.get(timeout=200) for _ in processes]
    for process in processes:
        process.join()
    assert sum(placed for placed, _ in found) == 40  # 96 are wanted, and 4.00 is the ceiling of the server
    assert len(orders.orders_of_job("a") + orders.orders_of_job("b")) == 40
    assert max(most for _, most in found) <= 4
    assert ledger.job_usd("a") + ledger.job_usd("b") == 4
    assert max(ledger.job_usd("a"), ledger.job_usd("b")) <= Decimal("2.5")
    assert ledger.differences() == {}
