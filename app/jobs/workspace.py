"""A run and what its steps have made so far: documents in the store, each written once for later steps to read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import insert, select, update

from app.core.errors import NotFound
from app.database.models import JobRow, RevisionRow, RunRow, SceneRow
from app.database.session import transaction
from app.store.base import Storage
from app.store.factory import storage
from app.store.json_files import read_json, write_json
from app.store.json_items import read_item
from app.store.keys import cache_key, run_key
from presets.library import preset
from schemas.clip import Clip, ClipSchema
from schemas.contract import Contract
from schemas.job import JobRequest, JobRequestSchema
from schemas.money import ZERO, parse_usd
from schemas.preset import Preset
from schemas.scene_graph import SceneGraph, SceneGraphSchema
from schemas.segment import Segment, SegmentSchema
from schemas.speech import Speech, SpeechSchema
from schemas.timeline import Timeline, TimelineSchema

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Workspace:
    """One run of a job, as one task sees it: each document is read at most once and then kept in memory.

    Reading what no step has made yet raises ``NotFound``. ``stored_request`` is the job's request as plain data.
    """

    id: str
    job_id: str
    stored_request: dict[str, Any]
    store: Storage
    awaits_review: bool = False
    _loaded: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    # -- documents, read at the first use ------------------------------------------------------------------------------

    @property
    def request(self) -> JobRequest:
        return self._load("request", lambda: JobRequestSchema.read(self.stored_request))

    @property
    def given_graph(self) -> SceneGraph | None:
        """The scene graph that the revision brings; ``None`` when it is still to be planned."""
        return self._load("given graph", lambda: _revision_graph(self.id))

    @property
    def preset(self) -> Preset:
        is_planned = self.has("scene_graph.json")
        return preset(self.read("scene_graph.json")["preset_id"] if is_planned else self.request.preset_id)

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
        return self._load("segments.json", lambda: tuple(map(SegmentSchema.read, self.read("segments.json"))))

    def clips(self) -> dict[int, Clip]:
        """The clips of all scenes, by one query."""
        return self._load("clips", self._all_clips)

    # -- parts of documents --------------------------------------------------------------------------------------------

    def scene_alone(self, scene_id: int) -> tuple[SceneGraph, Timeline]:
        """The scene graph and the planned timeline with one scene only: the other scenes are not validated.

        The timeline has no tracks and no transitions. Raises ``KeyError`` when there is no such scene.
        """
        graph, planned = self.read("scene_graph.json"), self.read("timeline_planned.json")
        scene = _with(graph["scenes"], "id", scene_id)
        timed = _with(planned["scenes"], "scene_id", scene_id)
        return (
            SceneGraphSchema.read({**graph, "scenes": [scene]}),
            TimelineSchema.read({**planned, "scenes": [timed], "tracks": {}, "transitions": []}),
        )

    def segment(self, index: int) -> Segment:
        """One segment; the others are not parsed. Raises ``IndexError``."""
        path = self.key("segments.json")
        return self._load(
            f"segments.json {index}", lambda: SegmentSchema.read(read_item(self.store.local(path), index))
        )

    def segment_count(self) -> int:
        return len(self.read("segments.json"))

    def clip(self, scene_id: int) -> Clip:
        return self._read(f"clips/{scene_id}.json", ClipSchema)

    def _all_clips(self) -> dict[int, Clip]:
        with transaction() as session:
            columns = select(SceneRow.scene_id, SceneRow.clip).where(SceneRow.run_id == self.id)
            stored = {scene_id: clip for scene_id, clip in session.execute(columns) if clip}
        return {
            scene.id: ClipSchema.read(stored[scene.id]) if scene.id in stored else self.clip(scene.id)
            for scene in self.graph.scenes
        }

    # -- reading and writing -------------------------------------------------------------------------------------------

    def key(self, name: str) -> str:
        return run_key(self.id, name)

    def has(self, name: str) -> bool:
        return name in self._loaded or self.store.has(self.key(name))

    def read(self, name: str) -> Any:
        """Plain data that a step left under ``name``; it is shared, so it must not be changed."""
        return self._load(f"{name} plain", lambda: read_json(self.store, self.key(name)))

    def write(self, name: str, plain: Any) -> None:
        """Writes a document; what was read of an earlier one with this name is forgotten."""
        write_json(self.store, self.key(name), plain)
        for known in [each for each in self._loaded if each.split(" ")[0] == name]:
            del self._loaded[known]

    def write_segments(self, segments: Sequence[Segment]) -> None:
        self.write("segments.json", [SegmentSchema.plain(segment) for segment in segments])
        self._loaded["segments.json"] = tuple(segments)

    def get_or_make(self, name: str, contract: type[Contract[T]], make: Callable[[], T]) -> T:
        """The value under ``name``, made now if no earlier try has made it."""
        if not self.has(name):
            value = make()
            self.write(name, contract.plain(value))
            self._loaded[name] = value
        return self._read(name, contract)

    def get_or_render_clip(
        self, scene_id: int, identity: str, least_ms: int, film: Callable[[], Clip]
    ) -> tuple[Clip, bool]:
        """The scene's clip, and whether it existed: from an earlier try, or from any run that filmed the same, if it
        lasts for ``least_ms``. Only a clip of another run is ``reused``: an earlier try of this run was paid by it."""
        name, known = f"clips/{scene_id}.json", cache_key("clip", identity, ".json")
        if self.has(name):
            clip = self.clip(scene_id)
            if not clip.reused and not self.store.has(known):  # the earlier try ended between the two writes below
                write_json(self.store, known, ClipSchema.plain(clip))
            return clip, True
        found = self._known_clip(known, least_ms)
        clip = replace(found or film(), scene_id=scene_id, reused=found is not None)
        # Before other runs can find it: a retry must not take this run's own clip for that of another run.
        self.write(name, ClipSchema.plain(clip))
        if not clip.reused:
            write_json(self.store, known, ClipSchema.plain(clip))
        return clip, clip.reused

    def _known_clip(self, key: str, least_ms: int) -> Clip | None:
        """``None`` also when the file it names was evicted."""
        if not self.store.claim([key]):
            return None
        clip = ClipSchema.read(read_json(self.store, key))
        lasts = clip.length_ms is None or clip.length_ms >= least_ms
        return clip if lasts and self.store.claim([clip.key]) else None

    def _read(self, name: str, contract: type[Contract[T]]) -> T:
        return self._load(name, lambda: contract.read(self.read(name)))

    def _load(self, name: str, load: Callable[[], T]) -> T:
        if name not in self._loaded:
            self._loaded[name] = load()
        value: T = self._loaded[name]
        return value


def _with(items: Sequence[dict[str, Any]], name: str, value: int) -> dict[str, Any]:
    for item in items:
        if item[name] == value:
            return item
    raise KeyError(value)


def open_workspace(run_id: str) -> Workspace:
    """The run, by one query and without its scene graph. Raises ``NotFound``."""
    columns = select(RunRow.job_id, RunRow.approved_at, RevisionRow.kind, JobRow.request)
    joined = columns.join(RevisionRow, RevisionRow.id == RunRow.revision_id).join(JobRow, JobRow.id == RunRow.job_id)
    with transaction() as session:
        row = session.execute(joined.where(RunRow.id == run_id)).one_or_none()
    if row is None:
        raise NotFound("run", run_id)
    job_id, approved_at, kind, request = row
    return Workspace(run_id, job_id, request, storage(), _awaits_review(request, kind, approved_at))


def awaits_review(row: RunRow) -> bool:
    """Whether a person has to see the plan before the run goes on."""
    return _awaits_review(row.job.request, row.revision.kind, row.approved_at)


def _awaits_review(request: dict[str, Any], revision_kind: str, approved_at: datetime | None) -> bool:
    return bool(request.get("review")) and revision_kind == "plan" and approved_at is None


def _revision_graph(run_id: str) -> SceneGraph | None:
    chosen = select(RevisionRow.scene_graph).join(RunRow, RunRow.revision_id == RevisionRow.id)
    with transaction() as session:
        plain = session.scalar(chosen.where(RunRow.id == run_id))
    return SceneGraphSchema.read(plain) if plain else None


def job_id_of_run(run_id: str) -> str:
    """The job a run belongs to; raises ``NotFound``."""
    with transaction() as session:
        job_id = session.scalar(select(RunRow.job_id).where(RunRow.id == run_id))
    if job_id is None:
        raise NotFound("run", run_id)
    return job_id


def store_graph(run_id: str, graph: SceneGraph) -> None:
    """Puts the planned scene graph into the revision and a row for each scene."""
    with transaction() as session:
        of_run = select(RunRow.revision_id).where(RunRow.id == run_id).scalar_subquery()
        changed = update(RevisionRow).where(RevisionRow.id == of_run)
        session.execute(changed.values(scene_graph=SceneGraphSchema.plain(graph)))
        known = set(session.scalars(select(SceneRow.scene_id).where(SceneRow.run_id == run_id)))
        rows = [
            {
                "run_id": run_id,
                "scene_id": scene.id,
                "position": position,
                "description": scene.description,
                "media_kind": scene.media.kind,
            }
            for position, scene in enumerate(graph.scenes)
            if scene.id not in known
        ]
        if rows:
            session.execute(insert(SceneRow), rows)


def spent_usd(run_id: str) -> Decimal:
    """What this run has paid hosted engines for its scenes so far; a clip of another run costs it nothing."""
    with transaction() as session:
        clips = list(session.scalars(select(SceneRow.clip).where(SceneRow.run_id == run_id)))
    paid = (clip.get("cost_usd", 0) for clip in clips if clip and not clip.get("reused"))
    return sum(map(parse_usd, paid), ZERO)


def as_reused(clip: dict[str, Any] | None) -> dict[str, Any] | None:
    """A scene's stored clip, for a later run that takes it as it is."""
    return clip and {**clip, "reused": True}


def store_clip(run_id: str, clip: Clip) -> None:
    """Writes on a scene's row how it was made. Raises ``NotFound``."""
    chosen = update(SceneRow).where(SceneRow.run_id == run_id, SceneRow.scene_id == clip.scene_id)
    with transaction() as session:
        changed = session.execute(chosen.values(engine=clip.engine, clip=ClipSchema.plain(clip)))
        if not changed.rowcount:  # type: ignore[attr-defined]  # the stubs know it for a cursor's result only
            raise NotFound("scene", str(clip.scene_id))
