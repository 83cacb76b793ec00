"""The canvas of a job: which steps there are and how they hang together. Steps are called by name only."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import Any

from celery import chain, chord

from app.core.celery import celery, task_id
from schemas.job import State


class Step(StrEnum):
    PLAN = "pytoon.plan"
    TIMELINE = "pytoon.timeline"
    RENDER = "pytoon.render"
    SCENE = "pytoon.scene"
    VOICE = "pytoon.voice"
    MUSIC = "pytoon.music"
    SETTLE = "pytoon.settle"
    COMPOSE = "pytoon.compose"
    SEGMENT = "pytoon.segment"
    MUX = "pytoon.mux"
    DELIVER = "pytoon.deliver"
    SWEEP = "pytoon.sweep"
    MEND = "pytoon.mend"
    TIDY = "pytoon.tidy"


# What the run's result shows once a step has begun; steps not named here leave it as it is.
SHOWS = {
    Step.PLAN: State.PLANNING_SCENES,
    Step.TIMELINE: State.BUILDING_TIMELINE,
    Step.RENDER: State.RENDERING_SCENES,
    Step.COMPOSE: State.COMPOSING,
    Step.MUX: State.AUDIO_ASSEMBLY,
    Step.DELIVER: State.FINALIZING,
}

# So many scenes (or segments) of a run wait in the queue itself, more of them in the one behind it: a short film that
# comes after a long one does not wait for all of that.
AT_ONCE = 12
BEHIND = {Step.SCENE: "gpu-later", Step.SEGMENT: "cpu-later"}

IMPATIENT = {"max_retries": 1, "interval_start": 0.1, "interval_step": 0, "interval_max": 0.1}


def film(run_id: str) -> Any:
    """The whole canvas. Its last step has the run's own id, so its result is the run's."""
    return chain(
        _step(Step.PLAN, run_id, "plan"),
        _step(Step.TIMELINE, run_id, "timeline"),
        _step(Step.RENDER, run_id, "render"),
        _step(Step.COMPOSE, run_id, "compose"),
        _step(Step.DELIVER, run_id),
    )


def send(run_id: str) -> None:
    """Sends the canvas. Sending it again is how a lost run goes on: what is finished is not done again.

    Raises kombu's ``OperationalError`` when the broker is away: at once, because a caller waits and the sweep comes.
    """
    film(run_id).apply_async(task_id=run_id, root_id=run_id, retry_policy=IMPATIENT)


def send_plan(run_id: str) -> None:
    """Sends the first step alone: the run then waits for a person, and holds no worker. Raises as ``send``."""
    _step(Step.PLAN, run_id, "plan").apply_async(root_id=run_id, retry_policy=IMPATIENT)


def shooting(run_id: str, scene_ids: Iterable[int]) -> Any:
    """What the render step becomes: every scene and the sound in parallel, then settle, which takes over its id."""
    header = _many(Step.SCENE, run_id, scene_ids)
    header += [_step(Step.VOICE, run_id, "voice"), _step(Step.MUSIC, run_id, "music")]
    return chord(header, _step(Step.SETTLE, run_id))


def composing(run_id: str, count: int) -> Any:
    """What the compose step becomes: every segment in parallel, then mux, which takes over its id."""
    header = _many(Step.SEGMENT, run_id, range(count))
    return chord(header, _step(Step.MUX, run_id))


def step_ids(run_id: str) -> dict[str, str]:
    """The ids of the steps every run has, in their order. A chord's last step has the id of the step it replaced."""
    names = {"plan": "plan", "timeline": "timeline", "voice": "voice", "music": "music", "settle": "render"}
    ids = {shown: task_id(run_id, name) for shown, name in names.items()}
    return {**ids, "mux": task_id(run_id, "compose"), "deliver": run_id}


def scene_ids(run_id: str, scenes: Iterable[int]) -> dict[int, str]:
    return {scene: task_id(run_id, f"scene-{scene}") for scene in scenes}


def segment_ids(run_id: str, count: int) -> list[str]:
    return [task_id(run_id, f"segment-{index}") for index in range(count)]


def every_step(run_id: str, scenes: Collection[int]) -> dict[str, tuple[Step, int | None]]:
    """All ids that a run's tasks can have, and what each of them is; there is a segment for each scene."""
    alone: dict[str, tuple[Step, int | None]] = {
        each: (Step[name.upper()], None) for name, each in step_ids(run_id).items()
    }
    alone |= {each: (Step.SCENE, scene) for scene, each in scene_ids(run_id, scenes).items()}
    return alone | {each: (Step.SEGMENT, index) for index, each in enumerate(segment_ids(run_id, len(scenes)))}


def _many(step: Step, run_id: str, numbers: Iterable[int]) -> list[Any]:
    steps = [_step(step, run_id, f"{step.name.lower()}-{number}", number) for number in numbers]
    return [*steps[:AT_ONCE], *(late.set(queue=BEHIND[step]) for late in steps[AT_ONCE:])]


def _step(step: Step, run_id: str, name: str | None = None, *more: int) -> Any:
    signature: Any = celery.signature(step.value, args=(run_id, *more), immutable=True)
    # Flower shows arguments as the sender describes them, and cuts long ones off; its root id is the whole run id.
    signature = signature.set(argsrepr=" ".join([f"run {run_id[:8]}", *(f"#{number}" for number in more)]))
    return signature.set(task_id=task_id(run_id, name)) if name else signature
