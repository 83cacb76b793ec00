"""What was bought, by day, engine and job, for reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import case, func, select

from app.database.models import OrderRow, UsdAmount
from app.database.session import transaction
from schemas.money import ZERO
from schemas.order import HELD


@dataclass(frozen=True, slots=True)
class Spending:
    """What was bought on one day, at one engine, for one job: the number of orders, and their money.

    ``spent_usd`` is what providers have charged; ``held_usd`` is reserved for orders whose outcome is not known yet.
    """

    day: str
    engine: str
    job_id: str
    orders: int
    spent_usd: Decimal
    held_usd: Decimal


def spending(since: date | None = None, until: date | None = None, job_id: str | None = None) -> list[Spending]:
    """Return what was bought between two days, both included, by day, engine and job; the newest day first."""
    is_held = OrderRow.state.in_([state.value for state in HELD])
    spent = func.sum(case((is_held, ZERO), else_=OrderRow.held_usd), type_=UsdAmount)
    held = func.sum(case((is_held, OrderRow.held_usd), else_=ZERO), type_=UsdAmount)
    columns = (OrderRow.day, OrderRow.engine, OrderRow.job_id)
    chosen = select(*columns, func.count(), spent, held).group_by(*columns)
    if since:
        chosen = chosen.where(OrderRow.day >= since.isoformat())
    if until:
        chosen = chosen.where(OrderRow.day <= until.isoformat())
    if job_id:
        chosen = chosen.where(OrderRow.job_id == job_id)
    with transaction() as session:
        rows = session.execute(chosen.order_by(*(column.desc() for column in columns)))
        return [Spending(*row) for row in rows]
