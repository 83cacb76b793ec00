"""The database row of a job."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import NotFound
from app.database.models import JobRow


def job_row(session: Session, job_id: str) -> JobRow:
    """Return the row of a job. Raises ``NotFound``."""
    row = session.get(JobRow, job_id)
    if row is None:
        raise NotFound("job", job_id)
    return row


def check_job(session: Session, job_id: str) -> None:
    """Raise ``NotFound`` when there is no such job."""
    if session.scalar(select(JobRow.id).where(JobRow.id == job_id)) is None:
        raise NotFound("job", job_id)
