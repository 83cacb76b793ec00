"""Events of jobs: an append-only log, the source of a job's event list and timings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database.models import EventRow
from app.database.session import retry_transient, transaction


@dataclass(frozen=True, slots=True)
class Event:
    """An event of a job. ``kind`` names the subject and what happened ("step.finished"); ``data`` are its facts."""

    number: int
    job_id: str
    run_id: str | None
    at: datetime
    kind: str
    data: dict[str, Any]


def record(job_id: str, kind: str, run_id: str | None = None, **data: Any) -> None:
    """Append an event."""
    with transaction() as session:
        session.add(EventRow(job_id=job_id, run_id=run_id, kind=kind, data=data))


def record_once(job_id: str, kind: str, run_id: str | None = None, **data: Any) -> None:
    """Append an event; retry while the database is unavailable.

    When a connection breaks during the commit, it is unknown whether the event is stored. A retry therefore first looks
    for an event of the same kind with the same data and counts it as this one.
    """
    is_retry = False

    def insert() -> None:
        nonlocal is_retry
        check_first, is_retry = is_retry, True
        with transaction() as session:
            if not (check_first and _is_recorded(session, job_id, kind, run_id, data)):
                session.add(EventRow(job_id=job_id, run_id=run_id, kind=kind, data=data))

    retry_transient(insert)


def _is_recorded(session: Session, job_id: str, kind: str, run_id: str | None, data: dict[str, Any]) -> bool:
    same_kind = select(EventRow.data).where(EventRow.job_id == job_id, EventRow.kind == kind, EventRow.run_id == run_id)
    return any(recorded == data for recorded in session.scalars(same_kind))


def list_events(job_id: str, after: int = 0, limit: int = 1000) -> tuple[Event, ...]:
    """Return the events of a job with a number above ``after``, in the order in which they happened."""
    chosen = select(EventRow).where(EventRow.job_id == job_id, EventRow.id > after).order_by(EventRow.id).limit(limit)
    with transaction() as session:
        return tuple(_event(row) for row in session.scalars(chosen))


def _event(row: EventRow) -> Event:
    return Event(row.id, row.job_id, row.run_id, row.at, row.kind, row.data)
