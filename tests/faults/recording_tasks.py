"""Tasks that render nothing and only record when they start and end, with the real canvas and task base class.

The title of a job says what its steps do (see ``tests.faults.behaviours``).
"""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace
from typing import Any

from app.core.config import settings
from app.jobs import workspace
from app.queue import canvas
from app.queue.application import celery
from schemas.scene_graph import SceneGraph, SceneGraphSchema
from schemas.steps import Step
from tasks.base import PipelineTask
from tests.faults.behaviours import Behaviour, parse_behaviours
from tests.faults.execution_log import ExecutionLog

celery.conf.include = ["tasks.maintenance"]  # without the real steps, whose names the tasks below have


def work(run_id: str, step: str) -> None:
    """Record the step and execute the behaviours that the job requests for it."""
    with ExecutionLog(settings().home / "execution_log").record(run_id, step):
        for behaviour in parse_behaviours(workspace.open_workspace(run_id).request.title or ""):
            if behaviour.applies_to(step):
                _execute(behaviour)


def _execute(behaviour: Behaviour) -> None:
    if behaviour.verb == "sleeps":
        time.sleep(behaviour.seconds)
    elif behaviour.verb == "blocks":
        while not (settings().home / "released").exists():
            time.sleep(0.02)
    elif behaviour.verb == "kills_child":
        os.kill(os.getpid(), signal.SIGKILL)
    else:
        os.killpg(os.getpgrp(), signal.SIGKILL)


def _register(step: Step, **options: Any) -> None:
    @celery.task(name=step, base=PipelineTask, **options)
    def task(run_id: str, *numbers: int) -> dict[str, Any]:
        work(run_id, " ".join([step.name, *map(str, numbers)]))
        return {"step": step.name, "numbers": list(numbers)}


for _step in (Step.TIMELINE, Step.SCENE, Step.VOICE, Step.MUSIC, Step.SEGMENT, Step.MUX):
    _register(_step)
_register(Step.DELIVER, track_started=False)


@celery.task(name=Step.PLAN, base=PipelineTask)
def plan(run_id: str) -> dict[str, int]:
    work(run_id, "PLAN")
    run = workspace.open_workspace(run_id)
    scenes = tuple(replace(scene, id=number) for number, scene in enumerate(run.request.scenes, 1))
    graph = run.get_or_make(
        "scene_graph.json", SceneGraphSchema, lambda: SceneGraph("2.0", "", "en", "clean_bold", scenes)
    )
    workspace.store_graph(run_id, graph)
    return {"scenes": len(graph.scenes)}


@celery.task(name=Step.RENDER, base=PipelineTask, bind=True)
def render(self: PipelineTask, run_id: str) -> Any:
    return self.replace(
        canvas.scenes_chord(run_id, [scene.id for scene in workspace.open_workspace(run_id).graph.scenes])
    )


@celery.task(name=Step.SETTLE, base=PipelineTask)
def settle(run_id: str) -> dict[str, int]:
    work(run_id, "SETTLE")
    run = workspace.open_workspace(run_id)
    run.write("segments.json", [{"scene": scene.id} for scene in run.graph.scenes])
    return {"segments": len(run.graph.scenes)}


@celery.task(name=Step.COMPOSE, base=PipelineTask, bind=True)
def compose(self: PipelineTask, run_id: str) -> Any:
    return self.replace(canvas.segments_chord(run_id, len(workspace.open_workspace(run_id).read("segments.json"))))
