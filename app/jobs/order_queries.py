"""Orders of a job as callers see them: without prompts, pictures and links of providers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.config import settings
from app.core.redaction import public_text
from app.database.models import JobRow, OrderRow
from app.database.session import transaction
from app.jobs.ceilings import budget_of
from app.jobs.job_rows import job_row
from schemas.money import ZERO, json_usd
from schemas.order import HELD, OrderState


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order as a caller sees it; see ``OrderRow``.

    ``cost_usd`` is what was charged, ``None`` until that is known. ``scene`` is ``None`` for what is for the film.
    ``waits`` is whether something is still to be done for it.
    """

    id: int
    scene: int | None
    take: int
    purpose: str
    attempt: int
    run_id: str
    engine: str
    model: str
    state: OrderState
    remote_id: str | None
    share: float | None
    estimate_usd: Decimal
    held_usd: Decimal
    unit: str
    units: Decimal | None
    reason: str
    rejected: str
    waits: bool
    created_at: datetime
    sent_at: datetime | None
    submitted_at: datetime | None
    resolved_at: datetime | None
    ended_at: datetime | None

    @property
    def cost_usd(self) -> Decimal | None:
        return None if self.state in HELD else self.held_usd

    @property
    def needs_decision(self) -> bool:
        """Whether its scene waits until a person states what became of it."""
        is_unknown = self.state is OrderState.AMBIGUOUS and not self.rejected
        return is_unknown and settings().unknown_order == "wait"

    def as_dict(self) -> dict[str, Any]:
        """Return the order as JSON, for the receipt of the film."""
        plain = {name: getattr(self, name) for name in LISTED}
        return {name: _json(value) for name, value in plain.items()}


# What a list of orders has of each.
LISTED = (
    *("id", "scene", "take", "purpose", "attempt", "run_id", "engine", "model", "state", "remote_id"),
    *("estimate_usd", "cost_usd", "unit", "units", "reason", "rejected"),
    *("created_at", "sent_at", "submitted_at", "resolved_at", "ended_at"),
)
COLUMNS = tuple(
    getattr(OrderRow, name)
    for name in (
        *("id", "scene_id", "take", "purpose", "attempt", "run_id", "engine", "model", "state", "remote_id", "share"),
        *("estimate_usd", "held_usd", "unit", "units", "reason", "rejected", "due_at"),
        *("created_at", "sent_at", "submitted_at", "resolved_at", "ended_at"),
    )
)


@dataclass(frozen=True, slots=True)
class JobMoney:
    """The money of a job: its budget, and of all its orders what was estimated, was charged, and is still reserved.

    An order whose outcome is not known yet is reserved with its estimate, and not charged.
    """

    budget_usd: Decimal | None
    estimated_usd: Decimal
    spent_usd: Decimal
    held_usd: Decimal


def list_orders(job_id: str) -> tuple[OrderView, ...]:
    """Return the orders of a job, in the order in which they were placed. Raises ``NotFound``."""
    with transaction() as session:
        job_row(session, job_id)
        return orders_in(session, job_id)


def bought(job_id: str) -> tuple[JobMoney, tuple[OrderView, ...]]:
    """Return the money and the orders of a job. Raises ``NotFound``."""
    with transaction() as session:
        job = job_row(session, job_id)
        orders = orders_in(session, job_id)
        return money_of(job, orders), orders


def orders_in(session: Session, job_id: str) -> tuple[OrderView, ...]:
    """Return the orders of a job, which may be none; the requests to providers are not read."""
    chosen = select(*COLUMNS).where(OrderRow.job_id == job_id).order_by(OrderRow.id)
    return tuple(_view(row._asdict()) for row in session.execute(chosen))


def money_of(job: JobRow, orders: Sequence[OrderView]) -> JobMoney:
    return JobMoney(
        budget_of(job.request),
        sum((order.estimate_usd for order in orders), ZERO),
        sum((order.held_usd for order in orders if order.state not in HELD), ZERO),
        sum((order.held_usd for order in orders if order.state in HELD), ZERO),
    )


def _view(values: dict[str, Any]) -> OrderView:
    scene_id, due_at = values.pop("scene_id"), values.pop("due_at")
    values |= {name: public_text(values[name]) for name in ("reason", "rejected")}
    return OrderView(scene=scene_id or None, waits=due_at is not None, state=OrderState(values.pop("state")), **values)


def _json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return json_usd(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, OrderState) else value
