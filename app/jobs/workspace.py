"""The workspace of a run: the documents that its steps write once and later steps read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
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
from schemas.contract import Contract, fingerprint
from schemas.job import JobRequest, JobRequestSchema
from schemas.music import MusicBeats, MusicBeatsSchema
from schemas.preset import Preset
from schemas.scene_graph import SceneGraph, SceneGraphSchema
from schemas.segment import Segment, SegmentSchema
from schemas.speech import Speech, SpeechSchema
from schemas.timeline import Timeline, TimelineSchema

T = TypeVar("T")
# The document with the warnings of the plan.
PLAN_WARNINGS = "plan_warnings.json"


@dataclass(frozen=True, slots=True)
class Workspace:
    """The workspace of one task of a run: each document is read at most once and then kept in memory.

    Reading a document that no step has written yet raises ``NotFound``. ``stored_request`` is the job's request as
    plain data, ``request_warnings`` are those with which it was accepted.
    """

    id: str
    job_id: str
    stored_request: dict[str, Any]
    store: Storage
    awaits_review: bool = False
    request_warnings: tuple[str, ...] = ()
    _loaded: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    # -- documents, read on first use --------------------------------------------------------------------------------

    @property
    def request(self) -> JobRequest:
        return self._load("request", lambda: JobRequestSchema.read(self.stored_request))

    @property
    def revision_graph(self) -> SceneGraph | None:
        """The scene graph stored with the revision, ``None`` until it is planned."""
        return self._load("given graph", lambda: _revision_graph(self.id))

    @property
    def preset(self) -> Preset:
        is_planned = self.has("scene_graph.json")
        return preset(self.read("scene_graph.json")["preset_id"] if is_planned else self.request.preset_id)

    @property
    def graph(self) -> SceneGraph:
        return self._read("scene_graph.json", SceneGraphSchema)

    @property
    def planned_timeline(self) -> Timeline:
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
        """Return the clips of all scenes by scene id, with one query."""
        return self._load("clips", self._all_clips)

    def music_beats(self) -> MusicBeats | None:
        """Return the beats of the film's music; ``None`` if it has none, or if no step has found them."""
        beats = self.read("music.json").get("beats") if self.has("music.json") else None
        return MusicBeatsSchema.read(beats) if beats else None

    def plan_warnings(self) -> tuple[str, ...]:
        """Return the warnings of the plan; none for a revision that is not planned."""
        return tuple(self.read(PLAN_WARNINGS)["warnings"]) if self.has(PLAN_WARNINGS) else ()

    # -- parts of documents --------------------------------------------------------------------------------------------

    def scene_alone(self, scene_id: int) -> tuple[SceneGraph, Timeline]:
        """Return the scene graph and the planned timeline with one scene only; the other scenes are not validated.

        The timeline has no tracks and no transitions. Raises ``KeyError`` when there is no such scene.
        """
        graph, planned = self.read("scene_graph.json"), self.read("timeline_planned.json")
        scene = _item_with(graph["scenes"], "id", scene_id)
        timed = _item_with(planned["scenes"], "scene_id", scene_id)
        return (
            SceneGraphSchema.read({**graph, "scenes": [scene]}),
            TimelineSchema.read({**planned, "scenes": [timed], "tracks": {}, "transitions": []}),
        )

    def segment(self, index: int) -> Segment:
        """Return one segment; the others are not parsed. Raises ``IndexError``."""
        key = self.key("segments.json")
        return self._load(f"segments.json {index}", lambda: SegmentSchema.read(read_item(self.store.local(key), index)))

    def segment_count(self) -> int:
        return len(self.read("segments.json"))

    def clip(self, scene_id: int) -> Clip:
        return self._read(f"clips/{scene_id}.json", ClipSchema)

    def other_takes(self) -> list[Clip]:
        """Return the other takes of all scenes, with one query."""
        with transaction() as session:
            chosen = select(SceneRow.takes).where(SceneRow.run_id == self.id).order_by(SceneRow.position)
            return [ClipSchema.read(take) for takes in session.scalars(chosen) for take in takes]

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
        """Return a document as plain data. The object is shared, so it must not be changed."""
        return self._load(f"{name} plain", lambda: read_json(self.store, self.key(name)))

    def write(self, name: str, plain: Any) -> None:
        """Write a document, and drop from memory what was read from an earlier one of this name."""
        write_json(self.store, self.key(name), plain)
        for entry in [entry for entry in self._loaded if entry.split(" ")[0] == name]:
            del self._loaded[entry]

    def write_segments(self, segments: Sequence[Segment]) -> None:
        self.write("segments.json", [SegmentSchema.plain(segment) for segment in segments])
        self._loaded["segments.json"] = tuple(segments)

    def get_or_make(self, name: str, contract: type[Contract[T]], make: Callable[[], T]) -> T:
        """Return the document ``name``; call ``make`` and write its result if no earlier attempt has."""
        if not self.has(name):
            value = make()
            self.write(name, contract.plain(value))
            self._loaded[name] = value
        return self._read(name, contract)

    def get_or_render_clip(
        self,
        scene_id: int,
        identity: str,
        min_length_ms: int,
        render: Callable[[], Clip],
        *,
        take: int | None = None,
        is_shared: Callable[[Clip], bool] | None = None,
    ) -> tuple[Clip, bool]:
        """Return the scene's clip, and whether it existed already; call ``render`` if it did not.

        With ``take``, it is another take of the scene, which the film does not show. A clip for which ``is_shared``
        is false is reused by later runs of the same job only.

        An existing clip is from an earlier attempt of this task, or from any run that rendered the same ``identity``
        and at least ``min_length_ms``. A clip of another run is marked ``reused``, and ``render`` does so for one that
        another run has paid for; this run has paid for its own earlier attempts.
        """
        name = f"clips/{scene_id}.json" if take is None else f"takes/{scene_id}-{take}.json"
        keys = [_clip_key(identity), _clip_key(fingerprint(identity, self.job_id))]
        if self.has(name):
            clip = self._read(name, ClipSchema)
            # The earlier attempt may have ended between the two writes below.
            if not clip.reused and not any(self.store.has(key) for key in keys):
                write_json(
                    self.store, keys[0] if is_shared is None or is_shared(clip) else keys[1], ClipSchema.plain(clip)
                )
            return clip, True
        found = (self._cached_clip(key, min_length_ms) for key in keys)
        cached = next((clip for clip in found if clip), None)
        clip = replace(cached, reused=True) if cached else render()
        clip = replace(clip, scene_id=scene_id)
        # The run's own document is written first, so that a retry does not take this run's clip for that of another.
        self.write(name, ClipSchema.plain(clip))
        if not clip.reused:
            write_json(self.store, keys[0] if is_shared is None or is_shared(clip) else keys[1], ClipSchema.plain(clip))
        return clip, clip.reused

    def _cached_clip(self, key: str, min_length_ms: int) -> Clip | None:
        """Return the clip of the document ``key``; ``None`` when it is missing, too short or its file was evicted."""
        if not self.store.claim([key]):
            return None
        clip = ClipSchema.read(read_json(self.store, key))
        is_long_enough = clip.length_ms is None or clip.length_ms >= min_length_ms
        return clip if is_long_enough and self.store.claim(clip.keys) == set(clip.keys) else None

    def _read(self, name: str, contract: type[Contract[T]]) -> T:
        return self._load(name, lambda: contract.read(self.read(name)))

    def _load(self, name: str, load: Callable[[], T]) -> T:
        if name not in self._loaded:
            self._loaded[name] = load()
        value: T = self._loaded[name]
        return value


