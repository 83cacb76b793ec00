"""Revisions of a job as a caller sees them, and what is different between two of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from app.core.errors import NotFound
from app.database.models import ArtifactRow, RevisionRow, RunRow
from app.database.session import transaction
from app.jobs import queries
from app.jobs.queries import Artifact
from app.planning.editing.diff import Difference, differences
from app.queue import run_state
from schemas.job import State
from schemas.scene_graph import SceneGraph, SceneGraphSchema

T = TypeVar("T")

# The largest number that every database can compare with.
MAX_NUMBER = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionLine:
    """A revision in a list, with the state of its newest run.

    ``kind`` is "plan", "edit" or "rollback", ``parent`` the revision it was made from. ``is_pruned``: its files had to
    make room.
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
    """A revision with all it shows and left. ``scene_graph`` is ``None`` while it is not planned."""

    scene_graph: dict[str, Any] | None
    artifacts: tuple[Artifact, ...]


# What a line shows of a revision; its scene graph is as long as its film and stays in the database.
_LINE = (
    RevisionRow.id,
    RevisionRow.number,
    RevisionRow.kind,
    RevisionRow.parent,
    RevisionRow.created_at,
    RevisionRow.changes,
    RevisionRow.pruned_at,
)


def list_revisions(job_id: str) -> tuple[RevisionLine, ...]:
    """Every revision, the oldest first. Raises ``NotFound``."""
    with transaction() as session:
        queries.check_job(session, job_id)
        rows = session.execute(select(*_LINE).where(RevisionRow.job_id == job_id).order_by(RevisionRow.number)).all()
        chosen = select(RunRow).where(RunRow.job_id == job_id).order_by(RunRow.created_at)
        newest = {run.revision_id: run for run in session.scalars(chosen)}
    found = run_state.task_statuses([newest[row.id].id for row in rows])
    states = [queries.state_of(newest[row.id], standing) for row, standing in zip(rows, found, strict=True)]
    return tuple(RevisionLine(**_line(row, newest[row.id], state)) for row, state in zip(rows, states, strict=True))


def get_revision(job_id: str, number: int) -> RevisionView:
    """Raises ``NotFound``."""
    with transaction() as session:
        queries.check_job(session, job_id)
        row = revision_row(session, job_id, number)
        chosen = select(RunRow).where(RunRow.revision_id == row.id).order_by(RunRow.created_at.desc()).limit(1)
        run = session.scalars(chosen).one()
    state = queries.state_of(run, run_state.task_status(run.id))
    # After the state: a run stores its files and then ends, so a revision that is done is never shown without them.
    with transaction() as session:
        artefacts = queries.artifacts_of_rows(session.scalars(queries.newest_artifacts(RunRow.revision_id == row.id)))
    return RevisionView(**_line(row, run, state), scene_graph=row.scene_graph, artifacts=artefacts)


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
    """A file of one revision's film. Raises ``NotFound``."""
    with transaction() as session:
        queries.check_job(session, job_id)
        revision_id = _numbered(session, job_id, number, select(RevisionRow.id))
        chosen = queries.newest_artifacts(RunRow.revision_id == revision_id).where(ArtifactRow.name == name)
        found = queries.artifacts_of_rows(session.scalars(chosen))
    if not found:
        raise NotFound(f"file of revision {number} of job {job_id} named", name)
    return found[0]


def compare(job_id: str, before: int, after: int) -> tuple[Difference, ...]:
    """What is different in the revision ``after``. Raises ``NotFound``, also for one that is not planned."""
    return differences(_graph(job_id, before), _graph(job_id, after))


def _graph(job_id: str, number: int) -> SceneGraph:
    with transaction() as session:
        queries.check_job(session, job_id)
        plain_graph = revision_row(session, job_id, number).scene_graph
    if plain_graph is None:
        raise NotFound(f"scene graph in job {job_id} of revision", str(number))
    return SceneGraphSchema.read(plain_graph)


def revision_rows(session: Session, job_id: str) -> list[RevisionRow]:
    chosen = select(RevisionRow).where(RevisionRow.job_id == job_id).order_by(RevisionRow.number)
    return list(session.scalars(chosen))


def newest_number(session: Session, job_id: str) -> int:
    """The number of the newest revision; 0 when there is none."""
    return session.scalar(select(func.max(RevisionRow.number)).where(RevisionRow.job_id == job_id)) or 0


def revision_row(session: Session, job_id: str, number: int) -> RevisionRow:
    """Raises ``NotFound``."""
    return _numbered(session, job_id, number, select(RevisionRow))


def _numbered(session: Session, job_id: str, number: int, what: Select[T]) -> T:
    comparable = min(number, MAX_NUMBER)
    found = session.scalar(what.where(RevisionRow.job_id == job_id, RevisionRow.number == comparable))
    if found is None:
        raise NotFound(f"revision of job {job_id} with the number", str(number))
    return found
