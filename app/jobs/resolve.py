"""What became of an order whose outcome is unknown, as a person states it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kombu.exceptions import OperationalError
from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import Conflict
from app.core.log import logger
from app.database.models import EventRow, OrderRow
from app.database.session import transaction
from app.jobs.job_rows import job_row
from app.jobs.order_queries import OrderView, list_orders
from app.providers import changes, dispatch, orders, waiting_tasks
from schemas.job import State
from schemas.money import json_usd
from schemas.order import OrderState


class Outcome(StrEnum):
    """What a person states: the provider has accepted the order, or it has not, or the scene does not wait for it."""

    ACCEPTED = "accepted"
    NOT_ACCEPTED = "not_accepted"
    GIVE_UP = "give_up"


@dataclass(frozen=True, slots=True)
class Statement:
    """The outcome of an order. ``remote_id`` is the provider's id of an accepted one; ``by`` the name of an API key."""

    outcome: Outcome
    remote_id: str = ""
    by: str | None = None


def resolve(job_id: str, scene_id: int, statement: Statement) -> OrderView:
    """Apply a statement to the ambiguous order of a scene; return the order.

    An accepted order is polled at once. If it was not accepted, nothing is charged, and the scene may order again. If
    it is given up, its money stays reserved, and the next engine renders the scene. For a scene that has another clip
    already, the statement only corrects the ledger: an accepted order counts as charged, one that was not is released.
    Raises ``NotFound``, and ``Conflict`` when there is no such order.
    """
    with transaction() as session:
        is_cancelled = job_row(session, job_id).runs[-1].state == State.CANCELLED
        order_id = _ambiguous(session, job_id, scene_id, statement.outcome)
    if not _stated(order_id, statement, is_cancelled):
        raise Conflict("order", f"of scene {scene_id}", "has changed; look at it again")
    _record(order_id, statement)
    _go_on(job_id, order_id)
    return next(order for order in list_orders(job_id) if order.id == order_id)


def _ambiguous(session: Session, job_id: str, scene_id: int, outcome: Outcome) -> int:
    """Return the id of the newest ambiguous order of the scene; one that the scene waits for comes first."""
    chosen = select(OrderRow.id).where(OrderRow.job_id == job_id, OrderRow.scene_id == scene_id)
    chosen = chosen.where(OrderRow.state == OrderState.AMBIGUOUS).order_by(OrderRow.rejected != "", OrderRow.id.desc())
    if outcome is Outcome.GIVE_UP:
        chosen = chosen.where(OrderRow.rejected == "")
    order_id = session.scalar(chosen.limit(1))
    if order_id is None:
        given_up = " that is not given up yet" if outcome is Outcome.GIVE_UP else ""
        raise Conflict("scene", str(scene_id), f"has no order whose outcome is unknown{given_up}")
    return order_id


def _stated(order_id: int, statement: Statement, is_cancelled: bool) -> bool:
    if statement.outcome is Outcome.ACCEPTED:
        return changes.stated_accepted(order_id, statement.remote_id, cancel=is_cancelled)
    if statement.outcome is Outcome.NOT_ACCEPTED:
        return changes.stated_not_accepted(order_id)
    return changes.stated_given_up(order_id)


def _record(order_id: int, statement: Statement) -> None:
    order = orders.get(order_id)
    facts = {
        "scene": order.thing.scene_id,
        "take": order.thing.take,
        "engine": order.engine,
        "model": order.model,
        "outcome": statement.outcome.value,
        "usd": json_usd(order.held_usd),
        **({"remote_id": statement.remote_id} if statement.remote_id else {}),
        **({"by": statement.by} if statement.by else {}),
    }
    with transaction() as session:
        session.add(EventRow(job_id=order.thing.job_id, run_id=order.run_id, kind="order.resolved", data=facts))


def _go_on(job_id: str, order_id: int) -> None:
    """Poll the order now, or run the waiting task of its scene; without a broker, the periodic task does it later."""
    order = orders.get(order_id)
    try:
        if order.is_waiting:
            dispatch.dispatch([order])
        waiting_tasks.send_ready(job_id)
    except (OperationalError, RedisError) as error:
        logger(__name__).warning("a resolved order is not sent yet", order=order_id, cause=str(error))
