"""Queries for the artifacts of jobs and runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, select

from app.core.errors import NotFound
from app.database.models import ArtifactRow, RunRow
from app.database.session import transaction
from app.jobs.job_rows import check_job


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file that a job delivers; ``key`` is its storage key."""

    name: str
    key: str
    content_type: str
    bytes: int
    sha256: str


def artifacts(job_id: str) -> tuple[Artifact, ...]:
    """Return the artifacts of the job's newest film. Raises ``NotFound``.

    A newer revision that has failed or is still running does not hide them.
    """
    with transaction() as session:
        check_job(session, job_id)
        return artifacts_of_rows(session.scalars(newest_artifacts(RunRow.job_id == job_id)))


def artifact(job_id: str, name: str) -> Artifact:
    """Return one artifact of the job's newest film. Raises ``NotFound``."""
    with transaction() as session:
        check_job(session, job_id)
        chosen = newest_artifacts(RunRow.job_id == job_id).where(ArtifactRow.name == name)
        matching = artifacts_of_rows(session.scalars(chosen))
    if not matching:
        raise NotFound(f"artifact of job {job_id} named", name)
    return matching[0]


def newest_artifacts(of_runs: ColumnElement[bool]) -> Select[ArtifactRow]:
    """Return a query for the artifacts of the newest run that matches ``of_runs`` and has any."""
    has_any = select(ArtifactRow.id).where(ArtifactRow.run_id == RunRow.id).exists()
    newest = select(RunRow.id).where(of_runs, has_any).order_by(RunRow.created_at.desc()).limit(1)
    return select(ArtifactRow).where(ArtifactRow.run_id == newest.scalar_subquery()).order_by(ArtifactRow.id)


def artifacts_of_rows(rows: Iterable[ArtifactRow]) -> tuple[Artifact, ...]:
    return tuple(Artifact(row.name, row.key, row.content_type, row.bytes, row.sha256) for row in rows)
