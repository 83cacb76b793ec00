"""A run at work: what its steps have made so far, each kept whole in the store for the next step to read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sqlalchemy import select

from app.core import db
from app.core.errors import NotFound
from app.core.models import RevisionRow, RunRow, SceneRow
from app.store.base import Storage
from app.store.factory import storage
from app.store.json_files import read_json, write_json
from app.store.keys import cache_key, run_key
from presets.library import preset
from schemas.clip import Clip, ClipSchema
from schemas.contract import Contract
from schemas.job import JobRequest, JobRequestSchema
from schemas.preset import Preset
from schemas.scene_graph import SceneGraph, SceneGraphSchema
from schemas.segment import Segment, SegmentSchema
from schemas.speech import Speech, SpeechSchema
from schemas.timeline import Timeline, TimelineSchema

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a job. Reading what an earlier step has not made raises ``NotFound``."""

    id: str
    job_id: str
    request: JobRequest
    given_graph: SceneGraph | None
    store: Storage
    awaits_review: bool = False

    @property
    def preset(self) -> Preset:
        return preset(self.graph.preset_id if self.has("scene_graph.json") else self.request.preset_id)

    @property
    def graph(self) -> SceneGraph:
        return self._read("scene_graph.json", SceneGraphSchema)

    @property
    def planned(self) -> Timeline:
        return self._read("timeline_planned.json", TimelineSchema)

    @property
    def timeline(self) -> Timeline:
        return self._read("timeline.json", TimelineSchema)

    @property
    def speech(self) -> Speech:
        return self._read("speech.json", SpeechSchema)

    @property
    def segments(self) -> tuple[Segment, ...]:
        plain = self.note("segments.json")
        return tuple(SegmentSchema.read(segment) for segment in plain)

    def segment(self, index: int) -> Segment:
        return SegmentSchema.read(self.note("segments.json")[index])

    def clip(self, scene_id: int) -> Clip:
        return self._read(f"clips/{scene_id}.json", ClipSchema)

    def clips(self) -> dict[int, Clip]:
        return {scene.id: self.clip(scene.id) for scene in self.graph.scenes}

    def has(self, name: str) -> bool:
        return self.store.has(run_key(self.id, name))

    def note(self, name: str) -> Any:
        """Plain data that a step left under ``name``."""
        return read_json(self.store, run_key(self.id, name))

    def keep(self, name: str, plain: Any) -> None:
        write_json(self.store, run_key(self.id, name), plain)

    def once(self, name: str, contract: type[Contract[T]], make: Callable[[], T]) -> T:
        """The value under ``name``, made now if no earlier try has made it."""
        if not self.has(name):
            self.keep(name, contract.plain(make()))
        return self._read(name, contract)

    def filmed(self, scene_id: int, identity: str, least_ms: int, film: Callable[[], Clip]) -> tuple[Clip, bool]:
        """The scene's clip, and whether it was there: from an earlier try, or from any run that filmed the same, if it
        lasts for ``least_ms``."""
        known = cache_key("clip", identity, ".json")
        if not self.has(f"clips/{scene_id}.json"):
            clip = self._known_clip(known, least_ms)
            reused = clip is not None
            clip = clip or film()
            if not reused:
                write_json(self.store, known, ClipSchema.plain(clip))
            self.keep(f"clips/{scene_id}.json", ClipSchema.plain(replace(clip, scene_id=scene_id)))
            return self.clip(scene_id), reused
        return self.clip(scene_id), True

    def _known_clip(self, key: str, least_ms: int) -> Clip | None:
        """``None`` also when the file it names was evicted."""
        if not self.store.claim([key]):
            return None
        clip = ClipSchema.read(read_json(self.store, key))
        lasts = clip.length_ms is None or clip.length_ms >= least_ms
        return clip if lasts and self.store.claim([clip.key]) else None

    def _read(self, name: str, contract: type[Contract[T]]) -> T:
        return contract.read(self.note(name))

    def key(self, name: str) -> str:
        return run_key(self.id, name)


def run(run_id: str) -> Run:
    """Raises ``NotFound``."""
    with db.session() as session:
        row = session.get(RunRow, run_id)
        if row is None:
            raise NotFound("run", run_id)
        request = JobRequestSchema.read(row.job.request)
        graph = row.revision.scene_graph
        given = SceneGraphSchema.read(graph) if graph else None
        return Run(row.id, row.job_id, request, given, storage(), awaits_review(row))


def awaits_review(row: RunRow) -> bool:
    """Whether a person has to see the plan before the run goes on."""
    return bool(row.job.request.get("review")) and row.revision.kind == "plan" and row.approved_at is None


def job_of(run_id: str) -> str:
    """The job a run belongs to; raises ``NotFound``."""
    with db.session() as session:
        job_id = session.scalar(select(RunRow.job_id).where(RunRow.id == run_id))
    if job_id is None:
        raise NotFound("run", run_id)
    return job_id


def remember_graph(run_id: str, graph: SceneGraph) -> None:
    """Puts the planned scene graph into the revision and a row for each scene."""
    plain = SceneGraphSchema.plain(graph)
    with db.session() as session:
        row = session.get_one(RunRow, run_id)
        session.get_one(RevisionRow, row.revision_id).scene_graph = plain
        known = set(session.scalars(select(SceneRow.scene_id).where(SceneRow.run_id == run_id)))
        session.add_all(
            SceneRow(
                run_id=run_id,
                scene_id=scene.id,
                position=position,
                description=scene.description,
                media_kind=scene.media.kind,
            )
            for position, scene in enumerate(graph.scenes)
            if scene.id not in known
        )


def spent_usd(run_id: str) -> float:
    """What hosted engines were paid for this run's scenes so far."""
    with db.session() as session:
        clips = session.scalars(select(SceneRow.clip).where(SceneRow.run_id == run_id))
        return round(sum(float((clip or {}).get("cost_usd", 0.0)) for clip in clips), 4)


def remember_clip(run_id: str, clip: Clip) -> None:
    """Writes on a scene's row how it was made."""
    with db.session() as session:
        chosen = select(SceneRow).where(SceneRow.run_id == run_id, SceneRow.scene_id == clip.scene_id)
        row = session.scalars(chosen).one()
        row.engine = clip.engine
        row.clip = ClipSchema.plain(clip)
