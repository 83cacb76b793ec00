"""The ledger: what each job, each owner and the deployment have reserved and spent, and their ceilings.

The amount of an order and the sums of its scopes change in one transaction. A ceiling is compared by the statement that
adds to the sum, so that several workers cannot pass it together, on SQLite and on PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select, type_coerce, update
from sqlalchemy.orm import Session

from app.core.errors import BudgetExceeded
from app.database.models import OrderRow, SpendRow, now
from app.database.session import insert, transaction
from schemas.money import ZERO

DEPLOYMENT = "deployment"
# The day of a scope that has no days.
NO_DAY = ""


@dataclass(frozen=True, slots=True)
class Ceiling:
    """A limit for the sum of a scope on a day; ``name`` is what a message calls it. ``None`` is no limit."""

    scope: str
    day: str
    name: str
    limit_usd: Decimal | None


def today() -> str:
    """The current day in UTC, to which an order belongs from its reservation on."""
    return now().date().isoformat()


def job_scope(job_id: str) -> str:
    return f"job:{job_id}"


def owner_scope(owner: str) -> str:
    return f"owner:{owner}"


def ceilings(
    job_id: str,
    owner: str | None,
    day: str,
    *,
    budget_usd: Decimal | None = None,
    owner_usd: Decimal | None = None,
    daily_usd: Decimal | None = None,
) -> tuple[Ceiling, ...]:
    """Return the ceilings of an order: those of its job, of its owner, if it has one, and of the deployment.

    They are always changed in this order, so that two transactions cannot wait for each other.
    """
    of_owner = (Ceiling(owner_scope(owner), day, "the daily limit of the API key", owner_usd),) if owner else ()
    of_job = Ceiling(job_scope(job_id), NO_DAY, "the budget of the job", budget_usd)
    return (of_job, *of_owner, Ceiling(DEPLOYMENT, day, "the daily limit of this server", daily_usd))


def open_scopes(session: Session, limits: Sequence[Ceiling]) -> None:
    """Store the sum of each scope that has none yet."""
    for ceiling in limits:
        new = insert(session, SpendRow).values(scope=ceiling.scope, day=ceiling.day, held_usd=ZERO)
        session.execute(new.on_conflict_do_nothing())


def hold(session: Session, limits: Sequence[Ceiling], amount: Decimal) -> None:
    """Add an amount to the sums of all scopes, which are open.

    Raises ``BudgetExceeded`` for the first that has too little left; the transaction must then not be committed.
    """
    for ceiling in limits:
        # Without the type, the limit would be compared as a number of millionths.
        enlarged = type_coerce(SpendRow.held_usd + amount, SpendRow.held_usd.type)
        chosen = update(SpendRow).where(SpendRow.scope == ceiling.scope, SpendRow.day == ceiling.day)
        # An order without a price is possible in a scope that is over its limit.
        if ceiling.limit_usd is not None and amount > 0:
            chosen = chosen.where(enlarged <= ceiling.limit_usd)
        if not session.execute(chosen.values(held_usd=enlarged)).rowcount:  # type: ignore[attr-defined]
            held = held_usd(session, ceiling.scope, ceiling.day)
            raise BudgetExceeded(ceiling.name, ceiling.limit_usd, held, amount)


def adjust(session: Session, row: OrderRow, held: Decimal) -> None:
    """Change the amount of an order, and the sums of its scopes by the difference. It may pass a ceiling.

    What a provider has charged is spent, whatever was estimated.
    """
    difference = held - row.held_usd
    if not difference:
        return
    row.held_usd = held
    for ceiling in ceilings(row.job_id, row.owner, row.day):
        chosen = update(SpendRow).where(SpendRow.scope == ceiling.scope, SpendRow.day == ceiling.day)
        session.execute(chosen.values(held_usd=SpendRow.held_usd + difference))


def held_usd(session: Session, scope: str, day: str) -> Decimal:
    """Return the sum of a scope."""
    chosen = select(SpendRow.held_usd).where(SpendRow.scope == scope, SpendRow.day == day)
    return session.scalar(chosen) or ZERO


def job_usd(job_id: str) -> Decimal:
    """Return what a job has reserved and spent."""
    with transaction() as session:
        return held_usd(session, job_scope(job_id), NO_DAY)


def left_usd(limits: Sequence[Ceiling]) -> Decimal | None:
    """Return the least amount that is left under these ceilings; ``None`` if there is no limit."""
    with transaction() as session:
        left = [
            limit.limit_usd - held_usd(session, limit.scope, limit.day)
            for limit in limits
            if limit.limit_usd is not None
        ]
    return min(left, default=None)


def differences() -> dict[tuple[str, str], tuple[Decimal, Decimal]]:
    """Return the scopes whose sum is not that of their orders, each with its sum and that of the orders."""
    with transaction() as session:
        stored = {(row.scope, row.day): row.held_usd for row in session.scalars(select(SpendRow))}
        total = func.sum(OrderRow.held_usd, type_=OrderRow.held_usd.type)
        sums: dict[tuple[str, str], Decimal] = {}
        grouped = select(OrderRow.job_id, OrderRow.owner, OrderRow.day, total)
        for job_id, owner, day, held in session.execute(
            grouped.group_by(OrderRow.job_id, OrderRow.owner, OrderRow.day)
        ):
            for ceiling in ceilings(job_id, owner, day):
                scope = (ceiling.scope, ceiling.day)
                sums[scope] = sums.get(scope, ZERO) + held
    scopes = stored.keys() | sums.keys()
    pairs = {scope: (stored.get(scope, ZERO), sums.get(scope, ZERO)) for scope in scopes}
    return {scope: pair for scope, pair in pairs.items() if pair[0] != pair[1]}
