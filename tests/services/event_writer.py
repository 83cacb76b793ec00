"""What a process of ``test_database`` runs: a module of its own, because each process imports it."""

from __future__ import annotations

from app.database.models import EventRow
from app.database.session import transaction


def write_events(job_id: str, count: int) -> None:
    """Write events, each in its own transaction."""
    for number in range(count):
        with transaction() as session:
            session.add(EventRow(job_id=job_id, kind="step.finished", data={"number": number}))
