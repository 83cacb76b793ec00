"""What was spent at providers, and the limits of today with what is left of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from app.accounts.owners import active_keys
from app.core.errors import BadRequest, NotFound
from app.database.session import transaction
from app.jobs.ceilings import limits_of, server_usd
from app.jobs.job_rows import check_job
from app.providers import ledger
from app.providers.spending import Spending, spending
from schemas.money import ZERO

# The days of a report that names neither a first day nor a job: the last one and those before it.
USUAL_DAYS = 30


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit, and what of it is used: that of the server or of an API key today, or the budget of a job.

    ``kind`` is "server", "key" or "job"; ``name`` that of the key or the id of the job. ``limit_usd`` and ``left_usd``
    are ``None`` without a limit. ``used_usd`` is spent and reserved, and may be more than the limit, because a provider
    may charge more than was estimated.
    """

    kind: str
    name: str
    limit_usd: Decimal | None
    used_usd: Decimal

    @property
    def left_usd(self) -> Decimal | None:
        return None if self.limit_usd is None else max(ZERO, self.limit_usd - self.used_usd)


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of a report: the number of orders, what was charged, and what is still reserved."""

    orders: int
    spent_usd: Decimal
    held_usd: Decimal


@dataclass(frozen=True, slots=True)
class Report:
    """What was spent from ``since`` to ``until``, both included; ``None`` is no bound. The newest day comes first."""

    since: date | None
    until: date | None
    entries: tuple[Spending, ...]
    limits: tuple[Limit, ...]

    @property
    def total(self) -> Total:
        return Total(
            sum(entry.orders for entry in self.entries),
            sum((entry.spent_usd for entry in self.entries), ZERO),
            sum((entry.held_usd for entry in self.entries), ZERO),
        )


def report(since: date | None = None, until: date | None = None, job_id: str | None = None) -> Report:
    """Return what was spent; the last 30 days unless ``since`` or a job is given.

    Raises ``BadRequest`` if ``since`` is after ``until``, and ``NotFound`` for an unknown job without orders.
    """
    if since is None and job_id is None:
        since = _first_day(until or date.fromisoformat(ledger.today()))
    if since and until and since > until:
        raise BadRequest("since", f"is after until ({until.isoformat()})")
    entries = tuple(spending(since, until, job_id))
    if job_id and not entries:
        with transaction() as session:
            check_job(session, job_id)
    return Report(since, until, entries, _limits(job_id))


def _first_day(last: date) -> date:
    try:
        return last - timedelta(days=USUAL_DAYS)
    except OverflowError:  # in the year 1
        return date.min


def _limits(job_id: str | None) -> tuple[Limit, ...]:
    today = ledger.today()
    wanted = [("server", "", ledger.DEPLOYMENT, today, server_usd())]
    wanted += [("key", key.name, ledger.owner_scope(key.id), today, key.daily_usd) for key in active_keys()]
    if job_id:
        wanted.append(("job", job_id, ledger.job_scope(job_id), ledger.NO_DAY, _budget(job_id)))
    return _used(wanted)


def _budget(job_id: str) -> Decimal | None:
    """Return the budget of a job; orders outlive a deleted job, which has none."""
    try:
        return limits_of(job_id).budget_usd
    except NotFound:
        return None


def _used(wanted: Sequence[tuple[str, str, str, str, Decimal | None]]) -> tuple[Limit, ...]:
    with transaction() as session:
        return tuple(
            Limit(kind, name, limit_usd, ledger.held_usd(session, scope, day))
            for kind, name, scope, day, limit_usd in wanted
        )
