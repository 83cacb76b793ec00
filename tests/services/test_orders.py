"""The state machine of orders: each change is made from its states only, and a thing is bought once."""

from __future__ import annotations

import multiprocessing
import os
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import text

from app.core.config import settings
from app.database.models import OrderRow
from app.database.session import transaction
from app.providers import changes, ledger, orders
from schemas.engine import Cost
from schemas.order import OrderState
from tests.placed_orders import cancellations_of, change, limits_of, past, purchase, reserved

RESERVED, SUBMITTED, SETTLED, FAILED, AMBIGUOUS, CANCELLED = OrderState
CHARGED = Cost(Decimal("0.30"), Decimal(30), "credits")
SENT_AT = past(60)
# Each change: from which states it is made, the state after it, and the money that is held then ("keep": as before).
CHANGES = {
    "mark_sent": (lambda id: bool(changes.mark_sent(id)), {RESERVED}, None, "keep"),
    "submitted": (lambda id: changes.submitted(id, "r", {}, CHARGED, 5), {RESERVED, AMBIGUOUS}, SUBMITTED, "0.30"),
    "submitted without a price": (
        lambda id: changes.submitted(id, "r", {}, None, 5),
        {RESERVED, AMBIGUOUS},
        SUBMITTED,
        "keep",
    ),
    "order_again": (changes.order_again, {SUBMITTED}, RESERVED, "keep"),
    "ambiguous": (lambda id: changes.ambiguous(id, "no reply"), {RESERVED}, AMBIGUOUS, "keep"),
    "settled": (lambda id: changes.settled(id, CHARGED, {}), {SUBMITTED}, SETTLED, "0.30"),
    "settled without a price": (lambda id: changes.settled(id, None, {}), {SUBMITTED}, SETTLED, "keep"),
    "failed": (lambda id: changes.failed(id, "no", True), {RESERVED, SUBMITTED}, FAILED, "0"),
    "failed and charged": (lambda id: changes.failed(id, "no", True, CHARGED), {RESERVED, SUBMITTED}, FAILED, "0.30"),
    "cancelled": (lambda id: changes.cancelled(id, Cost()), {RESERVED, SUBMITTED, AMBIGUOUS}, CANCELLED, "0"),
    "cancelled and charged": (
        lambda id: changes.cancelled(id, None),
        {RESERVED, SUBMITTED, AMBIGUOUS},
        CANCELLED,
        "keep",
    ),
    "fetched": (lambda id: changes.fetched(id, "cache/take.mp4"), {SETTLED}, SETTLED, "keep"),
    "reject": (lambda id: changes.reject(id, "it is too dark"), {SETTLED, AMBIGUOUS}, None, "keep"),
}


def in_state(state: OrderState, scene: int = 1) -> orders.Order:
    """An order that has come to a state by the changes that lead there."""
    order = reserved(scene)
    if state is RESERVED:
        return order
    changes.mark_sent(order.id)
    if state is AMBIGUOUS:
        changes.ambiguous(order.id, "no reply")
    else:
        changes.submitted(order.id, f"remote-{scene}", {"links": []}, None, 5)
    if state is SETTLED:
        changes.settled(order.id, None, {})
    elif state is FAILED:
        changes.failed(order.id, "no", False, Cost(order.held_usd))
    elif state is CANCELLED:
        changes.cancelled(order.id, None)
    return orders.get(order.id)


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_made_from_its_states_only_and_leaves_other_orders_unchanged(database, name) -> None:
    for scene, state in enumerate(OrderState):
        check_change(name, in_state(state, scene))


def check_change(name: str, before: orders.Order) -> None:
    make, states, after, held = CHANGES[name]
    others = orders.orders_of_job("job")
    made = make(before.id)
    changed = orders.get(before.id)
    assert made == (before.state in states), before.state
    assert [order for order in orders.orders_of_job("job") if order.id != before.id] == [
        order for order in others if order.id != before.id
    ]
    if not made:
        assert changed == before
        return
    assert changed.state is (after or before.state)
    assert changed.held_usd == (before.held_usd if held == "keep" else Decimal(held))
    assert changed.day == before.day
    assert ledger.differences() == {}


