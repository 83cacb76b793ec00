"""Tasks for planning: the scene graph of a request, and its planned timeline."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from app.assets.resolve import get_assets
from app.core.errors import BadMedia
from app.jobs import workspace
from app.planning.scenes import planner
from app.planning.timing import timeline as timing
from app.queue import run_state
from app.queue.application import celery
from app.store.base import Storage
from schemas.asset import Asset
from schemas.frame import frame_size
from schemas.job import State
from schemas.scene_graph import SceneGraphSchema
from schemas.steps import Step
from schemas.subjects import Subjects
from schemas.timeline import TimelineSchema
from tasks.base import PipelineTask


@celery.task(name=Step.PLAN, base=PipelineTask)
def plan(run_id: str) -> dict[str, Any]:
    """Plan the scene graph, unless the revision has one; then wait for review if the request asks for it."""
    run = workspace.open_workspace(run_id)
    graph = run.get_or_make("scene_graph.json", SceneGraphSchema, lambda: run.revision_graph or _planned(run))
    workspace.store_graph(run_id, graph)
    if run.awaits_review:
        run_state.set_state(run_id, State.AWAITING_REVIEW)
    return {"scenes": len(graph.scenes), "reused": run.revision_graph is not None}


def _planned(run: workspace.Workspace) -> Any:
    media = get_assets(run.request.media)
    return planner.plan(run.request, media, run.preset, _subjects(media, run.store))


def _subjects(media: Sequence[Asset], store: Storage) -> dict[str, Subjects]:
    """Return what is seen in the images, by asset id; a file that cannot be read is reported by its scene."""
    from engines.stills.subject_facts import subjects_of_image

    found = {}
    for asset in media:
        if asset.kind == "image":
            with suppress(BadMedia):
                found[asset.id] = subjects_of_image(store.local(asset.key), asset.sha256, store)
    return found


@celery.task(name=Step.TIMELINE, base=PipelineTask)
def timeline(run_id: str) -> dict[str, Any]:
    """Place the planned scenes on the frame grid."""
    run = workspace.open_workspace(run_id)
    size = frame_size(run.graph.aspect, run.request.quality)
    planned = run.get_or_make("timeline_planned.json", TimelineSchema, lambda: timing.build(run.graph, size))
    return {"frames": planned.total_frames}
