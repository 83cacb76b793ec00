"""Changes of orders: the steps of their state machine.

Each change is one transaction that names the states from which it is possible, so that of several processes one makes
it; it returns whether it was made.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, literal, null, text, update
from sqlalchemy.orm import Session

from app.database.models import OrderRow, now
from app.database.session import transaction
from app.providers import ledger
from app.providers.orders import AMBIGUOUS, CANCELLED, FAILED, RESERVED, SETTLED, SUBMITTED, get
from schemas.engine import Cost
from schemas.order import OrderState


def postpone(order_id: int, seconds: float, **values: Any) -> None:
    """Set the time of the next action of an order that waits for one, and other values of it."""
    at = now() + timedelta(seconds=seconds)
    with transaction() as session:
        chosen = update(OrderRow).where(OrderRow.id == order_id, OrderRow.due_at.is_not(None))
        session.execute(chosen.values(due_at=at, **values))


def mark_sent(order_id: int) -> datetime | None:
    """Store that the request which places the order is about to be sent; return the time, ``None`` if it must not be.

    It is sent once after this.
    """
    sent_at = now()
    with transaction() as session:
        _keep_through_power_loss(session)
        chosen = update(OrderRow).where(OrderRow.id == order_id, OrderRow.state == RESERVED)
        chosen = chosen.where(OrderRow.sent_at.is_(None), OrderRow.cancel_requested_at.is_(None))
        return sent_at if session.execute(chosen.values(sent_at=sent_at)).rowcount else None  # type: ignore[attr-defined]


def mark_unsent(order_id: int, sent_at: datetime, again_s: float) -> bool:
    """Store that the provider has certainly not accepted the order, so that it is sent again after ``again_s``.

    It is so only for the request that was sent at ``sent_at``: another process may have sent it since.
    """
    values = {"sent_at": None, "due_at": now() + timedelta(seconds=again_s), "failures": OrderRow.failures + 1}
    with transaction() as session:
        chosen = update(OrderRow).where(OrderRow.id == order_id, OrderRow.state == RESERVED)
        changed = session.execute(chosen.where(OrderRow.sent_at == sent_at).values(**values))
        return bool(changed.rowcount)  # type: ignore[attr-defined]


def submitted(order_id: int, remote_id: str, data: dict[str, Any], cost: Cost | None, poll_s: float) -> bool:
    """Store the provider's id of an accepted order, before anything else is done with it."""
    values = {"state": SUBMITTED, "remote_id": remote_id, "data": data, "submitted_at": now(), "failures": 0}
    due_at = now() + timedelta(seconds=poll_s)
    return _change(order_id, (RESERVED, AMBIGUOUS), cost, **values, reason="", due_at=due_at)


def order_again(order_id: int) -> bool:
    """Undo the submission of an order that costs nothing, so that another result is chosen for it."""
    values: dict[str, Any] = {
        "state": RESERVED,
        "remote_id": None,
        "data": {},
        "sent_at": None,
        "submitted_at": None,
        "due_at": now(),
    }
    return _change(order_id, (SUBMITTED,), None, **values)


def ambiguous(order_id: int, reason: str) -> bool:
    """Store that it is unknown whether the provider has accepted the order. Its money stays reserved."""
    return _change(order_id, (RESERVED,), None, state=AMBIGUOUS, reason=reason, due_at=None)


def settled(order_id: int, cost: Cost | None, data: dict[str, Any]) -> bool:
    """Store that the provider has finished the order, and what it has charged.

    If the provider does not say, that is the estimate, or the most that it said it would charge if that is less.
    """
    values = {"state": SETTLED, "data": data, "share": 1.0, "ended_at": now(), "failures": 0}
    if cost is None:
        order = get(order_id)
        cost = Cost(min(order.estimate_usd, order.held_usd), order.units, order.unit)
    return _change(order_id, (SUBMITTED,), cost, **values, due_at=now())  # its result is downloaded next


def failed(order_id: int, reason: str, can_retry: bool, charged: Cost | None = None) -> bool:
    """Store that the order has ended without a result; nothing is charged for it unless the provider says so."""
    values = {"state": FAILED, "reason": reason, "can_retry": can_retry, "ended_at": now(), "due_at": None}
    return _change(order_id, (RESERVED, SUBMITTED), charged or Cost(), **values)