def test_an_order_is_marked_as_sent_once(database) -> None:
    order = reserved()
    assert changes.mark_sent(order.id)
    sent_at = orders.get(order.id).sent_at
    assert changes.mark_sent(order.id) is None
    assert orders.get(order.id).sent_at == sent_at


def test_an_order_that_is_marked_as_sent_is_on_the_disk_of_sqlite_before_the_request(database) -> None:
    changes.mark_sent(reserved().id)
    if database.startswith("sqlite"):
        with transaction() as session:
            assert session.scalar(text("PRAGMA synchronous")) == 2  # FULL: a power loss does not undo it


def test_an_order_whose_cancellation_was_asked_for_is_not_marked_as_sent(database) -> None:
    order = reserved()
    assert cancellations_of("run") == 1
    assert changes.mark_sent(order.id) is None


def test_only_the_request_that_was_sent_last_can_be_taken_back(database) -> None:
    order = reserved()
    first = changes.mark_sent(order.id)
    assert first and changes.mark_unsent(order.id, first, 0)
    second = changes.mark_sent(order.id)
    assert second and second != first
    assert not changes.mark_unsent(order.id, first, 0)
    assert orders.get(order.id).sent_at == second
    assert orders.get(order.id).failures == 1


@pytest.mark.parametrize("state", [SUBMITTED, SETTLED, FAILED, AMBIGUOUS, CANCELLED])
def test_an_order_that_was_accepted_or_is_unknown_is_never_marked_as_unsent(database, state) -> None:
    before = in_state(state)
    assert before.sent_at
    assert not changes.mark_unsent(before.id, before.sent_at, 0)
    assert orders.get(before.id) == before


@pytest.mark.parametrize("state", OrderState)
def test_only_an_order_that_waits_is_postponed(database, state) -> None:
    before = in_state(state)
    changes.postpone(before.id, 100, share=0.5)
    after = orders.get(before.id)
    assert (after != before) == before.is_waiting
    assert after.is_waiting == before.is_waiting == (state in (RESERVED, SUBMITTED, SETTLED))


@pytest.mark.parametrize("state", OrderState)
def test_cancellation_is_asked_for_once_and_only_of_open_orders(database, state) -> None:
    before = in_state(state)
    is_open = state in (RESERVED, SUBMITTED)
    assert cancellations_of("run") == int(is_open)
    after = orders.get(before.id)
    assert (after.cancel_requested_at is not None) == is_open
    assert cancellations_of("run") == 0
    assert cancellations_of("another run") == 0
    if is_open:
        assert after in orders.due(10)
    else:
        assert after == before


# -- one order of one thing ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [{"job_id": "b"}, {"scene": 2}, {"take": 1}, {"purpose": orders.STOCK}, {"identity": "b" * 64}],
    ids=lambda changes: next(iter(changes)),
)
def test_a_thing_is_what_is_bought_for_which_scene_and_take_of_a_job(database, changes) -> None:
    first, same, other = reserved(), reserved(), reserved(**changes)
    assert first == same
    assert other.id != first.id
    assert other.key != first.key
    assert ledger.job_usd("job") == (Decimal("0.24") if "job_id" in changes else Decimal("0.48"))


def test_the_same_thing_is_the_same_order_for_another_run_engine_or_price(database) -> None:
    first = reserved()
    assert reserved(usd="9", run_id="run 2", engine="luma", model="ray-2").id == first.id
    assert ledger.job_usd("job") == Decimal("0.24")


@pytest.mark.parametrize("state", OrderState)
def test_a_thing_is_ordered_again_only_after_the_earlier_order_is_over(database, state) -> None:
    first = in_state(state)
    second = reserved()
    if state in (FAILED, CANCELLED):
        assert (second.attempt, second.state, second.id != first.id) == (1, RESERVED, True)
        assert second.key != first.key
        assert ledger.job_usd("job") == first.held_usd + second.held_usd
    else:
        assert second == first


