"""Revisions of a job: edit its scene graph, see what that takes, and go back.

A revision is one scene graph; a run makes its film, and takes from the store what is made already. An edit is thought
for the newest revision: one that was thought for an older one is refused, because it would undo what came after.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from marshmallow import ValidationError
from sqlalchemy.orm import Session

from app.assets.resolve import assets
from app.core.errors import BadRequest, Conflict, NotFound
from app.database.models import JobRow, RevisionRow, RunRow
from app.database.session import transaction
from app.jobs import queries, reuse, runs, workspace
from app.jobs.runs import StartedRun
from app.planning.editing.apply import apply_changes
from app.planning.editing.consequences import notes, preset_of
from app.planning.editing.preview import Preview, RenderedFilm, preview
from app.queue import run_state
from app.revisions.queries import newest_number, revision_row, revision_rows
from app.revisions.validation import check_edit
from presets.library import UnknownPreset
from schemas.asset import Asset
from schemas.edit import Change, plain
from schemas.job import JobRequest, JobRequestSchema, State
from schemas.scene_graph import SceneGraph, SceneGraphSchema

# So many of the newest finished runs are looked through for what is made already.
LOOKED_AT = 4
NEEDED = ("scene_graph.json", "speech.json", "timeline.json", "segments.json")


@dataclass(frozen=True, slots=True)
class EditResult:
    """What an edit makes: ``receipt`` and the new revision's ``number`` are ``None`` when it was only asked for."""

    based_on: int
    preview: Preview
    warnings: tuple[str, ...]
    number: int | None = None
    run: StartedRun | None = None


@dataclass(frozen=True, slots=True)
class RollbackResult:
    """``number`` is the new revision that is like the old one; ``at_once`` when its film was still there."""

    number: int
    run: StartedRun
    at_once: bool


# -- edit ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Base:
    """What an edit starts from. ``used`` are the ids that scenes of the job have or had."""

    number: int
    graph: SceneGraph
    request: JobRequest
    used: frozenset[int]
    made: tuple[RenderedFilm, ...]


def edit(job_id: str, changes: Sequence[Change], based_on: int | None = None, dry_run: bool = False) -> EditResult:
    """A new revision with these changes, and a run that makes it; with ``dry_run`` only what it would take.

    Raises ``NotFound``, ``BadRequest`` with the dotted path of what is wrong, and ``Conflict`` while a run of the job
    is open or when ``based_on`` is not the newest revision any more.
    """
    base = _base(job_id, based_on)
    found = check_edit(changes, base.graph, base.request)
    graph = apply_changes(base.graph, found.changes, base.used)
    look = preset_of(graph.preset_id, "preset_id")
    told = preview(graph, look, base.made, _assets_of(graph), base.request.quality)
    warnings = (*found.warnings, *notes(base.graph, graph))
    if dry_run:
        return EditResult(base.number, told, warnings)

    def make(session: Session, job: JobRow) -> RevisionRow:
        _refuse_overtaken(job.id, base.number, newest_number(session, job.id))
        return RevisionRow(
            job_id=job.id,
            number=base.number + 1,
            kind="edit",
            parent=base.number,
            changes=[plain(change) for change in found.changes],
            scene_graph=SceneGraphSchema.plain(graph),
        )

    receipt = runs.start(job_id, "revision", make)
    return EditResult(base.number, told, warnings, base.number + 1, receipt)


def _base(job_id: str, based_on: int | None) -> _Base:
    with transaction() as session:
        job = queries.job_row(session, job_id)
        request = JobRequestSchema.read(job.request)
        found = revision_rows(session, job_id)
        kept = [run for run in job.runs if run.revision.pruned_at is None]
    done = _finished(kept)[::-1][:LOOKED_AT]
    last = found[-1]
    _refuse_unknown(based_on, found)
    _refuse_overtaken(job_id, based_on or last.number, last.number)
    if last.scene_graph is None:
        raise Conflict("job", job_id, "it is not planned yet; there is nothing to edit")
    used = frozenset(scene["id"] for row in found for scene in (row.scene_graph or {}).get("scenes", ()))
    return _Base(last.number, SceneGraphSchema.read(last.scene_graph), request, used, _made(done))


def _refuse_unknown(based_on: int | None, found: Sequence[RevisionRow]) -> None:
    numbers = [row.number for row in found]
    if based_on is not None and based_on not in numbers:
        raise BadRequest("based_on", f"there is no revision {based_on}; there are {', '.join(map(str, numbers))}")


def _refuse_overtaken(job_id: str, based_on: int, last: int) -> None:
    if based_on != last:
        raise Conflict("job", job_id, f"revision {last} came after {based_on}; look at it and edit that one")


def _finished(rows: Sequence[RunRow]) -> list[str]:
    """The ids of the runs that have made a whole film, in their order."""
    found = run_state.task_statuses([row.id for row in rows])
    return [row.id for row, at in zip(rows, found, strict=True) if queries.state_of(row, at) is State.DONE]


def _made(run_ids: Sequence[str]) -> tuple[RenderedFilm, ...]:
    found = (_made_by(workspace.open_workspace(run_id)) for run_id in run_ids)
    return tuple(made for made in found if made)


def _made_by(run: workspace.Workspace) -> RenderedFilm | None:
    """``None`` for what another version of the house wrote, or made in a look that is not here any more."""
    if not all(run.has(name) for name in NEEDED):
        return None
    took = queries.timings_ms(run.job_id, run.id)
    try:
        return RenderedFilm(run.graph, run.preset, run.timeline, run.speech, run.clips(), run.segments, took)
    except (ValidationError, UnknownPreset, NotFound):
        return None


def _assets_of(graph: SceneGraph) -> Mapping[str, Asset]:
    named = [scene.media.asset for scene in graph.scenes]
    named += [overlay.asset for scene in graph.scenes for overlay in scene.overlays]
    return {found.id: found for found in assets([asset_id for asset_id in named if asset_id])}


# -- go back ---------------------------------------------------------------------------------------------------------


def roll_back(job_id: str, number: int) -> RollbackResult:
    """A new revision like the one with this number. Its film is there at once, or made again where it had to make room.

    Raises ``NotFound``, and ``Conflict`` while a run is open, when that revision never became a film or is the newest.
    """
    with transaction() as session:
        job = queries.job_row(session, job_id)
        target = revision_row(session, job_id, number)
        if target.number == newest_number(session, job_id):
            raise Conflict("revision", str(number), "it is the newest already")
        same = [row for row in job.runs if row.revision_id == target.id]
        graph, is_pruned = target.scene_graph, target.pruned_at is not None
    done = _finished(same)
    if not done:
        raise Conflict("revision", str(number), "it never became a film; there is nothing to go back to")
    numbers: list[int] = []

    def make(session: Session, job: JobRow) -> RevisionRow:
        numbers.append(newest_number(session, job.id) + 1)
        return RevisionRow(job_id=job.id, number=numbers[-1], kind="rollback", parent=number, scene_graph=graph)

    receipt = None if is_pruned else reuse.reuse_run(job_id, make, done[-1], "rollback", to=number)
    if receipt:
        return RollbackResult(numbers[-1], receipt, at_once=True)
    receipt = runs.start(job_id, "rollback", make, to=number)
    return RollbackResult(numbers[-1], receipt, at_once=False)
