"""Jobs as a caller sees them. The state of a live job is its Celery result; the database knows the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from celery import states
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from app.core.errors import NotFound, stage_failure
from app.database.models import ArtifactRow, JobRow, RevisionRow, RunRow, SceneRow
from app.database.session import transaction
from app.jobs.step_events import durations_ms, finished_tasks, reused
from app.queue import canvas, run_state
from app.store.factory import storage
from app.store.json_files import read_json
from app.store.keys import run_key
from schemas.job import SceneState, State
from schemas.steps import STATE_OF_STEP, Step

PAGE = 50
# The steps that may return warnings, and the document in which each leaves them as well.
WARNING_DOCUMENTS = {"voice": "speech.json", "mux": "film.json"}

TaskStatuses = Mapping[str, run_state.TaskStatus]
# The segments of a run are known in these states.
STATES_WITH_SEGMENTS = tuple(STATE_OF_STEP[step] for step in (Step.COMPOSE, Step.MUX, Step.DELIVER))


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file a job left; ``key`` is its storage key."""

    name: str
    key: str
    content_type: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class SceneView:
    """How a scene stands."""

    id: int
    state: SceneState
    description: str
    media_kind: str
    engine: str | None
    steps_down: tuple[dict[str, Any], ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as a caller sees it: how its newest run stands, and the files of its newest film.

    ``timings_ms`` says how long each step took that has ended; ``reused`` which steps found all they had to make: true,
    or the numbers of the scenes and segments.
    """

    id: str
    run_id: str
    state: State
    created_at: datetime
    ended_at: datetime | None
    request: dict[str, Any]
    warnings: tuple[str, ...]
    scenes: tuple[SceneView, ...]
    steps: dict[str, str]
    timings_ms: dict[str, int]
    error: dict[str, Any] | None
    artifacts: tuple[Artifact, ...]
    title: str | None = None
    revision: int = 1
    reused: dict[str, Any] = field(default_factory=dict)


# -- look ------------------------------------------------------------------------------------------------------------

# Of a run's scene graph the database gives the title alone: a graph can be as long as its film.
_TITLE = RevisionRow.scene_graph["title"].as_string()


def job(job_id: str) -> JobView:
    """Raises ``NotFound``."""
    run_id, ids = _newest_run(job_id)
    # Before the rows: a run stores what it makes and then ends, so a job that is done is never shown without it.
    standings = _standings(run_id, ids)
    with transaction() as session:
        row, latest, number, title = _rows(session, run_id)
        scenes = _scene_rows(session, run_id, ids)
        artefacts = artifacts_of_rows(session.scalars(_artefacts(job_id)))
        finished = finished_tasks(session, job_id, run_id)
    state = state_of(latest, standings[run_id])
    return JobView(
        id=row.id,
        run_id=run_id,
        state=state,
        created_at=row.created_at,
        ended_at=latest.ended_at,
        request=row.request,
        warnings=(*row.warnings, *_warnings(run_id, ids, standings)),
        scenes=tuple(_scene(scene, standings[ids.scenes[scene.scene_id]], state) for scene in scenes),
        steps=_steps(ids, standings, state),
        timings_ms=durations_ms(finished),
        error=error_of(latest, standings[run_id], state),
        artifacts=artefacts,
        revision=number,
        reused=reused(finished),
        title=row.request.get("title") if title is None else title,
    )


def _newest_run(job_id: str) -> tuple[str, _TaskIds]:
    """The id of a job's newest run, and those of its tasks. Raises ``NotFound``."""
    newest = select(RunRow.id).where(RunRow.job_id == job_id).order_by(RunRow.created_at.desc()).limit(1)
    chosen = select(RunRow.id, RunRow.ended_at, SceneRow.scene_id).outerjoin(SceneRow, SceneRow.run_id == RunRow.id)
    with transaction() as session:
        rows = session.execute(chosen.where(RunRow.id == newest.scalar_subquery())).all()
    if not rows:
        raise NotFound("job", job_id)
    run_id, ended_at, _ = rows[0]
    return run_id, _task_ids(run_id, ended_at, [row.scene_id for row in rows if row.scene_id is not None])


def _rows(session: Session, run_id: str) -> tuple[JobRow, RunRow, int, str | None]:
    """The job of a run, the run, and of its revision the number and the title."""
    chosen = select(JobRow, RunRow, RevisionRow.number, _TITLE).join(RunRow, RunRow.job_id == JobRow.id)
    chosen = chosen.join(RevisionRow, RevisionRow.id == RunRow.revision_id).where(RunRow.id == run_id)
    row, latest, number, title = session.execute(chosen).one()
    return row, latest, number, title


def _scene_rows(session: Session, run_id: str, ids: _TaskIds) -> list[SceneRow]:
    """The scenes in order; not those that were planned after ``ids`` were read."""
    chosen = select(SceneRow).where(SceneRow.run_id == run_id).order_by(SceneRow.position)
    return [row for row in session.scalars(chosen) if row.scene_id in ids.scenes]


def jobs(limit: int = PAGE, before: datetime | None = None, before_id: str = "") -> tuple[dict[str, Any], ...]:
    """The newest jobs, short: ``id``, ``state``, ``created_at``, ``title``.

    Those of before a moment, and of that very moment those whose id is below ``before_id``.
    """
    newest_run = select(RunRow.id).where(RunRow.job_id == JobRow.id).order_by(RunRow.created_at.desc()).limit(1)
    title = func.coalesce(func.nullif(_TITLE, ""), JobRow.request["title"].as_string())
    chosen = (
        select(JobRow.id, JobRow.created_at, RunRow, title)
        .join(RunRow, RunRow.id == newest_run.correlate(JobRow).scalar_subquery())
        .join(RevisionRow, RevisionRow.id == RunRow.revision_id)
        .order_by(JobRow.created_at.desc(), JobRow.id.desc())
        .limit(limit)
    )
    if before:
        same = (JobRow.created_at == before) & (JobRow.id < before_id)
        chosen = chosen.where((JobRow.created_at < before) | same)
    with transaction() as session:
        rows = session.execute(chosen).all()
    found = run_state.task_statuses([latest.id for _, _, latest, _ in rows])
    return tuple(
        {"job_id": job_id, "state": state_of(latest, standing), "created_at": created_at, "title": shown_title}
        for (job_id, created_at, latest, shown_title), standing in zip(rows, found, strict=True)
    )


def job_row(session: Session, job_id: str) -> JobRow:
    row = session.get(JobRow, job_id)
    if row is None:
        raise NotFound("job", job_id)
    return row


def check_job(session: Session, job_id: str) -> None:
    """Raises ``NotFound`` when there is no such job."""
    if session.scalar(select(JobRow.id).where(JobRow.id == job_id)) is None:
        raise NotFound("job", job_id)


def state_of(latest: RunRow, found: run_state.TaskStatus) -> State:
    # A result that has expired is PENDING again; then the database still knows how the run ended.
    return State(latest.state) if found.status == states.PENDING else found.state


@dataclass(frozen=True, slots=True)
class _TaskIds:
    """The ids of a run's tasks: of steps by name, of scenes by their id, of segments by index."""

    steps: Mapping[str, str]
    scenes: Mapping[int, str]
    segments: Sequence[str]


def _task_ids(run_id: str, ended_at: datetime | None, scene_ids: Sequence[int]) -> _TaskIds:
    """Without segments once the run has ended: then their progress is not shown. There is one for each scene."""
    segments = canvas.segment_ids(run_id, len(scene_ids)) if ended_at is None else ()
    return _TaskIds(canvas.step_ids(run_id), canvas.scene_ids(run_id, scene_ids), segments)


def _standings(run_id: str, ids: _TaskIds) -> TaskStatuses:
    """How the run and all its tasks stand, by one question to the result store."""
    each = [run_id, *ids.steps.values(), *ids.scenes.values(), *ids.segments]
    return dict(zip(each, run_state.task_statuses(each), strict=True))


def _scene(row: SceneRow, found: run_state.TaskStatus, job_state: State) -> SceneView:
    clip = row.clip or {}
    steps_down = tuple(clip.get("steps_down", ()))
    done = SceneState.FALLBACK if steps_down else SceneState.DONE
    shown = {states.SUCCESS: done, states.FAILURE: SceneState.FAILED, states.PENDING: SceneState.QUEUED}
    state = shown.get(found.status, SceneState.RENDERING)
    if clip and state is SceneState.QUEUED:  # the result has expired
        state = done
    if state in (SceneState.QUEUED, SceneState.RENDERING) and job_state.ended:
        state = SceneState.CANCELLED if job_state is State.CANCELLED else SceneState.QUEUED
    return SceneView(
        row.scene_id,
        state,
        row.description,
        row.media_kind,
        row.engine,
        steps_down,
        tuple(clip.get("warnings", ())),
    )


def _steps(ids: _TaskIds, found: TaskStatuses, state: State) -> dict[str, str]:
    """Each step's own Celery status, and how many segments are done once composing has begun."""
    steps = {name: found[task_id].status for name, task_id in ids.steps.items()}
    if state in STATES_WITH_SEGMENTS and ids.segments:
        made = sum(found[task_id].status == states.SUCCESS for task_id in ids.segments)
        steps["segments"] = f"{made}/{len(ids.segments)}"
    return steps


def _warnings(run_id: str, ids: _TaskIds, found: TaskStatuses) -> tuple[str, ...]:
    """The warnings that steps returned; of a step whose result has expired, those in the document it wrote."""
    warnings: list[str] = []
    for step, document in WARNING_DOCUMENTS.items():
        standing, key = found[ids.steps[step]], run_key(run_id, document)
        if isinstance(standing.result, dict) and "warnings" in standing.result:
            warnings += standing.result["warnings"]
        elif storage().has(key):
            warnings += read_json(storage(), key).get("warnings", ())
    return tuple(warnings)


def timings_ms(job_id: str, run_id: str) -> dict[str, int]:
    """Milliseconds by step; the many tasks of one step count from the first start to the last end."""
    with transaction() as session:
        return durations_ms(finished_tasks(session, job_id, run_id))


def error_of(latest: RunRow, found: run_state.TaskStatus, state: State) -> dict[str, Any] | None:
    if state is not State.FAILED:
        return None
    error = run_state.error_of_task(found)
    return stage_failure(error, "job").as_dict() if error else latest.error


# -- what it made ----------------------------------------------------------------------------------------------------


def scene_graph(job_id: str) -> dict[str, Any]:
    """Raises ``NotFound`` while it is not planned."""
    return _made(job_id, "scene_graph.json", "scene graph of job")


def timeline(job_id: str) -> dict[str, Any]:
    """The final timeline, or the planned one while there is no other. Raises ``NotFound`` before that."""
    try:
        return _made(job_id, "timeline.json", "timeline of job")
    except NotFound:
        return _made(job_id, "timeline_planned.json", "timeline of job")


def _made(job_id: str, name: str, kind: str) -> dict[str, Any]:
    chosen = select(RunRow.id).where(RunRow.job_id == job_id).order_by(RunRow.created_at.desc()).limit(1)
    with transaction() as session:
        run_id = session.scalar(chosen)
    if run_id is None:
        raise NotFound("job", job_id)
    key = run_key(run_id, name)
    if not storage().has(key):
        raise NotFound(kind, job_id)
    plain: dict[str, Any] = read_json(storage(), key)
    return plain


def artifacts(job_id: str) -> tuple[Artifact, ...]:
    """The files of the job's newest film: a revision that fails or is still being made takes nothing away.

    Raises ``NotFound``.
    """
    with transaction() as session:
        check_job(session, job_id)
        return artifacts_of_rows(session.scalars(_artefacts(job_id)))


def artifact(job_id: str, name: str) -> Artifact:
    """Raises ``NotFound``."""
    with transaction() as session:
        check_job(session, job_id)
        found = artifacts_of_rows(session.scalars(_artefacts(job_id).where(ArtifactRow.name == name)))
    if not found:
        raise NotFound(f"file of job {job_id} named", name)
    return found[0]


def _artefacts(job_id: str) -> Select[ArtifactRow]:
    return newest_artifacts(RunRow.job_id == job_id)


def newest_artifacts(of_runs: ColumnElement[bool]) -> Select[ArtifactRow]:
    """The files of the newest run among these that has left any."""
    has_any = select(ArtifactRow.id).where(ArtifactRow.run_id == RunRow.id).exists()
    newest = select(RunRow.id).where(of_runs, has_any).order_by(RunRow.created_at.desc()).limit(1)
    return select(ArtifactRow).where(ArtifactRow.run_id == newest.scalar_subquery()).order_by(ArtifactRow.id)


def artifacts_of_rows(rows: Iterable[ArtifactRow]) -> tuple[Artifact, ...]:
    return tuple(Artifact(a.name, a.key, a.content_type, a.bytes, a.sha256) for a in rows)
