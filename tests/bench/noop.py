"""The house's own steps with nothing in them: what is left is the cost of the queue. The worker loads no others."""

from __future__ import annotations

from typing import Any

from app.jobs.workspace import open_workspace
from app.queue import canvas
from app.queue.application import celery
from schemas.steps import Step
from tasks.base import PipelineTask

celery.conf.include = ()


def scenes_of(run_id: str) -> int:
    """How many scenes a run of the benchmark has; it is written where nothing else is, in its title."""
    return int(open_workspace(run_id).request.title or 1)


def _nothing(step: Step) -> None:
    @celery.task(name=step, base=PipelineTask, track_started=step is not Step.DELIVER)
    def nothing(run_id: str, *numbers: int) -> dict[str, Any]:
        return {"run": run_id, "numbers": numbers}


for _step in (Step.PLAN, Step.TIMELINE, Step.SCENE, Step.VOICE, Step.MUSIC, Step.SETTLE, Step.SEGMENT, Step.MUX):
    _nothing(_step)
_nothing(Step.DELIVER)


@celery.task(name=Step.RENDER, base=PipelineTask, bind=True)
def render(self: PipelineTask, run_id: str) -> Any:
    return self.replace(canvas.scenes_chord(run_id, range(1, scenes_of(run_id) + 1)))


@celery.task(name=Step.COMPOSE, base=PipelineTask, bind=True)
def compose(self: PipelineTask, run_id: str) -> Any:
    return self.replace(canvas.segments_chord(run_id, scenes_of(run_id)))
