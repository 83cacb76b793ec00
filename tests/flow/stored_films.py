"""Films that are stored as a finished run stores them, for tests of the API and the command line without workers."""

from __future__ import annotations

import hashlib
from typing import Any

import requests
from celery import states
from sqlalchemy import select

from app.database.models import ArtifactRow, RevisionRow
from app.database.session import transaction
from app.jobs import runs, workspace
from app.planning.scenes import planner
from app.planning.timing import segments
from app.planning.timing import timeline as timing
from app.queue import application
from app.store.factory import storage
from app.store.json_files import write_json
from app.store.keys import artifact_key, run_key
from presets.library import preset
from schemas.clip import Clip, ClipSchema
from schemas.frame import frame_size
from schemas.job import JobRequest
from schemas.scene_graph import SceneGraph, SceneGraphSchema
from schemas.segment import ENCODINGS, SegmentSchema
from schemas.speech import SpeechSchema
from schemas.timeline import TimelineSchema
from tests.unit.planning import films

JsonObject = dict[str, Any]
SCRIPT = "Bread takes time. Good bread takes longer than you would think. Nobody at the harbour waits for it."


def get_json(address: str, path: str) -> JsonObject:
    response = requests.get(f"{address}{path}", timeout=60)
    assert response.status_code == 200, response.text
    body: JsonObject = response.json()
    return body


def post(address: str, path: str, body: Any = None) -> requests.Response:
    return requests.post(f"{address}{path}", json=body, timeout=60)


def submit(address: str) -> JsonObject:
    request = {"script": SCRIPT, "quality": "draft", "title": "Bread"}
    body: JsonObject = post(address, "/api/v2/jobs", request).json()
    return body


def store_plan(job: JsonObject) -> SceneGraph:
    """Store the scene graph of a job as the first step does."""
    request = JobRequest(script=SCRIPT, quality="draft", title="Bread")
    graph = planner.plan(request, (), preset("clean_bold"))
    write_json(storage(), run_key(job["run_id"], "scene_graph.json"), SceneGraphSchema.plain(graph))
    workspace.store_graph(job["run_id"], graph)
    return graph


def store_film(job_id: str, run_id: str, graph: SceneGraph) -> None:
    """Store the documents of all steps, computed by the real functions; the clips and the film are fakes."""
    film_preset, speech = preset(graph.preset_id), films.speech(graph)
    clips = {
        scene.id: Clip(scene.id, "still", "cache/plate/a.npy", f"plate {scene.id}", "local") for scene in graph.scenes
    }
    planned = timing.build(graph, frame_size(graph.aspect, "draft"))
    final = timing.retime(graph, planned, speech, clips, film_preset, music=films.beats_of(graph))
    cuts = segments.segments(graph, final, clips, film_preset, encoding=ENCODINGS["draft"], overlay_keys={})
    documents = {
        "scene_graph.json": SceneGraphSchema.plain(graph),
        "timeline_planned.json": TimelineSchema.plain(planned),
        "timeline.json": TimelineSchema.plain(final),
        "speech.json": SpeechSchema.plain(speech),
        "segments.json": [SegmentSchema.plain(segment) for segment in cuts],
        **{f"clips/{scene_id}.json": ClipSchema.plain(scene_clip) for scene_id, scene_clip in clips.items()},
    }
    for name, document in documents.items():
        write_json(storage(), run_key(run_id, name), document)
    workspace.store_graph(run_id, graph)
    store_artifact(job_id, run_id, f"film of {run_id}".encode())
    assert application.backend().set_unless_ended(run_id, states.SUCCESS, {})
    runs.settle(run_id)


def store_artifact(job_id: str, run_id: str, content: bytes) -> None:
    key = artifact_key(run_id, "output.mp4")
    with storage().writing(key) as path:
        path.write_bytes(content)
    row = {"name": "output.mp4", "key": key, "content_type": "video/mp4", "bytes": len(content)}
    with transaction() as session:
        session.add(ArtifactRow(job_id=job_id, run_id=run_id, sha256=hashlib.sha256(content).hexdigest(), **row))


def stored_film(address: str) -> JsonObject:
    """Submit a job and finish it; ``url`` is the path of its revisions."""
    job = submit(address)
    graph = store_plan(job)
    store_film(job["job_id"], job["run_id"], graph)
    return {**job, "graph": graph, "url": f"/api/v2/jobs/{job['job_id']}/revisions"}


def finish(film: JsonObject, edit: JsonObject) -> None:
    """Finish the run of an edit."""
    with transaction() as session:
        query = select(RevisionRow.scene_graph).where(RevisionRow.job_id == film["job_id"])
        graph = session.scalars(query.where(RevisionRow.number == edit["revision"])).one()
    store_film(film["job_id"], edit["run_id"], SceneGraphSchema.read(graph or {}))