@pytest.mark.parametrize("state", [SETTLED, AMBIGUOUS])
def test_a_thing_is_ordered_again_after_its_result_was_rejected(database, state) -> None:
    first = in_state(state)
    changes.reject(first.id, "it cannot be used")
    assert reserved().attempt == 1
    assert orders.get(first.id).held_usd == first.held_usd


def _reserve_many(url: str, home: str, start, results) -> None:
    os.environ |= {"PYTOON_DATABASE_URL": url, "PYTOON_HOME": home}
    settings.cache_clear()
    start.wait()
    results.put([reserved(scene).id for scene in range(30)])


def test_processes_that_reserve_the_same_things_get_the_same_orders(database, tmp_path) -> None:
    context = multiprocessing.get_context("spawn")
    start, results = context.Barrier(4), context.Queue()
    arguments = (database, str(tmp_path), start, results)
    processes = [context.Process(target=_reserve_many, args=arguments) for _ in range(4)]
    for process in processes:
        process.start()
    found = [results.get(timeout=120) for _ in processes]
    for process in processes:
        process.join()
    assert found == [found[0]] * 4
    assert len(set(found[0])) == 30
    assert ledger.differences() == {}
    assert ledger.job_usd("job") == 30 * Decimal("0.24")


# -- stock -----------------------------------------------------------------------------------------------------------


def stock(scene: int, remote_id: str | None = None, **facts) -> orders.Order:
    order = reserved(scene, "0", purpose=orders.STOCK, engine="pexels", **facts)
    if remote_id:
        changes.submitted(order.id, remote_id, {}, None, 1)
    return orders.get(order.id)


def test_the_ids_of_other_orders_are_those_of_the_same_job_and_engine(database) -> None:
    first, second, third = stock(1, "a"), stock(2), stock(3, "c")
    stock(4, "d", job_id="other")
    reserved(5)
    assert orders.remote_ids(second) == ("a", "c")
    assert orders.remote_ids(third) == ("a",)
    assert orders.remote_ids(second, earlier=True) == ("a",)
    assert orders.remote_ids(first, earlier=True) == ()


def test_a_rejected_clip_may_be_chosen_again(database) -> None:
    first, second = stock(1, "a"), stock(2)
    changes.settled(first.id, None, {})
    changes.reject(first.id, "it cannot be decoded")
    assert orders.remote_ids(second) == ()


def test_an_order_that_is_placed_again_forgets_what_it_had(database) -> None:
    order = stock(1, "a")
    assert changes.order_again(order.id)
    again = orders.get(order.id)
    assert (again.state, again.remote_id, again.sent_at, again.submitted_at, again.data) == (
        RESERVED,
        None,
        None,
        None,
        {},
    )
    assert again in orders.due(10)


# -- reading ---------------------------------------------------------------------------------------------------------


def test_due_orders_come_in_the_order_of_their_times(database) -> None:
    placed = [reserved(scene) for scene in range(4)]
    for order, seconds in zip(placed, (5, 50, -100, 20), strict=True):
        change(order, due_at=past(seconds))
    assert [order.thing.scene_id for order in orders.due(10)] == [1, 3, 0]
    assert [order.thing.scene_id for order in orders.due(2)] == [1, 3]


def test_an_order_is_read_as_it_was_reserved(database) -> None:
    bought = purchase(3, "0.123457", owner="key-1")
    order = orders.reserve(bought, limits_of(bought))
    assert orders.get(order.id) == replace(order, created_at=orders.get(order.id).created_at)
    assert (order.thing, order.owner, order.estimate_usd) == (bought.thing, "key-1", Decimal("0.123457"))
    assert orders.orders_of_job("job") == [orders.get(order.id)]
    with transaction() as session:
        assert session.get_one(OrderRow, order.id).request == bought.request
