"""The states of a run, its scenes and its steps, from the Celery results of the run's tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from celery import states

from app.core.errors import stage_failure
from app.database.models import RunRow, SceneRow
from app.jobs.workspace import PLAN_WARNINGS
from app.queue import canvas, run_state
from app.store.factory import storage
from app.store.json_files import read_json
from app.store.keys import run_key, take_name
from schemas.job import SceneState, State
from schemas.steps import STATE_OF_STEP, Step

TaskStatuses = Mapping[str, run_state.TaskStatus]

# The steps that may return warnings, and the document to which each step writes them too.
WARNING_DOCUMENTS = {"plan": PLAN_WARNINGS, "voice": "speech.json", "mux": "film.json", "deliver": "faults.json"}
# The states of a run in which its segments are known.
STATES_WITH_SEGMENTS = tuple(STATE_OF_STEP[step] for step in (Step.COMPOSE, Step.MUX, Step.DELIVER))


@dataclass(frozen=True, slots=True)
class SceneView:
    """The state of a scene, how it was rendered, and in words what it waits for, if it waits for an order."""

    id: int
    state: SceneState
    description: str
    media_kind: str
    engine: str | None
    steps_down: tuple[dict[str, Any], ...] = ()
    warnings: tuple[str, ...] = ()
    waits_for: str | None = None
    model: str = ""
    why: str = ""
    cost_usd: float = 0.0
    takes: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class TaskIds:
    """The ids of a run's tasks: of steps by name, of scenes by scene id, of segments by index."""

    steps: Mapping[str, str]
    scenes: Mapping[int, str]
    segments: Sequence[str]


def task_ids(run_id: str, ended_at: datetime | None, scene_ids: Sequence[int]) -> TaskIds:
    """Return the ids of a run's tasks. There is one segment for each scene.

    A run that has ended gets no segment ids, because the progress of its segments is not shown.
    """
    segments = canvas.segment_ids(run_id, len(scene_ids)) if ended_at is None else ()
    return TaskIds(canvas.step_ids(run_id), canvas.scene_ids(run_id, scene_ids), segments)


def statuses_of_run(run_id: str, ids: TaskIds) -> TaskStatuses:
    """Return the status of the run and of all its tasks by task id, with one request to the result store."""
    all_ids = [run_id, *ids.steps.values(), *ids.scenes.values(), *ids.segments]
    return dict(zip(all_ids, run_state.task_statuses(all_ids), strict=True))


def state_of(run: RunRow, status: run_state.TaskStatus) -> State:
    """Return the state of a run. ``status`` is that of its last task."""
    # A result that has expired is PENDING again; the database still has the state in which the run ended.
    return State(run.state) if status.status == states.PENDING else status.state


def error_of(run: RunRow, status: run_state.TaskStatus, state: State) -> dict[str, Any] | None:
    """Return the error of a failed run as a caller may see it; ``None`` for a run in any other state."""
    if state is not State.FAILED:
        return None
    error = run_state.error_of_task(status)
    return stage_failure(error, "job").as_dict() if error else run.error


def scene_view(row: SceneRow, status: run_state.TaskStatus, state_of_run: State) -> SceneView:
    clip = row.clip or {}
    fallbacks = tuple(clip.get("steps_down", ()))
    return SceneView(
        row.scene_id,
        _scene_state(status, state_of_run, is_rendered=bool(clip), has_fallback=bool(fallbacks)),
        row.description,
        row.media_kind,
        row.engine,
        fallbacks,
        tuple(clip.get("warnings", ())),
        model=clip.get("model", ""),
        why=clip.get("why", ""),
        cost_usd=clip.get("cost_usd", 0.0),
        takes=tuple(_take(row.scene_id, take) for take in row.takes),
    )


def _take(scene_id: int, clip: dict[str, Any]) -> dict[str, Any]:
    """Return another take of a scene as a caller sees it."""
    facts = {name: clip.get(name, "") for name in ("take", "engine", "model", "cost_usd")}
    return {**facts, "artefact": take_name(scene_id, clip["take"])}


def _scene_state(
    status: run_state.TaskStatus, state_of_run: State, *, is_rendered: bool, has_fallback: bool
) -> SceneState:
    done = SceneState.FALLBACK if has_fallback else SceneState.DONE
    by_status = {states.SUCCESS: done, states.FAILURE: SceneState.FAILED, states.PENDING: SceneState.QUEUED}
    state = by_status.get(status.status, SceneState.RENDERING)
    if is_rendered and state is SceneState.QUEUED:  # the result has expired
        state = done
    if state in (SceneState.QUEUED, SceneState.RENDERING) and state_of_run.ended:
        state = SceneState.CANCELLED if state_of_run is State.CANCELLED else SceneState.QUEUED
    return state


def step_statuses(ids: TaskIds, statuses: TaskStatuses, state: State) -> dict[str, str]:
    """Return the Celery status of each step, and under ``segments`` how many are done ("3/12") from composing on."""
    steps = {name: statuses[task_id].status for name, task_id in ids.steps.items()}
    if state in STATES_WITH_SEGMENTS and ids.segments:
        done = sum(statuses[task_id].status == states.SUCCESS for task_id in ids.segments)
        steps["segments"] = f"{done}/{len(ids.segments)}"
    return steps


def step_warnings(run_id: str, ids: TaskIds, statuses: TaskStatuses) -> tuple[str, ...]:
    """Return the warnings of a run's steps, from their results or, if a result has expired, from their documents."""
    warnings: list[str] = []
    for step, document in WARNING_DOCUMENTS.items():
        result, key = statuses[ids.steps[step]].result, run_key(run_id, document)
        if isinstance(result, dict) and "warnings" in result:
            warnings += result["warnings"]
        elif storage().has(key):
            warnings += read_json(storage(), key).get("warnings", ())
    return tuple(warnings)
