"""Orders at providers: one state machine for everything that is bought.

``reserved → submitted → settled | failed | cancelled``, and ``ambiguous`` between the first two if it is unknown
whether the provider has accepted the order. This module reserves and reads them; ``app.providers.changes`` has the
changes. Nothing depends on memory: a process may die between any two of them.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.errors import NotFound
from app.database.models import OrderRow, UsdAmount, now
from app.database.session import transaction
from app.providers import ledger
from schemas.engine import Cost
from schemas.money import ZERO
from schemas.order import OrderState

CLIP, STOCK, SPEECH, PLAN = PURPOSES = ("clip", "stock", "speech", "plan")
RESERVED, SUBMITTED, SETTLED, FAILED, AMBIGUOUS, CANCELLED = OrderState


@dataclass(frozen=True, slots=True)
class Thing:
    """What is bought, and for what; it is bought once, also if several workers order it. ``identity`` is its hash.

    ``scene_id`` is 0 for what belongs to the whole film.
    """

    job_id: str
    scene_id: int
    take: int
    purpose: str
    identity: str


@dataclass(frozen=True, slots=True)
class Order:
    """An order as it is stored; see ``OrderRow``."""

    id: int
    thing: Thing
    run_id: str
    attempt: int
    owner: str | None
    engine: str
    model: str
    key: str
    request: dict[str, Any]
    state: OrderState
    reason: str
    can_retry: bool
    rejected: str
    remote_id: str | None
    data: dict[str, Any]
    share: float | None
    failures: int
    created_at: datetime
    sent_at: datetime | None
    submitted_at: datetime | None
    ended_at: datetime | None
    due_at: datetime | None
    cancel_requested_at: datetime | None
    file_key: str | None
    day: str
    estimate_usd: Decimal
    held_usd: Decimal
    unit: str
    units: Decimal | None
    resolved_at: datetime | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether something is still to be done for it: sending, polling, cancelling or downloading."""
        return self.due_at is not None


def order_of(row: OrderRow) -> Order:
    thing = Thing(row.job_id, row.scene_id, row.take, row.purpose, row.identity)
    names = [name for name in Order.__slots__ if name not in ("thing", "state")]
    return Order(thing=thing, state=OrderState(row.state), **{name: getattr(row, name) for name in names})


# -- reservation -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Purchase:
    """A new order: from which engine and model, the ``request`` as plain data, and what it is expected to cost.

    ``most_usd`` is the most that it may cost, which is reserved; ``None`` if that is the same.
    """

    thing: Thing
    run_id: str
    engine: str
    model: str
    request: dict[str, Any]
    cost: Cost
    owner: str | None = None
    most_usd: Decimal | None = None

    @property
    def reserved_usd(self) -> Decimal:
        return self.cost.usd if self.most_usd is None else max(self.cost.usd, self.most_usd)


def reserve(purchase: Purchase, limits: Sequence[ledger.Ceiling]) -> Order:
    """Reserve the money of an order and store it. It is sent from then on, by ``app.providers.fulfilment``.

    If an order of the same thing exists that is not over, that one is returned instead: two workers that want the same
    thing get the same order. Raises ``BudgetExceeded``.
    """
    try:
        with transaction() as session:
            ledger.open_scopes(session, limits)  # a write comes first: a read could not be followed by one on SQLite
            earlier = _orders_of(session, purchase.thing)
            if earlier and not is_over(earlier[-1]):
                return order_of(earlier[-1])
            ledger.hold(session, limits, purchase.reserved_usd)
            row = _new_row(purchase, len(earlier))
            session.add(row)
            session.flush()
            return order_of(row)
    except IntegrityError:  # another worker has stored the same attempt since it was read
        return orders_of(purchase.thing)[-1]


def _new_row(purchase: Purchase, attempt: int) -> OrderRow:
    thing = purchase.thing
    return OrderRow(
        job_id=thing.job_id,
        scene_id=thing.scene_id,
        take=thing.take,
        purpose=thing.purpose,
        identity=thing.identity,
        attempt=attempt,
        run_id=purchase.run_id,
        owner=purchase.owner,
        engine=purchase.engine,
        model=purchase.model,
        # The same for every attempt to send this order, and for no other order.
        key=str(uuid.uuid5(uuid.NAMESPACE_OID, f"{thing} {attempt}")),
        request=purchase.request,
        state=RESERVED,
        due_at=now(),
        day=ledger.today(),
        estimate_usd=purchase.cost.usd,
        held_usd=purchase.reserved_usd,
        unit=purchase.cost.unit,
        units=purchase.cost.units,
    )


def is_over(row: Order | OrderRow) -> bool:
    """Whether the thing may be ordered again: the order has ended without a result that can be used."""
    return row.state in (FAILED, CANCELLED) or row.rejected != ""


# -- reading ---------------------------------------------------------------------------------------------------------


def get(order_id: int) -> Order:
    """Return an order. Raises ``NotFound``."""
    with transaction() as session:
        row = session.get(OrderRow, order_id)
        if row is None:
            raise NotFound("order", str(order_id))
        return order_of(row)


def orders_of(thing: Thing) -> list[Order]:
    """Return the orders of a thing, the first attempt first."""
    with transaction() as session:
        return [order_of(row) for row in _orders_of(session, thing)]


def orders_of_job(job_id: str) -> list[Order]:
    """Return all orders of a job in the order in which they were placed."""
    with transaction() as session:
        chosen = select(OrderRow).where(OrderRow.job_id == job_id).order_by(OrderRow.id)
        return [order_of(row) for row in session.scalars(chosen)]


def due(limit: int, at: datetime | None = None) -> list[Order]:
    """Return the orders whose next action is due, the longest overdue first."""
    chosen = select(OrderRow).where(OrderRow.due_at <= (at or now())).order_by(OrderRow.due_at).limit(limit)
    with transaction() as session:
        return [order_of(row) for row in session.scalars(chosen)]


def remote_ids(order: Order, earlier: bool = False) -> tuple[str, ...]:
    """Return the provider's ids of the other orders of the job at this engine; with ``earlier``, of earlier ones."""
    chosen = select(OrderRow.remote_id).where(OrderRow.job_id == order.thing.job_id, OrderRow.engine == order.engine)
    chosen = chosen.where(OrderRow.id < order.id if earlier else OrderRow.id != order.id, OrderRow.rejected == "")
    with transaction() as session:
        return tuple(remote_id for remote_id in session.scalars(chosen.order_by(OrderRow.id)) if remote_id)


def spent_usd(run_id: str) -> Decimal:
    """Return what the orders of a run have cost, and what is reserved for those whose outcome is not known yet."""
    with transaction() as session:
        chosen = select(func.sum(OrderRow.held_usd, type_=UsdAmount)).where(OrderRow.run_id == run_id)
        return session.scalar(chosen) or ZERO


def _orders_of(session: Session, thing: Thing) -> list[OrderRow]:
    chosen = select(OrderRow).where(
        OrderRow.job_id == thing.job_id,
        OrderRow.scene_id == thing.scene_id,
        OrderRow.take == thing.take,
        OrderRow.purpose == thing.purpose,
        OrderRow.identity == thing.identity,
    )
    return list(session.scalars(chosen.order_by(OrderRow.attempt)))
