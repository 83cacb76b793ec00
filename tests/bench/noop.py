"""Celery tasks with the names of the real steps that do nothing: their cost is the cost of the queue.

The benchmark's worker imports no other tasks.
"""

from __future__ import annotations

from typing import Any

from app.jobs.workspace import open_workspace
from app.queue import canvas
from app.queue.application import celery
from schemas.steps import Step
from tasks.base import PipelineTask

celery.conf.include = ()


def scenes_of(run_id: str) -> int:
    """The number of scenes of a run; the benchmark writes it into the request's title."""
    return int(open_workspace(run_id).request.title or 1)


def _register(step: Step) -> None:
    @celery.task(name=step, base=PipelineTask, track_started=step is not Step.DELIVER)
    def do_nothing(run_id: str, *numbers: int) -> dict[str, Any]:
        return {"run": run_id, "numbers": numbers}


for _step in (Step.PLAN, Step.TIMELINE, Step.SCENE, Step.VOICE, Step.MUSIC, Step.SETTLE, Step.SEGMENT, Step.MUX):
    _register(_step)
_register(Step.DELIVER)


@celery.task(name=Step.RENDER, base=PipelineTask, bind=True)
def render(self: PipelineTask, run_id: str) -> Any:
    return self.replace(canvas.scenes_chord(run_id, range(1, scenes_of(run_id) + 1)))


@celery.task(name=Step.COMPOSE, base=PipelineTask, bind=True)
def compose(self: PipelineTask, run_id: str) -> Any:
    return self.replace(canvas.segments_chord(run_id, scenes_of(run_id)))
