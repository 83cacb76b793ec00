"""What happened to a job: an append-only record that streams, receipts and webhooks read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database.models import EventRow
from app.database.session import retry_transient
from app.database.session import transaction as transaction_


@dataclass(frozen=True, slots=True)
class Event:
    """``kind`` is "thing.happened" ("step.finished"); ``data`` its facts."""

    number: int
    job_id: str
    run_id: str | None
    at: datetime
    kind: str
    data: dict[str, Any]


def record(job_id: str, kind: str, run_id: str | None = None, **data: Any) -> None:
    with transaction_() as session:
        session.add(EventRow(job_id=job_id, run_id=run_id, kind=kind, data=data))


def record_once(job_id: str, kind: str, run_id: str | None = None, **data: Any) -> None:
    """Records an event, and waits for a database that is away.

    When a connection breaks at the commit, it is unknown whether the event is stored. So from the second try on it is
    looked for first: an event of the same kind with the same data is the same event.
    """
    is_retry = False

    def transaction() -> None:
        nonlocal is_retry
        check_first, is_retry = is_retry, True
        with transaction_() as session:
            if not (check_first and _is_recorded(session, job_id, kind, run_id, data)):
                session.add(EventRow(job_id=job_id, run_id=run_id, kind=kind, data=data))

    retry_transient(transaction)


def _is_recorded(session: Session, job_id: str, kind: str, run_id: str | None, data: dict[str, Any]) -> bool:
    same_kind = select(EventRow.data).where(EventRow.job_id == job_id, EventRow.kind == kind, EventRow.run_id == run_id)
    return any(recorded == data for recorded in session.scalars(same_kind))


def list_events(job_id: str, after: int = 0, limit: int = 1000) -> tuple[Event, ...]:
    """A job's events in the order they happened, those with a number above ``after``."""
    chosen = select(EventRow).where(EventRow.job_id == job_id, EventRow.id > after).order_by(EventRow.id).limit(limit)
    with transaction_() as session:
        return tuple(_event(row) for row in session.scalars(chosen))


def _event(row: EventRow) -> Event:
    return Event(row.id, row.job_id, row.run_id, row.at, row.kind, row.data)
