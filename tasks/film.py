"""Doorways: final times, segments, sound, the one file and everything beside it."""

from __future__ import annotations

from typing import Any

from app.assets.resolve import assets
from app.jobs import workspace
from app.planning.timing import segments as cutting
from app.planning.timing import timeline as timing
from app.queue import canvas
from app.queue.application import celery
from schemas.segment import ENCODINGS, Segment
from schemas.steps import Step
from schemas.timeline import TimelineSchema
from tasks import delivery
from tasks.base import PipelineTask


@celery.task(name=Step.SETTLE, base=PipelineTask)
def settle(run_id: str) -> dict[str, Any]:
    """Let all times follow what was really made. Nothing after this decides a time by itself."""
    run = workspace.open_workspace(run_id)
    final = run.get_or_make(
        "timeline.json",
        TimelineSchema,
        lambda: timing.retime(run.graph, run.planned, run.speech, run.clips(), run.preset),
    )
    if not run.has("segments.json"):
        run.write_segments(_cut(run))
    return {"frames": final.total_frames}


def _cut(run: workspace.Workspace) -> tuple[Segment, ...]:
    clips, graph = run.clips(), run.graph
    pictures = {overlay.asset for scene in graph.scenes for overlay in scene.overlays if overlay.asset}
    keys = {picture.id: picture.key for picture in assets(list(pictures))} if pictures else {}
    encoding = ENCODINGS[run.request.quality]
    return cutting.segments(graph, run.timeline, clips, run.preset, encoding=encoding, overlay_keys=keys)


@celery.task(name=Step.COMPOSE, base=PipelineTask, bind=True)
def compose(self: PipelineTask, run_id: str) -> Any:
    """Become the chord of all segments; mux takes over this task's id."""
    return self.replace(canvas.segments_chord(run_id, workspace.open_workspace(run_id).segment_count()))


@celery.task(name=Step.SEGMENT, base=PipelineTask)
def segment(run_id: str, index: int) -> dict[str, Any]:
    """Make and encode one segment's frames, unless they are kept from before."""
    run = workspace.open_workspace(run_id)
    key, reused = delivery.encode(run, run.segment(index))
    return {"segment": index, "key": key, "reused": reused}


@celery.task(name=Step.MUX, base=PipelineTask)
def mux(run_id: str) -> dict[str, Any]:
    """Mix the sound and lay it under the joined segments; no picture is encoded again."""
    film, reused = delivery.join_run(workspace.open_workspace(run_id))
    return {"output": film.film, "warnings": list(film.warnings), "reused": reused}


@celery.task(name=Step.DELIVER, base=PipelineTask, track_started=False)
def deliver(run_id: str) -> dict[str, Any]:
    """Make everything beside the film, measure the film, and put all of it where the job leaves it."""
    return delivery.deliver_film(workspace.open_workspace(run_id))
