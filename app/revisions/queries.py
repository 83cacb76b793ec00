"""Revisions of a job as callers see them, and the differences between two of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from app.core.errors import NotFound
from app.database.models import ArtifactRow, RevisionRow, RunRow
from app.database.session import transaction
from app.jobs.artifact_queries import Artifact, artifacts_of_rows, newest_artifacts
from app.jobs.job_rows import check_job
from app.jobs.statuses import state_of
from app.planning.editing.diff import Difference, differences
from app.queue import run_state
from schemas.job import State
from schemas.scene_graph import SceneGraph, SceneGraphSchema

T = TypeVar("T")

# The largest integer that a column holds on every database.
MAX_NUMBER = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionLine:
    """A revision in a list, with the state of its newest run.

    ``kind`` is "plan", "edit" or "rollback"; ``parent`` is the revision it was made from. ``is_pruned``: retention has
    removed its files.
    """

    number: int
    kind: str
    parent: int | None
    created_at: datetime
    changes: tuple[dict[str, Any], ...]
    is_pruned: bool
    run_id: str
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionView(RevisionLine):
    """A revision with its scene graph, which is ``None`` until it is planned, and its artifacts."""

    scene_graph: dict[str, Any] | None
    artifacts: tuple[Artifact, ...]


# The columns of a ``RevisionLine``, without the scene graph, which grows with its film.
_LINE_COLUMNS = (
    RevisionRow.id,
    RevisionRow.number,
    RevisionRow.kind,
    RevisionRow.parent,
    RevisionRow.created_at,
    RevisionRow.changes,
    RevisionRow.pruned_at,
)


def list_revisions(job_id: str) -> tuple[RevisionLine, ...]:
    """Return all revisions of a job, the oldest first. Raises ``NotFound``."""
    with transaction() as session:
        check_job(session, job_id)
        rows = session.execute(
            select(*_LINE_COLUMNS).where(RevisionRow.job_id == job_id).order_by(RevisionRow.number)
        ).all()
        chosen = select(RunRow).where(RunRow.job_id == job_id).order_by(RunRow.created_at)
        newest_runs = {run.revision_id: run for run in session.scalars(chosen)}
    statuses = run_state.task_statuses([newest_runs[row.id].id for row in rows])
    return tuple(
        RevisionLine(**_line(row, newest_runs[row.id], state_of(newest_runs[row.id], status)))
        for row, status in zip(rows, statuses, strict=True)
    )


def get_revision(job_id: str, number: int) -> RevisionView:
    """Return one revision. Raises ``NotFound``."""
    with transaction() as session:
        check_job(session, job_id)
        row = revision_row(session, job_id, number)
        chosen = select(RunRow).where(RunRow.revision_id == row.id).order_by(RunRow.created_at.desc()).limit(1)
        run = session.scalars(chosen).one()
    state = state_of(run, run_state.task_status(run.id))
    # Artifacts are read after the state. A run stores them before it ends, so no view is done without them.
    with transaction() as session:
        artifacts = artifacts_of_rows(session.scalars(newest_artifacts(RunRow.revision_id == row.id)))
    return RevisionView(**_line(row, run, state), scene_graph=row.scene_graph, artifacts=artifacts)


def _line(row: RevisionRow | Row[Any], run: RunRow, state: State) -> dict[str, Any]:
    return {
        "number": row.number,
        "kind": row.kind,
        "parent": row.parent,
        "created_at": row.created_at,
        "changes": tuple(row.changes),
        "is_pruned": row.pruned_at is not None,
        "run_id": run.id,
        "state": state,
    }


def artifact(job_id: str, number: int, name: str) -> Artifact:
    """Return one artifact of a revision. Raises ``NotFound``."""
    with transaction() as session:
        check_job(session, job_id)
        revision_id = _with_number(session, job_id, number, select(RevisionRow.id))
        chosen = newest_artifacts(RunRow.revision_id == revision_id).where(ArtifactRow.name == name)
        matching = artifacts_of_rows(session.scalars(chosen))
    if not matching:
        raise NotFound(f"artifact of revision {number} of job {job_id} named", name)
    return matching[0]


def compare(job_id: str, before: int, after: int) -> tuple[Difference, ...]:
    """Return what differs in the revision ``after``. Raises ``NotFound``, also when one of them is not planned."""
    return differences(_graph(job_id, before), _graph(job_id, after))


def _graph(job_id: str, number: int) -> SceneGraph:
    with transaction() as session:
        check_job(session, job_id)
        plain_graph = revision_row(session, job_id, number).scene_graph
    if plain_graph is None:
        raise NotFound(f"scene graph of job {job_id} in revision", str(number))
    return SceneGraphSchema.read(plain_graph)


def revision_rows(session: Session, job_id: str) -> list[RevisionRow]:
    chosen = select(RevisionRow).where(RevisionRow.job_id == job_id).order_by(RevisionRow.number)
    return list(session.scalars(chosen))


def newest_number(session: Session, job_id: str) -> int:
    """Return the number of the newest revision; 0 when there is none."""
    return session.scalar(select(func.max(RevisionRow.number)).where(RevisionRow.job_id == job_id)) or 0


def revision_row(session: Session, job_id: str, number: int) -> RevisionRow:
    """Return the row of a revision. Raises ``NotFound``."""
    return _with_number(session, job_id, number, select(RevisionRow))


def _with_number(session: Session, job_id: str, number: int, query: Select[T]) -> T:
    """Return the result of ``query`` for the revision with this number. Raises ``NotFound``."""
    comparable = min(number, MAX_NUMBER)
    result = session.scalar(query.where(RevisionRow.job_id == job_id, RevisionRow.number == comparable))
    if result is None:
        raise NotFound(f"revision of job {job_id} with number", str(number))
    return result
