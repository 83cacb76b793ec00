"""Tasks for the scenes; each scene is rendered by a task of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from app.assets.resolve import get_asset, get_assets
from app.core.config import settings
from app.core.errors import NotFound
from app.jobs import workspace
from app.jobs.omissions import check_omissions
from app.planning.engines.constraints import Constraints
from app.planning.engines.estimate import film_constraints
from app.planning.engines.policy import choose_engines
from app.planning.scenes.layouts import with_shown_media
from app.providers import ledger
from app.queue import canvas
from app.queue.application import celery
from app.store.base import Storage
from assembly.picture.footage import check_clip
from assembly.picture.normalise import Frame
from engines.base import Engine, Shot
from engines.fallback import EngineChain
from engines.registry import build_engines, offers
from presets.layout_library import layouts
from schemas.asset import Asset
from schemas.steps import Step
from tasks.base import PipelineTask


@celery.task(name=Step.RENDER, base=PipelineTask, bind=True)
def render(self: PipelineTask, run_id: str) -> Any:
    """Replace this task by the chord of all scenes and the sound; the settle task gets its id."""
    graph = workspace.open_workspace(run_id).graph
    return self.replace(canvas.scenes_chord(run_id, [scene.id for scene in graph.scenes]))


@celery.task(name=Step.SCENE, base=PipelineTask, bind=True)
def scene(self: PipelineTask, run_id: str, scene_id: int) -> dict[str, Any]:
    """Render the clip of one scene, unless it exists."""
    run = workspace.open_workspace(run_id)
    shot = _shot(run, scene_id)
    engines = chain_for(run, shot).reduced_after_deaths(self.deaths)
    # A clip that was rendered without a file must not be used when the file is there.
    missing = ("files are missing",) if shot.is_missing_files else ()
    options = (run.request.engine_preference or "", run.request.engine_policy, str(run.request.brand_safe), *missing)
    clip, reused = run.get_or_render_clip(
        scene_id, shot.identity(*options), shot.min_length_ms, lambda: engines.render(shot)
    )
    check_omissions(run.request, clip.warnings)
    workspace.store_clip(run_id, clip)
    return {"scene": scene_id, "engine": clip.engine, "steps_down": len(clip.steps_down), "reused": reused}


def chain_for(run: workspace.Workspace, shot: Shot) -> EngineChain:
    """The engines for this shot in their order, and a ``Fallback`` for each requested engine that cannot render it."""
    registry = build_engines(settings())
    choice = choose_engines(shot.scene, constraints_for(run, shot), offers(registry))
    present = [registry.present[name] for name in choice.engines]
    local = registry.require("local")
    assert isinstance(local, Engine)
    return EngineChain(
        tuple(engine for engine in present if isinstance(engine, Engine)),
        local,
        choice.rejected,
        check=lambda clip: check_clip(clip, shot.store, Frame(shot.width, shot.height, shot.fps)),
    )


def constraints_for(run: workspace.Workspace, shot: Shot) -> Constraints:
    """What the request, the preset, the shot and the rest of the budget require of an engine."""
    budget = run.request.budget_usd
    left = None if budget is None else budget - ledger.job_usd(run.job_id)
    return replace(
        film_constraints(run.request, run.preset, left),
        asset_kind=shot.asset.kind if shot.asset else None,
        length_ms=round(shot.seconds * 1000),
        width=shot.width,
        height=shot.height,
    )


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