def cancelled(order_id: int, charged: Cost | None, reason: str = "") -> bool:
    """Store that the order was withdrawn, and what is charged nevertheless; ``None`` is the whole estimate."""
    values = {"state": CANCELLED, "reason": reason, "ended_at": now(), "due_at": None}
    return _change(order_id, (RESERVED, SUBMITTED, AMBIGUOUS), charged, **values)


def fetched(order_id: int, file_key: str) -> bool:
    """Store that the result was downloaded; nothing is left to be done for the order."""
    return _change(order_id, (SETTLED,), None, file_key=file_key, due_at=None, failures=0)


def reject(order_id: int, reason: str) -> bool:
    """Store that the result of an order is not used, and why. What it has cost stays spent."""
    return _change(order_id, (SETTLED, AMBIGUOUS), None, rejected=reason, due_at=None)


def stated_accepted(order_id: int, remote_id: str, cancel: bool = False) -> bool:
    """Store a person's statement that the provider has accepted an ambiguous order, with the provider's id of it.

    It is polled from now on, or cancelled. If its scene has another clip already, it only counts as charged.
    """
    at, is_wanted = literal(now(), OrderRow.due_at.type), OrderRow.rejected == ""
    values = {
        "state": case((is_wanted, SUBMITTED.value), else_=SETTLED.value),
        "due_at": case((is_wanted, at), else_=null()),
        "ended_at": case((is_wanted, null()), else_=at),
        "cancel_requested_at": case((is_wanted, at), else_=null()) if cancel else null(),
        **{"remote_id": remote_id, "data": {}, "submitted_at": at, "resolved_at": at, "reason": "", "failures": 0},
    }
    return _change(order_id, (AMBIGUOUS,), None, **values)


def stated_not_accepted(order_id: int) -> bool:
    """Store a person's statement that the provider has not accepted an ambiguous order: nothing is charged for it.

    The same may be ordered again, unless its scene has another clip already.
    """
    at = now()
    values = {"reason": "the provider has not accepted it", "can_retry": True, "ended_at": at, "resolved_at": at}
    return _change(order_id, (AMBIGUOUS,), Cost(), state=CANCELLED, due_at=None, **values)


def stated_given_up(order_id: int) -> bool:
    """Store a person's decision not to wait for an ambiguous order. Its money stays reserved."""
    chosen = update(OrderRow).where(OrderRow.id == order_id, OrderRow.state == AMBIGUOUS, OrderRow.rejected == "")
    with transaction() as session:
        values = {"rejected": "it is unknown whether it was accepted, and it was given up", "resolved_at": now()}
        return bool(session.execute(chosen.values(**values)).rowcount)  # type: ignore[attr-defined]


def request_cancel(session: Session, run_id: str, scene_id: int | None = None) -> int:
    """Ask for the cancellation of all open orders of a run, or of one of its scenes; return their number."""
    values = {"cancel_requested_at": now(), "due_at": now()}
    chosen = update(OrderRow).where(OrderRow.run_id == run_id, OrderRow.state.in_([RESERVED, SUBMITTED]))
    if scene_id is not None:
        chosen = chosen.where(OrderRow.scene_id == scene_id)
    changed = session.execute(chosen.where(OrderRow.cancel_requested_at.is_(None)).values(**values))
    return int(changed.rowcount)  # type: ignore[attr-defined]


def _keep_through_power_loss(session: Session) -> None:
    """Let SQLite write what this connection commits to the disk at once, this transaction included.

    The database loses its last transactions in a power loss otherwise, and an order would be sent again.
    """
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA synchronous=FULL"))


def _change(order_id: int, states: Sequence[OrderState], cost: Cost | None, **values: Any) -> bool:
    """Change an order that is in one of ``states``, and its money if ``cost`` is known; return whether it was changed.

    The row is written before it is read, so that a concurrent change waits here on both databases.
    """
    chosen = update(OrderRow).where(OrderRow.id == order_id, OrderRow.state.in_(states))
    with transaction() as session:
        _keep_through_power_loss(session)
        if not session.execute(chosen.values(**values)).rowcount:  # type: ignore[attr-defined]
            return False
        if cost is not None:
            row = session.get_one(OrderRow, order_id)
            ledger.adjust(session, row, cost.usd)
            row.unit, row.units = cost.unit, cost.units
        return True
