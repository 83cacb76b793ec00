"""Jobs as a caller sees them. The state of a live job is its Celery result; the database knows the rest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from celery import states
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import canvas
from app.core import celery, db
from app.core.errors import NotFound, PytoonError, StageFailed
from app.core.models import ArtefactRow, EventRow, JobRow, RunRow, SceneRow
from app.store.factory import storage
from app.store.json_files import read_json
from app.store.keys import run_key
from schemas.job import State

PAGE = 50


@dataclass(frozen=True, slots=True)
class Artefact:
    """A file a job left; ``key`` is its storage key."""

    name: str
    key: str
    content_type: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class SceneView:
    """How a scene stands: QUEUED, RENDERING, DONE, FALLBACK or FAILED."""

    id: int
    state: str
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
    artefacts: tuple[Artefact, ...]
    title: str | None = None
    revision: int = 1
    reused: dict[str, Any] = field(default_factory=dict)


# -- look ------------------------------------------------------------------------------------------------------------


def job(job_id: str) -> JobView:
    """Raises ``NotFound``."""
    with db.session() as session:
        row = row_of(session, job_id)
        latest = row.runs[-1]
        scenes = list(session.scalars(select(SceneRow).where(SceneRow.run_id == latest.id).order_by(SceneRow.position)))
        artefacts = _artefacts(session, row)
        graph = latest.revision.scene_graph
    found = celery.standing(latest.id)
    state = state_of(latest, found)
    return JobView(
        id=row.id,
        run_id=latest.id,
        state=state,
        created_at=row.created_at,
        ended_at=latest.ended_at,
        request=row.request,
        warnings=(*row.warnings, *_told_by_voice(latest.id)),
        scenes=_scenes(latest.id, scenes, state),
        steps=_steps(latest.id, state),
        timings_ms=timings_ms(job_id, latest.id),
        error=error_of(latest, found, state),
        artefacts=artefacts,
        revision=latest.revision.number,
        reused=reused(job_id, latest.id),
        title=graph["title"] if graph else row.request.get("title"),
    )


def jobs(limit: int = PAGE, before: datetime | None = None, before_id: str = "") -> tuple[dict[str, Any], ...]:
    """The newest jobs, short: ``id``, ``state``, ``created_at``, ``title``.

    Those of before a moment, and of that very moment those whose id is below ``before_id``.
    """
    chosen = select(JobRow).order_by(JobRow.created_at.desc(), JobRow.id.desc()).limit(limit)
    if before:
        same = (JobRow.created_at == before) & (JobRow.id < before_id)
        chosen = chosen.where((JobRow.created_at < before) | same)
    with db.session() as session:
        rows = [(row, row.runs[-1], row.runs[-1].revision.scene_graph) for row in session.scalars(chosen)]
    found = celery.standings([latest.id for _, latest, _ in rows])
    return tuple(
        {
            "job_id": row.id,
            "state": state_of(latest, standing),
            "created_at": row.created_at,
            "title": (graph or {}).get("title") or row.request.get("title"),
        }
        for (row, latest, graph), standing in zip(rows, found, strict=True)
    )


def row_of(session: Session, job_id: str) -> JobRow:
    row = session.get(JobRow, job_id)
    if row is None:
        raise NotFound("job", job_id)
    return row


def state_of(latest: RunRow, found: celery.Standing) -> State:
    # A result that has expired is PENDING again; then the database still knows how the run ended.
    return State(latest.state) if found.status == states.PENDING else found.state


def _scenes(run_id: str, rows: Sequence[SceneRow], job_state: State) -> tuple[SceneView, ...]:
    ids = canvas.scene_ids(run_id, [row.scene_id for row in rows])
    found = celery.standings([ids[row.scene_id] for row in rows])
    return tuple(_scene(row, standing, job_state) for row, standing in zip(rows, found, strict=True))


def _scene(row: SceneRow, found: celery.Standing, job_state: State) -> SceneView:
    clip = row.clip or {}
    steps_down = tuple(clip.get("steps_down", ()))
    shown = {states.SUCCESS: "FALLBACK" if steps_down else "DONE", states.FAILURE: "FAILED", states.PENDING: "QUEUED"}
    state = shown.get(found.status, "RENDERING")
    if clip and state == "QUEUED":  # the result has expired
        state = shown[states.SUCCESS]
    if state in ("QUEUED", "RENDERING") and job_state.ended:
        state = "CANCELLED" if job_state is State.CANCELLED else "QUEUED"
    return SceneView(
        row.scene_id,
        state,
        row.description,
        row.media_kind,
        row.engine,
        steps_down,
        tuple(clip.get("warnings", ())),
    )


def _steps(run_id: str, state: State) -> dict[str, str]:
    """Each step's own Celery status, and how many segments are done once composing has begun."""
    ids = canvas.step_ids(run_id)
    found = celery.standings(list(ids.values()))
    steps = {name: standing.status for name, standing in zip(ids, found, strict=True)}
    key = run_key(run_id, "segments.json")
    if state in (State.COMPOSING, State.AUDIO_ASSEMBLY, State.FINALIZING) and storage().has(key):
        made = celery.standings(canvas.segment_ids(run_id, len(read_json(storage(), key))))
        steps["segments"] = f"{sum(each.status == states.SUCCESS for each in made)}/{len(made)}"
    return steps


