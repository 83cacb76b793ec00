"""Sending orders to the workers that advance them: at once when they are new, and when their next action is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import update

from app.database.models import OrderRow, now
from app.database.session import transaction
from app.providers import orders
from app.providers.orders import Order
from app.queue.application import celery
from schemas.order import OrderState
from schemas.steps import Step

# An order whose message is lost, or whose worker dies, is sent again after this time.
CLAIM_S = 30.0
# The orders of one message: several that are only polled, one that is sent or whose result is downloaded.
POLLS_PER_MESSAGE = 10
MOST_DUE = 1000

# The id of an order, and the time of its next action that its message was sent for.
Claim = tuple[int, str]


def dispatch_due() -> int:
    """Send all orders whose next action is due; return their number."""
    return dispatch(orders.due(MOST_DUE))


def dispatch(due: Sequence[Order]) -> int:
    """Send orders to the workers, each to one of them; return the number of those that no other process has sent."""
    claimed = _claim(due)
    polled = [order for order in claimed if order.state is OrderState.SUBMITTED]
    others = [order for order in claimed if order.state is not OrderState.SUBMITTED]
    for engine in sorted({order.engine for order in polled}):
        of_engine = [order for order in polled if order.engine == engine]
        for start in range(0, len(of_engine), POLLS_PER_MESSAGE):
            _send([_claim_of(order) for order in of_engine[start : start + POLLS_PER_MESSAGE]])
    for order in others:
        _send([_claim_of(order)])
    return len(claimed)


def is_current(order: Order, due_at: str) -> bool:
    """Whether an order is still in the state for which a message with this time was sent."""
    return order.due_at == datetime.fromisoformat(due_at)


def _claim(due: Sequence[Order]) -> list[Order]:
    """Postpone the next action of each order, so that it is sent once; return those that were postponed here."""
    begun = now()
    until = begun + timedelta(seconds=CLAIM_S)
    # An order that another worker has just placed may be in work already, or at rest.
    chosen = [order for order in due if order.due_at is not None and order.due_at <= begun]
    claimed = []
    with transaction() as session:
        for order in sorted(chosen, key=lambda order: order.id):  # two processes cannot wait for each other
            same = (OrderRow.id == order.id, OrderRow.due_at == order.due_at)
            if session.execute(update(OrderRow).where(*same).values(due_at=until)).rowcount:  # type: ignore[attr-defined]
                claimed.append(order)
    return [replace(order, due_at=until) for order in claimed]


def _claim_of(order: Order) -> Claim:
    assert order.due_at is not None
    return order.id, order.due_at.isoformat()


def _send(claims: Sequence[Claim]) -> None:
    celery.signature(Step.ADVANCE_ORDERS.value, args=(claims,), immutable=True).apply_async()
