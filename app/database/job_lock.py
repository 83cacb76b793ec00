"""A database lock on one job."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.database.models import JobRow
from app.database.session import transaction


@contextmanager
def job_lock(job_id: str) -> Iterator[Session]:
    """A transaction in which no other process creates, resumes or prunes a run of this job."""
    with transaction() as session:
        # Write first: a concurrent transaction waits here, on both SQLite and PostgreSQL.
        session.execute(update(JobRow).where(JobRow.id == job_id).values(id=job_id))
        yield session
