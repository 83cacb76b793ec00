"""The Celery canvas of a run: its steps, their order and their task ids. Steps are called by task name only."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from celery import chain, chord

from app.queue.application import celery, task_id
from schemas.steps import AT_ONCE, OVERFLOW_QUEUES, Step

FAIL_FAST = {"max_retries": 1, "interval_start": 0.1, "interval_step": 0, "interval_max": 0.1}


def run_canvas(run_id: str) -> Any:
    """The whole canvas. Its last task has the id of the run, so its result is the result of the run."""
    return chain(
        _step(Step.PLAN, run_id),
        _step(Step.TIMELINE, run_id),
        _step(Step.RENDER, run_id),
        _step(Step.COMPOSE, run_id),
        _signature(Step.DELIVER, run_id),
    )


def send_run(run_id: str) -> None:
    """Send the canvas. A lost run is continued by sending it again: finished steps return their stored results.

    Raises kombu's ``OperationalError`` without long retries when the broker is unreachable, because the caller waits
    and the periodic task ``sync_runs`` sends the run later.
    """
    run_canvas(run_id).apply_async(task_id=run_id, root_id=run_id, retry_policy=FAIL_FAST)


def send_plan(run_id: str) -> None:
    """Send only the first step: the run then waits for review and uses no worker. Raises as ``send_run``."""
    _step(Step.PLAN, run_id).apply_async(root_id=run_id, retry_policy=FAIL_FAST)


def scenes_chord(run_id: str, scene_ids: Iterable[int]) -> Any:
    """The replacement of the render task: all scenes and the sound in parallel, then settle, which gets its id."""
    header = _parallel_steps(Step.SCENE, run_id, scene_ids)
    header += [_step(Step.VOICE, run_id), _step(Step.MUSIC, run_id)]
    return chord(header, _signature(Step.SETTLE, run_id))


def segments_chord(run_id: str, count: int) -> Any:
    """The replacement of the compose task: all segments in parallel, then mux, which gets its id."""
    header = _parallel_steps(Step.SEGMENT, run_id, range(count))
    return chord(header, _signature(Step.MUX, run_id))


def step_ids(run_id: str) -> dict[str, str]:
    """The task ids of the steps that every run has once, by label and in their order."""
    return {step.label: task_id for step, task_id in _single_steps(run_id).items()}


def scene_ids(run_id: str, scenes: Iterable[int]) -> dict[int, str]:
    """The task id of each scene, by scene id."""
    return {scene: _task_id(Step.SCENE, run_id, scene) for scene in scenes}


def segment_ids(run_id: str, count: int) -> list[str]:
    """The task ids of the segments, in their order."""
    return [_task_id(Step.SEGMENT, run_id, index) for index in range(count)]


def steps_by_task_id(run_id: str, scenes: Collection[int]) -> dict[str, tuple[Step, int | None]]:
    """The step and the number of every task that a run can have, by task id; each scene has one segment."""
    steps: dict[str, tuple[Step, int | None]] = {id_: (step, None) for step, id_ in _single_steps(run_id).items()}
    steps |= {id_: (Step.SCENE, scene) for scene, id_ in scene_ids(run_id, scenes).items()}
    return steps | {id_: (Step.SEGMENT, index) for index, id_ in enumerate(segment_ids(run_id, len(scenes)))}


def _single_steps(run_id: str) -> dict[Step, str]:
    """The task id of each step that a run has once. The body of a chord has the id of the task that it replaced."""
    ids = {step: _task_id(step, run_id) for step in (Step.PLAN, Step.TIMELINE, Step.VOICE, Step.MUSIC)}
    bodies = {Step.SETTLE: _task_id(Step.RENDER, run_id), Step.MUX: _task_id(Step.COMPOSE, run_id)}
    return ids | bodies | {Step.DELIVER: run_id}


def _parallel_steps(step: Step, run_id: str, numbers: Iterable[int]) -> list[Any]:
    """The tasks of a chord's header; those after the first ``AT_ONCE`` go to the overflow queue."""
    tasks = [_step(step, run_id, number) for number in numbers]
    overflow_queue = OVERFLOW_QUEUES[step].value
    return [*tasks[:AT_ONCE], *(task.set(queue=overflow_queue) for task in tasks[AT_ONCE:])]


def _step(step: Step, run_id: str, *numbers: int) -> Any:
    return _signature(step, run_id, *numbers).set(task_id=_task_id(step, run_id, *numbers))


def _signature(step: Step, run_id: str, *numbers: int) -> Any:
    """The signature of a step without an id: the last task of a chain or chord gets its id from there."""
    signature: Any = celery.signature(step.value, args=(run_id, *numbers), immutable=True)
    # Flower shows ``argsrepr`` and truncates long values; the full run id is the root id of the task.
    return signature.set(argsrepr=" ".join([f"run {run_id[:8]}", *(f"#{number}" for number in numbers)]))


def _task_id(step: Step, run_id: str, *numbers: int) -> str:
    return task_id(run_id, "-".join([step.label, *map(str, numbers)]))
