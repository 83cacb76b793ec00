"""Tasks for planning: the scene graph of a request, and its planned timeline."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from app.assets.resolve import get_assets
from app.core.errors import BadMedia
from app.jobs import workspace
from app.jobs.omissions import check_omissions
from app.jobs.workspace import PLAN_WARNINGS
from app.planning.scenes import planner
from app.planning.scenes.exposure import SeenTone, with_matched_exposure
from app.planning.scenes.omitted import plan_omissions
from app.planning.timing import timeline as timing
from app.queue import run_state
from app.queue.application import celery
from app.store.base import Storage
from presets.library import preset
from schemas.asset import Asset
from schemas.frame import frame_size
from schemas.job import State
from schemas.scene_graph import Focus, Media, SceneGraph, SceneGraphSchema
from schemas.steps import Step
from schemas.subjects import Subjects
from schemas.timeline import TimelineSchema
from tasks.base import PipelineTask


@celery.task(name=Step.PLAN, base=PipelineTask)
def plan(run_id: str) -> dict[str, Any]:
    """Plan the scene graph, unless the revision has one; then wait for review if the request asks for it."""
    run = workspace.open_workspace(run_id)
    graph = run.get_or_make("scene_graph.json", SceneGraphSchema, lambda: _graph(run))
    is_planned = run.revision_graph is None
    warnings = _plan_warnings(run, graph, is_planned=is_planned)
    workspace.store_graph(run_id, graph)
    if run.awaits_review:
        run_state.set_state(run_id, State.AWAITING_REVIEW)
    return {"scenes": len(graph.scenes), "warnings": list(warnings), "reused": not is_planned}


def _plan_warnings(run: workspace.Workspace, graph: SceneGraph, *, is_planned: bool) -> tuple[str, ...]:
    """Store and return the warnings about what the film will not have; raises ``Omitted`` for a strict job.

    The graph of a revision has what its editor chose; only its texts are checked.
    """
    from assembly.text import undrawn

    left_out = plan_omissions(run.request, get_assets(run.request.media), graph) if is_planned else ()
    warnings = (*left_out, *undrawn.omissions(graph.texts, graph.language))
    check_omissions(run.request, warnings)
    run.write(PLAN_WARNINGS, {"warnings": warnings})
    return warnings


def _graph(run: workspace.Workspace) -> SceneGraph:
    """Return the graph of the revision, or a planned one, with the exposure of its pictures.

    Pictures that are new in a revision are matched to the others, unless the film was made without matching.
    """
    graph = run.revision_graph
    if graph is None:
        return _matched(_planned(run), run)
    is_matched = any(media.exposure is not None for scene in graph.scenes for media in scene.all_media)
    return _matched(graph, run) if is_matched else graph


def _planned(run: workspace.Workspace) -> SceneGraph:
    media = get_assets(run.request.media)
    named = get_assets([asset_id for scene in run.request.scenes for asset_id in scene.asset_ids])
    return planner.plan(run.request, media, run.preset, _subjects(media, run.store), named)


def _matched(graph: SceneGraph, run: workspace.Workspace) -> SceneGraph:
    """Return ``graph`` with the exposure of its pictures; a file that cannot be read is reported by its scene."""
    style = preset(graph.preset_id)
    if not style.match_exposure:
        return graph
    lengths_ms = {media: scene.duration_ms for scene in graph.scenes for media in scene.all_media if media.asset}
    if not lengths_ms:
        return graph
    assets = {asset.id: asset for asset in get_assets([media.asset for media in lengths_ms if media.asset])}
    tones = {}
    for media, length_ms in lengths_ms.items():
        with suppress(BadMedia):
            if tone := _seen_tone(media, assets[media.asset or ""], length_ms, run.store):
                tones[media] = tone
    return with_matched_exposure(graph, tones, style)


def _seen_tone(media: Media, asset: Asset, length_ms: int, store: Storage) -> SeenTone | None:
    """Return the tone of an image, or of a video during ``length_ms``; ``None`` if its file has none."""
    from engines.footage_subjects import subjects_of_footage
    from engines.stills.subject_facts import subjects_of_image

    path = store.local(asset.key)
    if asset.kind == "video":
        footage = subjects_of_footage(path, asset.sha256, asset.length_ms, store)
        seen = footage.during(media.start_ms, media.start_ms + length_ms)
    else:
        seen = subjects_of_image(path, asset.sha256, store)
    tone = seen.tone
    if tone is None or not asset.width or not asset.height:
        return None
    if media.subject:
        seen = replace(seen, subject=media.subject, focus=Focus(*media.subject.centre), spread=None)
    decides = asset.kind == "image" and media.focus is None
    return SeenTone(tone, asset.width / asset.height, media.focus or seen.focus, seen if decides else None)


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
