"""Jobs and runs in the database and the store, with the documents that the real steps write, without rendering."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app.database.models import EventRow, JobRow, RevisionRow, RunRow, SceneRow
from app.database.session import transaction
from app.jobs import workspace
from app.planning.timing import segments
from app.planning.timing import timeline as timing
from presets.library import preset
from schemas.clip import Clip, ClipSchema
from schemas.frame import frame_size
from schemas.job import JobRequest, JobRequestSchema
from schemas.money import ZERO
from schemas.scene_graph import Scene, SceneGraph, SceneGraphSchema, Transition
from schemas.segment import ENCODINGS, Segment
from schemas.speech import SpeechSchema
from schemas.timeline import TimelineSchema
from tests.unit.planning import films

REQUEST = JobRequest(script="A film for tests.", quality="draft", title="Requested")
FADE = Transition("fade", 200)


def graph_of(scenes: int, title: str = "Planned") -> SceneGraph:
    """A narrated film of colour scenes with a fade between consecutive scenes."""
    graph_scenes = [
        Scene(
            number,
            description=f"Scene {number}",
            voice_script=films.text(6, number),
            caption=films.text(4, number),
            duration_ms=2000,
            transition=FADE if number > 1 else Transition(),
        )
        for number in range(1, scenes + 1)
    ]
    return SceneGraph("2.0", title, "en", "clean_bold", tuple(graph_scenes))


def stored_job(request: JobRequest = REQUEST) -> str:
    """Store a job without revisions; return its id."""
    job_id = f"job_{uuid.uuid4().hex}"
    with transaction() as session:
        session.add(JobRow(id=job_id, request=JobRequestSchema.plain(request), warnings=["of the job"]))
    return job_id


def stored_run(job_id: str, number: int = 1, graph: SceneGraph | None = None, kind: str = "plan") -> str:
    """Store a revision of the job, with ``graph`` if there is one, and a run of it; return the run's id."""
    run_id = str(uuid.uuid4())
    with transaction() as session:
        plain = SceneGraphSchema.plain(graph) if graph else None
        revision = RevisionRow(job_id=job_id, number=number, scene_graph=plain, kind=kind)
        session.add(revision)
        session.flush()
        session.add(RunRow(id=run_id, job_id=job_id, revision_id=revision.id))
    return run_id


def still_clips(graph: SceneGraph) -> dict[int, Clip]:
    return {
        scene.id: Clip(scene.id, "still", "cache/plate/a.npy", f"plate {scene.id}", "local") for scene in graph.scenes
    }


def write_documents(
    run_id: str, graph: SceneGraph, clips: Mapping[int, Clip] | None = None, clip_files: bool = True
) -> tuple[Segment, ...]:
    """Write what all steps up to ``settle`` write to the store and the database; return the segments."""
    run, preset_of_film, speech = workspace.open_workspace(run_id), preset(graph.preset_id), films.speech(graph)
    clips = clips or still_clips(graph)
    planned = timing.build(graph, frame_size(graph.aspect, "draft"))
    final = timing.retime(graph, planned, speech, clips, preset_of_film, music=films.beats_of(graph))
    run_segments = segments.segments(graph, final, clips, preset_of_film, encoding=ENCODINGS["draft"], overlay_keys={})
    run.write("scene_graph.json", SceneGraphSchema.plain(graph))
    run.write("timeline_planned.json", TimelineSchema.plain(planned))
    run.write("speech.json", SpeechSchema.plain(replace(speech, warnings=("of the voice",))))
    run.write("timeline.json", TimelineSchema.plain(final))
    run.write_segments(run_segments)
    workspace.store_graph(run_id, graph)
    for scene_id, clip in clips.items():
        workspace.store_clip(run_id, clip)
        if clip_files:
            run.write(f"clips/{scene_id}.json", ClipSchema.plain(clip))
    return run_segments


def spent_on_clips(run_id: str) -> Decimal:
    """What the clips of a run have cost it."""
    with transaction() as session:
        clips = list(session.scalars(select(SceneRow.clip).where(SceneRow.run_id == run_id)))
    return sum((ClipSchema.read(clip).spent_usd for clip in clips if clip), ZERO)


def record_finished_tasks(job_id: str, run_id: str, step: str, numbers: range, **facts: Any) -> None:
    """Record the ``step.finished`` events of a step's tasks: one task each second, half a second long."""
    with transaction() as session:
        for number in numbers:
            start_ms = number * 1000
            data = {"step": step, "number": number, "started_ms": start_ms, "ended_ms": start_ms + 500, **facts}
            session.add(EventRow(job_id=job_id, run_id=run_id, kind="step.finished", data=data))
