"""A studio that makes nothing and notes everything: the real canvas and the real tasks, to be killed at any point.

A job says in its title what happens to its steps, by wishes parted with semicolons: ``SCENE waits 0.3`` (each of
them), ``SCENE 3 waits 20``, ``SCENE 3 holds`` (until there is a file "open" in the home), ``SCENE 3 dies`` (its
process, each time), ``SCENE 3 fells`` (its whole worker, each time).
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
from tests.faults.ledger import Ledger
from tests.faults.wishes import Wish, wishes

celery.conf.include = ["tasks.maintenance"]  # not the real steps: these have their names


def work(run_id: str, step: str) -> None:
    """Nothing, except what the job wishes."""
    with Ledger(settings().home / "ledger").working(run_id, step):
        for wish in wishes(workspace.open_workspace(run_id).request.title or ""):
            if wish.concerns(step):
                _granted(wish)


def _granted(wish: Wish) -> None:
    if wish.verb == "waits":
        time.sleep(wish.seconds)
    elif wish.verb == "holds":
        while not (settings().home / "open").exists():
            time.sleep(0.02)
    elif wish.verb == "dies":
        os.kill(os.getpid(), signal.SIGKILL)
    else:
        os.killpg(os.getpgrp(), signal.SIGKILL)


def _plain(step: Step, **options: Any) -> None:
    @celery.task(name=step, base=PipelineTask, **options)
    def plain(run_id: str, *numbers: int) -> dict[str, Any]:
        work(run_id, " ".join([step.name, *map(str, numbers)]))
        return {"step": step.name, "numbers": list(numbers)}


for _step in (Step.TIMELINE, Step.SCENE, Step.VOICE, Step.MUSIC, Step.SEGMENT, Step.MUX):
    _plain(_step)
_plain(Step.DELIVER, track_started=False)


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
