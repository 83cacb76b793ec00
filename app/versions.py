"""Revisions of a job as a caller sees them, and what is different between two of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import views
from app.core import celery, db
from app.core.errors import NotFound
from app.core.models import ArtefactRow, RevisionRow, RunRow
from app.planning.comparing import Difference, differences
from app.views import Artefact
from schemas.job import State
from schemas.scene_graph import SceneGraph, SceneGraphSchema


@dataclass(frozen=True, slots=True)
class RevisionView:
    """A revision as a caller sees it, with the state and the files of its newest run.

    ``kind`` is "plan", "edit" or "rollback", ``parent`` the revision it was made from. ``is_pruned``: its files had to
    make room.
    """

    number: int
    kind: str
    parent: int | None
    created_at: datetime
    changes: tuple[dict[str, Any], ...]
    scene_graph: dict[str, Any] | None
    is_pruned: bool
    run_id: str
    state: State
    artefacts: tuple[Artefact, ...]


def listing(job_id: str) -> tuple[RevisionView, ...]:
    """Every revision, the oldest first. Raises ``NotFound``."""
    with db.session() as session:
        run_ids = [run.id for run in views.row_of(session, job_id).runs]
    # Before the rows: a run stores what it leaves and then ends, so a revision that is done is never shown without it.
    states = dict(zip(run_ids, celery.standings(run_ids), strict=True))
    with db.session() as session:
        job = views.row_of(session, job_id)
        all_runs = [run for run in job.runs if run.id in states]
        known = {run.revision_id for run in all_runs}
        rows = [row for row in every(session, job_id) if row.id in known]
        left = list(session.scalars(select(ArtefactRow).where(ArtefactRow.job_id == job_id).order_by(ArtefactRow.id)))
    return tuple(_view(row, [run for run in all_runs if run.revision_id == row.id], states, left) for row in rows)


def one(job_id: str, number: int) -> RevisionView:
    """Raises ``NotFound``."""
    found = next((view for view in listing(job_id) if view.number == number), None)
    if found is None:
        raise NotFound(f"revision of job {job_id} with the number", str(number))
    return found


def artefact(job_id: str, number: int, name: str) -> Artefact:
    """A file of one revision's film. Raises ``NotFound``."""
    found = next((each for each in one(job_id, number).artefacts if each.name == name), None)
    if found is None:
        raise NotFound(f"file of revision {number} of job {job_id} named", name)
    return found


def compared(job_id: str, before: int, after: int) -> tuple[Difference, ...]:
    """What is different in the revision ``after``. Raises ``NotFound``, also for one that is not planned."""
    return differences(_graph(job_id, before), _graph(job_id, after))


def _graph(job_id: str, number: int) -> SceneGraph:
    with db.session() as session:
        views.row_of(session, job_id)
        plain_graph = numbered(session, job_id, number).scene_graph
    if plain_graph is None:
        raise NotFound(f"scene graph in job {job_id} of revision", str(number))
    return SceneGraphSchema.read(plain_graph)


def _view(
    row: RevisionRow, of_it: Sequence[RunRow], states: Mapping[str, celery.Standing], left: Sequence[ArtefactRow]
) -> RevisionView:
    last = of_it[-1]
    whole = next((run.id for run in reversed(of_it) if any(each.run_id == run.id for each in left)), None)
    return RevisionView(
        number=row.number,
        kind=row.kind,
        parent=row.parent,
        created_at=row.created_at,
        changes=tuple(row.changes),
        scene_graph=row.scene_graph,
        is_pruned=row.pruned_at is not None,
        run_id=last.id,
        state=views.state_of(last, states[last.id]),
        artefacts=views.artefacts_of(each for each in left if each.run_id == whole),
    )


def every(session: Session, job_id: str) -> list[RevisionRow]:
    chosen = select(RevisionRow).where(RevisionRow.job_id == job_id).order_by(RevisionRow.number)
    return list(session.scalars(chosen))


def newest(session: Session, job_id: str) -> RevisionRow:
    return every(session, job_id)[-1]


def numbered(session: Session, job_id: str, number: int) -> RevisionRow:
    found = next((row for row in every(session, job_id) if row.number == number), None)
    if found is None:
        raise NotFound(f"revision of job {job_id} with the number", str(number))
    return found