def _told_by_voice(run_id: str) -> tuple[str, ...]:
    """What the voice had to say: that nobody speaks the language, for instance."""
    key = run_key(run_id, "speech.json")
    return tuple(read_json(storage(), key).get("warnings", ())) if storage().has(key) else ()


def timings_ms(job_id: str, run_id: str) -> dict[str, int]:
    """Milliseconds by step; the many tasks of one step count from the first start to the last end."""
    chosen = select(EventRow.data).where(EventRow.job_id == job_id, EventRow.run_id == run_id)
    with db.session() as session:
        found = list(session.scalars(chosen.where(EventRow.kind == "step.finished").order_by(EventRow.id)))
    spans: dict[str, tuple[int, int]] = {}
    for data in found:
        step, first, last = data["step"], data["started_ms"], data["ended_ms"]
        known = spans.get(step, (first, last))
        spans[step] = (min(known[0], first), max(known[1], last))
    return {step: last - first for step, (first, last) in spans.items()}


def reused(job_id: str, run_id: str) -> dict[str, Any]:
    """By step: true, or the numbers of those scenes and segments that were there already."""
    chosen = select(EventRow.data).where(EventRow.job_id == job_id, EventRow.run_id == run_id)
    with db.session() as session:
        told = list(session.scalars(chosen.where(EventRow.kind == "step.finished").order_by(EventRow.id)))
    found: dict[str, Any] = {}
    for data in told:
        if data.get("reused") and "number" in data:
            found[data["step"]] = sorted({*found.get(data["step"], ()), data["number"]})
        elif data.get("reused"):
            found[data["step"]] = True
    return found


def error_of(latest: RunRow, found: celery.Standing, state: State) -> dict[str, Any] | None:
    if state is not State.FAILED:
        return None
    error = celery.error_of(found)
    return failure(error, "job").as_dict() if error else latest.error


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
    with db.session() as session:
        run_id = row_of(session, job_id).runs[-1].id
    key = run_key(run_id, name)
    if not storage().has(key):
        raise NotFound(kind, job_id)
    plain: dict[str, Any] = read_json(storage(), key)
    return plain


def artefact(job_id: str, name: str) -> Artefact:
    """Raises ``NotFound``."""
    with db.session() as session:
        for found in _artefacts(session, row_of(session, job_id)):
            if found.name == name:
                return found
    raise NotFound(f"file of job {job_id} named", name)


def _artefacts(session: Session, row: JobRow) -> tuple[Artefact, ...]:
    """Those of the newest film there is: a revision that fails or is still being made takes nothing away."""
    chosen = select(ArtefactRow).where(ArtefactRow.job_id == row.id).order_by(ArtefactRow.id)
    left = list(session.scalars(chosen))
    newest = next((run.id for run in reversed(row.runs) if any(each.run_id == run.id for each in left)), None)
    return artefacts_of(each for each in left if each.run_id == newest)


def artefacts_of(rows: Iterable[ArtefactRow]) -> tuple[Artefact, ...]:
    return tuple(Artefact(a.name, a.key, a.content_type, a.bytes, a.sha256) for a in rows)


def failure(error: Exception, stage: str, scene_id: int | None = None, spent_usd: float = 0.0) -> StageFailed:
    """How a run failed, in the words that API, command line and log share."""
    if isinstance(error, StageFailed):
        return error
    if isinstance(error, PytoonError):
        facts = (error.code, str(error), error.retryable, error.advice)
    else:
        cause = f"{type(error).__name__}: {error}"
        facts = ("internal", cause, True, "Resume the job; if it fails again, report this error.")
    return StageFailed(stage, scene_id, *facts, spent_usd)
