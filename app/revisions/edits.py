"""Edits and rollbacks of a job, each of which creates a revision.

A revision is one scene graph. A run makes its film and reuses what earlier runs have made. An edit applies to the
newest revision; an edit of an older one is refused, because it would undo the revisions in between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from marshmallow import ValidationError
from sqlalchemy.orm import Session

from app.assets.resolve import get_assets
from app.core.config import settings
from app.core.errors import BadRequest, Conflict, NotFound
from app.database.models import JobRow, RevisionRow, RunRow
from app.database.session import transaction
from app.jobs import queries, reuse, runs, workspace
from app.jobs.job_rows import job_row
from app.jobs.runs import StartedRun
from app.jobs.statuses import state_of
from app.planning.editing.apply import apply_changes
from app.planning.editing.consequences import caption_warnings, preset_of
from app.planning.editing.preview import Preview, RenderedFilm, preview
from app.queue import run_state
from app.revisions.queries import newest_number, revision_row, revision_rows
from app.revisions.validation import check_edit
from presets.library import UnknownPreset
from schemas.asset import Asset
from schemas.edit import Change, change_to_plain
from schemas.job import JobRequest, JobRequestSchema, State
from schemas.scene_graph import SceneGraph, SceneGraphSchema

# How many of the newest finished runs a preview searches for results that can be reused.
PREVIEWED_RUNS = 4
# The documents of a run that a preview reads.
PREVIEW_DOCUMENTS = ("scene_graph.json", "speech.json", "timeline.json", "segments.json")


@dataclass(frozen=True, slots=True)
class EditResult:
    """The result of an edit. ``run`` and ``number``, that of the new revision, are ``None`` after a dry run."""

    based_on: int
    preview: Preview
    warnings: tuple[str, ...]
    number: int | None = None
    run: StartedRun | None = None


@dataclass(frozen=True, slots=True)
class RollbackResult:
    """The result of a rollback. ``number`` is that of the new revision.

    ``at_once``: the film of the old revision still exists and is already that of the new one.
    """

    number: int
    run: StartedRun
    at_once: bool


# -- edit ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Base:
    """The revision that an edit starts from.

    ``used`` are the ids of all scenes in all revisions of the job, ``films`` the newest films whose files exist.
    """

    number: int
    graph: SceneGraph
    request: JobRequest
    used: frozenset[int]
    films: tuple[RenderedFilm, ...]


def edit(job_id: str, changes: Sequence[Change], based_on: int | None = None, dry_run: bool = False) -> EditResult:
    """Create a revision with these changes and start a run of it; with ``dry_run`` return the preview only.

    Raises ``NotFound``, ``BadRequest`` with the dotted path of the wrong field, and ``Conflict`` while a run of the job
    is open or when ``based_on`` is no longer the newest revision.
    """
    base = _base(job_id, based_on)
    checked = check_edit(changes, base.graph, base.request)
    graph = apply_changes(base.graph, checked.changes, base.used, {**_assets_of(base.graph), **checked.assets})
    preset = preset_of(graph.preset_id, "preset_id")
    assets, music_kind = _assets_of(graph), settings().music
    expected = preview(graph, preset, base.films, assets, base.request.quality, music_kind=music_kind)
    warnings = (*checked.warnings, *caption_warnings(base.graph, graph))
    if dry_run:
        return EditResult(base.number, expected, warnings)

    def make_revision(session: Session, job: JobRow) -> RevisionRow:
        _refuse_outdated(job.id, base.number, newest_number(session, job.id))
        return RevisionRow(
            job_id=job.id,
            number=base.number + 1,
            kind="edit",
            parent=base.number,
            changes=[change_to_plain(change) for change in checked.changes],
            scene_graph=SceneGraphSchema.plain(graph),
        )

    run = runs.start(job_id, "revision", make_revision)
    return EditResult(base.number, expected, warnings, base.number + 1, run)


def _base(job_id: str, based_on: int | None) -> _Base:
    with transaction() as session:
        job = job_row(session, job_id)
        request = JobRequestSchema.read(job.request)
        revisions = revision_rows(session, job_id)
        unpruned = [run for run in job.runs if run.revision.pruned_at is None]
    run_ids = _finished(unpruned)[::-1][:PREVIEWED_RUNS]
    newest = revisions[-1]
    _refuse_unknown(based_on, revisions)
    _refuse_outdated(job_id, based_on or newest.number, newest.number)
    if newest.scene_graph is None:
        raise Conflict("job", job_id, "it is not planned yet; there is nothing to edit")
    used = frozenset(scene["id"] for row in revisions for scene in (row.scene_graph or {}).get("scenes", ()))
    return _Base(newest.number, SceneGraphSchema.read(newest.scene_graph), request, used, _rendered_films(run_ids))


def _refuse_unknown(based_on: int | None, revisions: Sequence[RevisionRow]) -> None:
    numbers = [row.number for row in revisions]
    if based_on is not None and based_on not in numbers:
        existing = ", ".join(map(str, numbers))
        raise BadRequest("based_on", f"there is no revision {based_on}; existing revisions: {existing}")


def _refuse_outdated(job_id: str, based_on: int, newest: int) -> None:
    if based_on != newest:
        raise Conflict("job", job_id, f"revision {newest} is newer than {based_on}; edit revision {newest} instead")


def _finished(rows: Sequence[RunRow]) -> list[str]:
    """Return the ids of the runs that are done, in the order of ``rows``."""
    statuses = run_state.task_statuses([row.id for row in rows])
    return [row.id for row, status in zip(rows, statuses, strict=True) if state_of(row, status) is State.DONE]


def _rendered_films(run_ids: Sequence[str]) -> tuple[RenderedFilm, ...]:
    films = (_rendered_film(workspace.open_workspace(run_id)) for run_id in run_ids)
    return tuple(film for film in films if film)


def _rendered_film(run: workspace.Workspace) -> RenderedFilm | None:
    """Return the film of a run; ``None`` when another version of Pytoon wrote it or its preset no longer exists."""
    if not all(run.has(name) for name in PREVIEW_DOCUMENTS):
        return None
    timings_ms = queries.timings_ms(run.job_id, run.id)
    try:
        return RenderedFilm(
            run.graph,
            run.preset,
            run.timeline,
            run.speech,
            run.clips(),
            run.segments,
            timings_ms,
            run.music_beats(),
        )
    except (ValidationError, UnknownPreset, NotFound):
        return None


def _assets_of(graph: SceneGraph) -> Mapping[str, Asset]:
    asset_ids = [asset_id for scene in graph.scenes for asset_id in scene.asset_ids]
    return {asset.id: asset for asset in get_assets(asset_ids)}


# -- rollback --------------------------------------------------------------------------------------------------------


def roll_back(job_id: str, number: int) -> RollbackResult:
    """Create a revision with the scene graph of an earlier one.

    Its run reuses the files of the earlier film, or renders them again when retention has removed them. Raises
    ``NotFound``, and ``Conflict`` while a run is open, or when that revision has no finished run or is the newest.
    """
    with transaction() as session:
        job = job_row(session, job_id)
        target = revision_row(session, job_id, number)
        if target.number == newest_number(session, job_id):
            raise Conflict("revision", str(number), "it is already the newest revision")
        target_runs = [row for row in job.runs if row.revision_id == target.id]
        graph, is_pruned = target.scene_graph, target.pruned_at is not None
    finished_ids = _finished(target_runs)
    if not finished_ids:
        raise Conflict("revision", str(number), "no run of it has finished, so there is no film to roll back to")
    numbers: list[int] = []

    def make_revision(session: Session, job: JobRow) -> RevisionRow:
        numbers.append(newest_number(session, job.id) + 1)
        return RevisionRow(job_id=job.id, number=numbers[-1], kind="rollback", parent=number, scene_graph=graph)

    run = None if is_pruned else reuse.reuse_run(job_id, make_revision, finished_ids[-1], "rollback", to=number)
    if run:
        return RollbackResult(numbers[-1], run, at_once=True)
    run = runs.start(job_id, "rollback", make_revision, to=number)
    return RollbackResult(numbers[-1], run, at_once=False)
