"""The owner of a job, and the limits for the money of its orders."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from app.core.config import settings
from app.core.errors import NotFound
from app.database.models import ApiKeyRow, JobRow
from app.database.session import transaction
from app.providers import ledger
from app.providers.ledger import Ceiling
from schemas.money import parse_usd


@dataclass(frozen=True, slots=True)
class JobLimits:
    """The owner of a job (the id of an API key, ``None`` without one), and its own limits; ``None`` is no limit."""

    job_id: str
    owner: str | None
    budget_usd: Decimal | None
    owner_usd: Decimal | None

    def ceilings(self) -> tuple[Ceiling, ...]:
        """Return the ceilings of an order that the job places today (UTC)."""
        return ledger.ceilings(
            self.job_id,
            self.owner,
            ledger.today(),
            budget_usd=self.budget_usd,
            owner_usd=self.owner_usd,
            daily_usd=server_usd(),
        )


def limits_of(job_id: str) -> JobLimits:
    """Return the owner and the limits of a job. Raises ``NotFound``.

    The limit of a key also holds for its jobs when it is revoked.
    """
    chosen = select(JobRow.request, JobRow.owner, ApiKeyRow.daily_usd).outerjoin(
        ApiKeyRow, ApiKeyRow.id == JobRow.owner
    )
    with transaction() as session:
        row = session.execute(chosen.where(JobRow.id == job_id)).one_or_none()
    if row is None:
        raise NotFound("job", job_id)
    return JobLimits(job_id, row.owner, budget_of(row.request), row.daily_usd)


def budget_of(request: dict[str, object]) -> Decimal | None:
    """Return the budget of a stored request; ``None`` is no limit."""
    budget = request.get("budget_usd")
    return parse_usd(budget) if isinstance(budget, int | float | str) else None


def server_usd() -> Decimal | None:
    """Return what all films together may spend in a day; ``None`` is no limit."""
    return parse_usd(settings().daily_usd) or None
