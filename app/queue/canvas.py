"""The canvas of a job: which steps there are and how they hang together. Steps are called by name only."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from celery import chain, chord

from app.queue.application import celery, task_id
from schemas.steps import AT_ONCE, OVERFLOW_QUEUES, Step

FAIL_FAST = {"max_retries": 1, "interval_start": 0.1, "interval_step": 0, "interval_max": 0.1}


def run_canvas(run_id: str) -> Any:
    """The whole canvas. Its last step has the run's own id, so its result is the run's."""
    return chain(
        _step(Step.PLAN, run_id),
        _step(Step.TIMELINE, run_id),
        _step(Step.RENDER, run_id),
        _step(Step.COMPOSE, run_id),
        _signature(Step.DELIVER, run_id),
    )


def send_run(run_id: str) -> None:
    """Sends the canvas. Sending it again is how a lost run goes on: what is finished is not done again.

    Raises kombu's ``OperationalError`` when the broker is away: at once, because a caller waits and the sweep comes.
    """
    run_canvas(run_id).apply_async(task_id=run_id, root_id=run_id, retry_policy=FAIL_FAST)


def send_plan(run_id: str) -> None:
    """Sends the first step alone: the run then waits for a person, and holds no worker. Raises as ``send``."""
    _step(Step.PLAN, run_id).apply_async(root_id=run_id, retry_policy=FAIL_FAST)


def scenes_chord(run_id: str, scene_ids: Iterable[int]) -> Any:
    """What the render step becomes: every scene and the sound in parallel, then settle, which takes over its id."""
    header = _many(Step.SCENE, run_id, scene_ids)
    header += [_step(Step.VOICE, run_id), _step(Step.MUSIC, run_id)]
    return chord(header, _signature(Step.SETTLE, run_id))


def segments_chord(run_id: str, count: int) -> Any:
    """What the compose step becomes: every segment in parallel, then mux, which takes over its id."""
    header = _many(Step.SEGMENT, run_id, range(count))
    return chord(header, _signature(Step.MUX, run_id))


def step_ids(run_id: str) -> dict[str, str]:
    """The ids of the steps every run has, by label and in their order."""
    return {step.label: each for step, each in _single_steps(run_id).items()}


def scene_ids(run_id: str, scenes: Iterable[int]) -> dict[int, str]:
    return {scene: _id(Step.SCENE, run_id, scene) for scene in scenes}


def segment_ids(run_id: str, count: int) -> list[str]:
    return [_id(Step.SEGMENT, run_id, index) for index in range(count)]


def every_step(run_id: str, scenes: Collection[int]) -> dict[str, tuple[Step, int | None]]:
    """All ids that a run's tasks can have, and what each of them is; there is a segment for each scene."""
    single: dict[str, tuple[Step, int | None]] = {each: (step, None) for step, each in _single_steps(run_id).items()}
    single |= {each: (Step.SCENE, scene) for scene, each in scene_ids(run_id, scenes).items()}
    return single | {each: (Step.SEGMENT, index) for index, each in enumerate(segment_ids(run_id, len(scenes)))}


def _single_steps(run_id: str) -> dict[Step, str]:
    """The id of each step that a run has once. A chord's last step has the id of the step that became the chord."""
    own = {step: _id(step, run_id) for step in (Step.PLAN, Step.TIMELINE, Step.VOICE, Step.MUSIC)}
    return own | {Step.SETTLE: _id(Step.RENDER, run_id), Step.MUX: _id(Step.COMPOSE, run_id), Step.DELIVER: run_id}


def _many(step: Step, run_id: str, numbers: Iterable[int]) -> list[Any]:
    steps = [_step(step, run_id, number) for number in numbers]
    overflow = OVERFLOW_QUEUES[step].value
    return [*steps[:AT_ONCE], *(later.set(queue=overflow) for later in steps[AT_ONCE:])]


def _step(step: Step, run_id: str, *numbers: int) -> Any:
    return _signature(step, run_id, *numbers).set(task_id=_id(step, run_id, *numbers))


def _signature(step: Step, run_id: str, *numbers: int) -> Any:
    """A call of the step that gets its id from the chain or chord it ends."""
    signature: Any = celery.signature(step.value, args=(run_id, *numbers), immutable=True)
    # Flower shows arguments as the sender describes them, and cuts long ones off; its root id is the whole run id.
    return signature.set(argsrepr=" ".join([f"run {run_id[:8]}", *(f"#{number}" for number in numbers)]))


def _id(step: Step, run_id: str, *numbers: int) -> str:
    return task_id(run_id, "-".join([step.label, *map(str, numbers)]))
