"""Jobs as callers see them. The state of a live job is its Celery result; everything else is in the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.errors import NotFound
from app.database.models import ApiKeyRow, JobRow, RevisionRow, RunRow, SceneRow
from app.database.session import transaction
from app.jobs.artifact_queries import Artifact, artifacts_of_rows, newest_artifacts
from app.jobs.order_queries import JobMoney, OrderView, money_of, orders_in
from app.jobs.statuses import (
    SceneView,
    TaskIds,
    error_of,
    scene_view,
    state_of,
    statuses_of_run,
    step_statuses,
    step_warnings,
    task_ids,
)
from app.jobs.step_events import durations_ms, finished_tasks, reused
from app.jobs.waiting_words import waits_for
from app.queue import run_state
from schemas.job import SceneState, State
from schemas.money import ZERO

PAGE = 50
NO_MONEY = JobMoney(None, ZERO, ZERO, ZERO)

# The only part of a scene graph that is read from the database; a whole graph grows with its film.
_TITLE = RevisionRow.scene_graph["title"].as_string()


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as callers see it: the state of its newest run, and the artifacts of its newest film.

    ``timings_ms`` has the duration of each step that has ended. ``reused`` has the steps whose results existed
    already, each with true or with the numbers of its scenes or segments. ``owner`` is the name of the API key that
    submitted the job.
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
    owner: str | None = None
    money: JobMoney = NO_MONEY


def get_job(job_id: str) -> JobView:
    """Return one job. Raises ``NotFound``."""
    run_id, ids = _newest_run(job_id)
    # Statuses are read before the rows. A run stores its artifacts before it ends, so no view is done without them.
    statuses = statuses_of_run(run_id, ids)
    with transaction() as session:
        row, run, revision_number, title, owner = _rows(session, run_id)
        scenes = _scene_rows(session, run_id, ids)
        artifacts = artifacts_of_rows(session.scalars(newest_artifacts(RunRow.job_id == job_id)))
        finished = finished_tasks(session, job_id, run_id)
        orders = orders_in(session, job_id)
    state = state_of(run, statuses[run_id])
    of_clips = [warning for scene in scenes for warning in (scene.clip or {}).get("warnings", ())]
    return JobView(
        id=row.id,
        run_id=run_id,
        state=state,
        created_at=row.created_at,
        ended_at=run.ended_at,
        request=row.request,
        warnings=tuple(dict.fromkeys((*row.warnings, *of_clips, *step_warnings(run_id, ids, statuses)))),
        scenes=_with_waits(
            job_id, [scene_view(scene, statuses[ids.scenes[scene.scene_id]], state) for scene in scenes], orders
        ),
        steps=step_statuses(ids, statuses, state),
        timings_ms=durations_ms(finished),
        error=error_of(run, statuses[run_id], state),
        artifacts=artifacts,
        revision=revision_number,
        reused=reused(finished),
        title=row.request.get("title") if title is None else title,
        owner=owner,
        money=money_of(row, orders),
    )


def _with_waits(job_id: str, scenes: Sequence[SceneView], orders: Sequence[OrderView]) -> tuple[SceneView, ...]:
    """Return the scenes; those that are not finished say what they wait for."""
    words = waits_for(job_id, orders)
    unfinished = (SceneState.QUEUED, SceneState.RENDERING)
    return tuple(
        replace(scene, waits_for=words[scene.id]) if scene.id in words and scene.state in unfinished else scene
        for scene in scenes
    )


def _newest_run(job_id: str) -> tuple[str, TaskIds]:
    """Return the id of the job's newest run and the ids of its tasks. Raises ``NotFound``."""
    newest = select(RunRow.id).where(RunRow.job_id == job_id).order_by(RunRow.created_at.desc()).limit(1)
    chosen = select(RunRow.id, RunRow.ended_at, SceneRow.scene_id).outerjoin(SceneRow, SceneRow.run_id == RunRow.id)
    with transaction() as session:
        rows = session.execute(chosen.where(RunRow.id == newest.scalar_subquery())).all()
    if not rows:
        raise NotFound("job", job_id)
    run_id, ended_at, _ = rows[0]
    return run_id, task_ids(run_id, ended_at, [row.scene_id for row in rows if row.scene_id is not None])


def _rows(session: Session, run_id: str) -> tuple[JobRow, RunRow, int, str | None, str | None]:
    """Return the job of a run, the run, the number and the title of its revision, and the name of its owner."""
    chosen = select(JobRow, RunRow, RevisionRow.number, _TITLE, ApiKeyRow.name)
    chosen = chosen.join(RunRow, RunRow.job_id == JobRow.id).outerjoin(ApiKeyRow, ApiKeyRow.id == JobRow.owner)
    chosen = chosen.join(RevisionRow, RevisionRow.id == RunRow.revision_id).where(RunRow.id == run_id)
    row, run, number, title, owner = session.execute(chosen).one()
    return row, run, number, title, owner


def _scene_rows(session: Session, run_id: str, ids: TaskIds) -> list[SceneRow]:
    """Return the scenes in order, without those that were planned after ``ids`` were read."""
    chosen = select(SceneRow).where(SceneRow.run_id == run_id).order_by(SceneRow.position)
    return [row for row in session.scalars(chosen) if row.scene_id in ids.scenes]


def list_jobs(limit: int = PAGE, before: datetime | None = None, before_id: str = "") -> tuple[dict[str, Any], ...]:
    """Return the newest jobs with ``job_id``, ``state``, ``created_at`` and ``title`` only.

    ``before`` and ``before_id`` are the time and the id of the last job of the page before. Jobs of the same time are
    ordered by id.
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
        same_time = (JobRow.created_at == before) & (JobRow.id < before_id)
        chosen = chosen.where((JobRow.created_at < before) | same_time)
    with transaction() as session:
        rows = session.execute(chosen).all()
    statuses = run_state.task_statuses([run.id for _, _, run, _ in rows])
    return tuple(
        {"job_id": job_id, "state": state_of(run, status), "created_at": created_at, "title": job_title}
        for (job_id, created_at, run, job_title), status in zip(rows, statuses, strict=True)
    )


def timings_ms(job_id: str, run_id: str) -> dict[str, int]:
    """Return the duration of each step in milliseconds, as ``step_events.durations_ms`` does."""
    with transaction() as session:
        return durations_ms(finished_tasks(session, job_id, run_id))
