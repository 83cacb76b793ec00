"""Doorways: from a request to a scene graph, and from there to planned times."""

from __future__ import annotations

from typing import Any

from app.assets.resolve import assets
from app.jobs import workspace
from app.planning.scenes import planner
from app.planning.timing import timeline as timing
from app.queue import run_state
from app.queue.application import celery
from schemas.frame import frame_size
from schemas.job import State
from schemas.scene_graph import SceneGraphSchema
from schemas.steps import Step
from schemas.timeline import TimelineSchema
from tasks.base import StudioTask


@celery.task(name=Step.PLAN, base=StudioTask)
def plan(run_id: str) -> dict[str, Any]:
    """Make the scene graph, unless the revision brings its own; then wait for a person where one was asked for."""
    run = workspace.run(run_id)
    graph = run.once("scene_graph.json", SceneGraphSchema, lambda: run.given_graph or _planned(run))
    workspace.remember_graph(run_id, graph)
    if run.awaits_review:
        run_state.show(run_id, State.AWAITING_REVIEW)
    return {"scenes": len(graph.scenes), "reused": run.given_graph is not None}


def _planned(run: workspace.Run) -> Any:
    return planner.plan(run.request, assets(run.request.media), run.preset)


@celery.task(name=Step.TIMELINE, base=StudioTask)
def timeline(run_id: str) -> dict[str, Any]:
    """Lay the planned scenes on the frame grid."""
    run = workspace.run(run_id)
    size = frame_size(run.graph.aspect, run.request.quality)
    made = run.once("timeline_planned.json", TimelineSchema, lambda: timing.build(run.graph, size))
    return {"frames": made.total_frames}