def _clip_key(identity: str) -> str:
    return cache_key("clip", identity, ".json")


def _item_with(items: Sequence[dict[str, Any]], name: str, value: int) -> dict[str, Any]:
    for item in items:
        if item[name] == value:
            return item
    raise KeyError(value)


def open_workspace(run_id: str) -> Workspace:
    """Return the workspace of a run, with one query that does not read the scene graph. Raises ``NotFound``."""
    columns = select(RunRow.job_id, RunRow.approved_at, RevisionRow.kind, JobRow.request, JobRow.warnings)
    joined = columns.join(RevisionRow, RevisionRow.id == RunRow.revision_id).join(JobRow, JobRow.id == RunRow.job_id)
    with transaction() as session:
        row = session.execute(joined.where(RunRow.id == run_id)).one_or_none()
    if row is None:
        raise NotFound("run", run_id)
    job_id, approved_at, kind, request, warnings = row
    return Workspace(run_id, job_id, request, storage(), _awaits_review(request, kind, approved_at), tuple(warnings))


def awaits_review(row: RunRow) -> bool:
    """Return whether the plan has to be approved before the run continues."""
    return _awaits_review(row.job.request, row.revision.kind, row.approved_at)


def _awaits_review(request: dict[str, Any], revision_kind: str, approved_at: datetime | None) -> bool:
    return bool(request.get("review")) and revision_kind == "plan" and approved_at is None


def _revision_graph(run_id: str) -> SceneGraph | None:
    chosen = select(RevisionRow.scene_graph).join(RunRow, RunRow.revision_id == RevisionRow.id)
    with transaction() as session:
        plain = session.scalar(chosen.where(RunRow.id == run_id))
    return SceneGraphSchema.read(plain) if plain else None


def job_id_of_run(run_id: str) -> str:
    """Return the id of the job of a run. Raises ``NotFound``."""
    with transaction() as session:
        job_id = session.scalar(select(RunRow.job_id).where(RunRow.id == run_id))
    if job_id is None:
        raise NotFound("run", run_id)
    return job_id


def store_graph(run_id: str, graph: SceneGraph) -> None:
    """Store the planned scene graph in the revision, and a row for each scene."""
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


def as_reused(clip: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return a scene's stored clip as it is stored for a later run that reuses it."""
    return clip and {**clip, "reused": True}


def store_clip(run_id: str, clip: Clip, takes: Sequence[Clip] = ()) -> None:
    """Store a clip, its engine and the other takes in the row of its scene. Raises ``NotFound``."""
    chosen = update(SceneRow).where(SceneRow.run_id == run_id, SceneRow.scene_id == clip.scene_id)
    with transaction() as session:
        values = {"engine": clip.engine, "clip": ClipSchema.plain(clip), "takes": list(map(ClipSchema.plain, takes))}
        changed = session.execute(chosen.values(**values))
        if not changed.rowcount:  # type: ignore[attr-defined]  # the stubs know it for a cursor's result only
            raise NotFound("scene", str(clip.scene_id))
