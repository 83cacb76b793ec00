"""Tasks for the scenes; each scene is rendered by a task of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.assets.resolve import get_asset, get_assets
from app.core.errors import NotFound
from app.jobs import workspace
from app.jobs.omissions import check_omissions
from app.planning.scenes.layouts import with_shown_media
from app.queue import canvas
from app.queue.application import celery
from app.store.base import Storage
from engines.base import Shot
from presets.layout_library import layouts
from schemas.asset import Asset
from schemas.steps import Step
from tasks.base import PipelineTask
from tasks.scene_clips import SceneClips


@celery.task(name=Step.RENDER, base=PipelineTask, bind=True)
def render(self: PipelineTask, run_id: str) -> Any:
    """Replace this task by the chord of all scenes and the sound; the settle task gets its id."""
    graph = workspace.open_workspace(run_id).graph
    return self.replace(canvas.scenes_chord(run_id, [scene.id for scene in graph.scenes]))


@celery.task(name=Step.SCENE, base=PipelineTask, bind=True)
def scene(self: PipelineTask, run_id: str, scene_id: int) -> dict[str, Any]:
    """Render the clip of one scene, and its other takes, unless they exist."""
    run = workspace.open_workspace(run_id)
    clips = SceneClips(run, _shot(run, scene_id), self.deaths)
    clip, reused = clips.render()
    check_omissions(run.request, clip.warnings)
    workspace.store_clip(run_id, clip, clips.other_takes())
    clips.cancel_open_orders()
    return {"scene": scene_id, "engine": clip.engine, "steps_down": len(clip.steps_down), "reused": reused}


def _shot(run: workspace.Workspace, scene_id: int) -> Shot:
    graph, planned = run.scene_alone(scene_id)
    scene = with_shown_media(graph.scene(scene_id))
    source = get_asset(scene.media.asset) if scene.media.asset else None
    more = get_assets([media.asset for media in scene.pictures if media.asset])
    return Shot(
        scene=scene,
        asset=source,
        picture=_file(source, run.store) if source else None,
        width=planned.width,
        height=planned.height,
        fps=planned.fps,
        frames=planned.scene(scene.id).frames,
        preset=run.preset,
        seed=graph.seed + scene.id * 1000 + scene.take,
        store=run.store,
        layout=layouts().get(scene.layout or ""),
        more=tuple((asset, _file(asset, run.store)) for asset in more),
    )


def _file(asset: Asset, store: Storage) -> Path | None:
    """Return the local file of an asset, or ``None`` if it is no longer stored."""
    try:
        return store.local(asset.key)
    except NotFound:
        return None
