"""Tasks for the film: final timeline, segments, soundtrack, film file and artifacts."""

from __future__ import annotations

from typing import Any

from app.assets.resolve import get_assets
from app.jobs import workspace
from app.planning.timing import segments as segmentation
from app.planning.timing import timeline as timing
from app.queue import canvas
from app.queue.application import celery
from assembly.encode.segment_files import encode_segment
from schemas.segment import ENCODINGS, Segment
from schemas.steps import Step
from schemas.timeline import TimelineSchema
from tasks import delivery
from tasks.base import PipelineTask


@celery.task(name=Step.SETTLE, base=PipelineTask)
def settle(run_id: str) -> dict[str, Any]:
    """Compute the final timeline from the rendered clips and the speech; all later steps use its times."""
    run = workspace.open_workspace(run_id)
    final = run.get_or_make(
        "timeline.json",
        TimelineSchema,
        lambda: timing.retime(
            run.graph,
            run.planned_timeline,
            run.speech,
            run.clips(),
            run.preset,
            assets=delivery.scene_videos(run),
            music=run.music_beats(),
        ),
    )
    if not run.has("segments.json"):
        run.write_segments(_segments(run))
    return {"frames": final.total_frames}


def _segments(run: workspace.Workspace) -> tuple[Segment, ...]:
    clips, graph = run.clips(), run.graph
    asset_ids = {overlay.asset for scene in graph.scenes for overlay in scene.overlays if overlay.asset}
    keys = {asset.id: asset.key for asset in get_assets(list(asset_ids))} if asset_ids else {}
    encoding = ENCODINGS[run.request.quality]
    return segmentation.segments(graph, run.timeline, clips, run.preset, encoding=encoding, overlay_keys=keys)


@celery.task(name=Step.COMPOSE, base=PipelineTask, bind=True)
def compose(self: PipelineTask, run_id: str) -> Any:
    """Replace this task by the chord of all segments; the mux task gets its id."""
    return self.replace(canvas.segments_chord(run_id, workspace.open_workspace(run_id).segment_count()))


@celery.task(name=Step.SEGMENT, base=PipelineTask)
def segment(run_id: str, index: int) -> dict[str, Any]:
    """Encode one segment, unless its file exists."""
    run = workspace.open_workspace(run_id)
    with delivery.naming_files(run):
        key, reused = encode_segment(run.segment(index), run.store)
    return {"segment": index, "key": key, "reused": reused}


@celery.task(name=Step.MUX, base=PipelineTask)
def mux(run_id: str) -> dict[str, Any]:
    """Mix the soundtrack and join it with the segments; no frame is encoded again."""
    film, reused = delivery.join_run(workspace.open_workspace(run_id))
    return {"output": film.film, "warnings": list(film.warnings), "reused": reused}


@celery.task(name=Step.DELIVER, base=PipelineTask, track_started=False)
def deliver(run_id: str) -> dict[str, Any]:
    """Write the other artifacts, measure the film, and publish all artifacts of the run."""
    return delivery.deliver_film(workspace.open_workspace(run_id))
