"""The film of a run: segments are encoded and joined with the sound, and all files of the job are made.

The functions of the first three parts take values; those of the last part read them from a run.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert

from app.assets.intake import asset
from app.database.models import ArtefactRow
from app.database.session import transaction
from app.jobs import workspace
from app.jobs.queries import timings_ms
from app.jobs.receipt import FilmFacts, receipt
from app.jobs.submission import put_before_people
from app.media.ffmpeg import release
from app.store.base import Storage
from app.store.cache import get_or_make
from app.store.json_files import read_json
from app.store.keys import ASSETS, cache_key, left_key, run_key
from assembly import deliverables
from assembly.encode.compose import compose
from assembly.encode.join import join
from assembly.exchange import otio
from assembly.report import quality
from assembly.text import subtitles
from assembly.text.fonts import fonts
from audio import mixing, voice_track
from audio.music import bed as musics
from schemas.content_types import content_type
from schemas.contract import fingerprint
from schemas.preset import SoundStyle
from schemas.scene_graph import GlobalAudio, SceneGraph
from schemas.segment import Segment
from schemas.timeline import Timeline

# -- the film --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class JoinedFilm:
    """``film.json``: the storage keys of the film, of its segments' files in order, and of its sound.

    It names all that the film is made of, so that retention keeps it as long as the film. ``warnings`` are those of the
    sound, for the user.
    """

    film: str
    identity: str
    segments: Sequence[str]
    mix: str
    warnings: Sequence[str] = ()


def encode_segment(segment: Segment, store: Storage) -> tuple[str, bool]:
    """The storage key of a segment's file, and whether it existed."""
    return get_or_make(store, "segment", _identity(segment), ".mp4", lambda into: compose(segment, store, into))


def encoded_segments(segments: Sequence[Segment], store: Storage) -> list[str]:
    """The storage keys of all segments' files, claimed at once; one that does not exist any more is encoded again."""
    keys = [cache_key("segment", _identity(segment), ".mp4") for segment in segments]
    claimed = store.claim(keys)
    pairs = zip(keys, segments, strict=True)
    return [key if key in claimed else encode_segment(segment, store)[0] for key, segment in pairs]


def _identity(segment: Segment) -> str:
    return fingerprint(segment.identity, fonts().edition, release())


def mix_sound(
    timeline: Timeline, source: musics.MusicSource | None, audio: GlobalAudio, style: SoundStyle, store: Storage
) -> mixing.Mix:
    """The whole sound of a film: the lines of the timeline over music from ``source``."""
    cuts_ms = [scene.start_ms for scene in timeline.scenes[1:]]
    bed = musics.bed(source, timeline.length_ms, cuts_ms, store) if source else None
    return mixing.mix(timeline, bed, style, store, target_lufs=audio.target_lufs)


def join_film(
    segments: Sequence[Segment], segment_keys: Sequence[str], mix_key: str, fps: Fraction, store: Storage
) -> tuple[JoinedFilm, bool]:
    """The film of these segments' files and this sound, joined by packet copy, and whether it existed."""

    def make(into: Path) -> None:
        parts = [(store.local(key), each.frames) for key, each in zip(segment_keys, segments, strict=True)]
        join(parts, fps, into, store.local(mix_key))

    identity = fingerprint("film", segment_keys, mix_key)
    key, existed = get_or_make(store, "film", identity, ".mp4", make)
    return JoinedFilm(key, identity, segment_keys, mix_key), existed


def measure_film(film: JoinedFilm, timeline: Timeline, segments: Sequence[Segment], store: Storage) -> dict[str, Any]:
    """The quality of a film as JSON-ready data. The same film is measured once."""

    def make(into: Path) -> None:
        _write_json(into, quality.measure(store.local(film.film), timeline, segments).as_dict())

    key, _ = get_or_make(store, "measured", film.identity, ".json", make)
    measured: dict[str, Any] = read_json(store, key)
    return measured


# -- files -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Artifacts:
    """Where the files of a run are put. Each method returns the name of its file."""

    run_id: str
    store: Storage

    def copy(self, key: str, name: str) -> str:
        self.store.copy(key, left_key(self.run_id, name))
        return name

    def write(self, name: str, make: Callable[[Path], None]) -> str:
        with self.store.writing(left_key(self.run_id, name)) as into:
            make(into)
        return name

    def write_text(self, name: str, text: str) -> str:
        return self.write(name, lambda into: _write(into, text))


def film_files(to: Artifacts, film: JoinedFilm, timeline: Timeline) -> list[str]:
    """The film and its thumbnail."""

    def make(into: Path) -> None:
        deliverables.thumbnail(to.store.local(film.film), timeline, into)

    thumbnail, _ = get_or_make(to.store, "thumbnail", film.identity, ".jpg", make)
    return [to.copy(film.film, "output.mp4"), to.copy(thumbnail, "thumbnail.jpg")]


def caption_files(to: Artifacts, timeline: Timeline) -> list[str]:
    """Subtitle files; none for a film without captions."""
    if not timeline.tracks.captions:
        return []
    return [
        to.write_text("captions.srt", subtitles.srt(timeline)),
        to.write_text("captions.vtt", subtitles.vtt(timeline)),
    ]


def voiceover_files(to: Artifacts, timeline: Timeline) -> list[str]:
    """The voice alone; none for a film in which nothing is spoken."""
    key = voice_track.voiceover(timeline, to.store)
    return [to.copy(key, "voiceover.mp3")] if key else []


def scene_files(to: Artifacts, segments: Sequence[Segment], segment_keys: Sequence[str]) -> list[str]:
    """A file for each scene: of an engine's video the clip itself, of all others the encoded segment."""
    names, claimed = [], to.store.claim(segment_keys)
    for segment, segment_key in zip(segments, segment_keys, strict=True):
        clip = segment.incoming.clip
        is_engine_video = clip.kind == "video" and not clip.key.startswith(ASSETS)
        # A segment's file that was lost since the film was joined is encoded again.
        own_key = segment_key if segment_key in claimed else encode_segment(segment, to.store)[0]
        names.append(to.copy(clip.key if is_engine_video else own_key, f"scenes/scene_{segment.scene_id}.mp4"))
    return names


def document_files(to: Artifacts, graph: SceneGraph, timeline: Timeline) -> list[str]:
    """The scene graph and the timeline, and both for editing programs."""
    names = [to.copy(run_key(to.run_id, name), name) for name in ("scene_graph.json", "timeline.json")]
    return [*names, to.write_text("timeline.otio", otio.otio(graph, timeline))]


def _write_json(into: Path, plain: Mapping[str, Any]) -> None:
    _write(into, json.dumps(plain, ensure_ascii=False, indent=1))


def _write(into: Path, text: str) -> None:
    into.write_text(text, encoding="utf-8")


# -- rows ------------------------------------------------------------------------------------------------------------


def artefact_rows(job_id: str, run_id: str, names: Sequence[str], store: Storage) -> list[dict[str, Any]]:
    """The columns of ``ArtefactRow`` for each file."""
    return [
        {"job_id": job_id, "run_id": run_id, **_file_columns(name, left_key(run_id, name), store)} for name in names
    ]


def _file_columns(name: str, key: str, store: Storage) -> dict[str, Any]:
    path = store.local(key)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "name": name,
        "key": key,
        "content_type": content_type(path.suffix),
        "bytes": path.stat().st_size,
        "sha256": digest,
    }


def replace_rows(run_id: str, rows: Sequence[dict[str, Any]]) -> None:
    """Stores the rows of a run's files, and removes those of an earlier try."""
    with transaction() as session:
        session.execute(delete(ArtefactRow).where(ArtefactRow.run_id == run_id))
        session.execute(insert(ArtefactRow), list(rows))


# -- of a run --------------------------------------------------------------------------------------------------------


def encoded(run: workspace.Run, segment: Segment) -> tuple[str, bool]:
    """The storage key of a segment's file, and whether it existed."""
    return encode_segment(segment, run.store)


def music_of(run: workspace.Run) -> musics.MusicSource | None:
    """Where the film's music comes from."""
    choice = run.graph.global_audio.music
    path = run.store.local(asset(choice.asset).key) if choice.asset else None
    return musics.source(choice, run.preset.sound.mood, run.graph.seed, path)


def mixed(run: workspace.Run) -> mixing.Mix:
    """The film's whole sound."""
    return mix_sound(run.timeline, music_of(run), run.graph.global_audio, run.preset.sound, run.store)


def joined(run: workspace.Run) -> tuple[JoinedFilm, bool]:
    """The film, segments and sound joined by packet copy, and whether it existed."""
    keys, mix = encoded_segments(run.segments, run.store), mixed(run)
    joined_film, existed = join_film(run.segments, keys, mix.key, run.timeline.fps, run.store)
    film = replace(joined_film, warnings=mix.warnings)
    run.keep("film.json", asdict(film))
    return film, existed


def left(run: workspace.Run) -> dict[str, Any]:
    """Makes all files of a run and measures its film; returns the files' names and what was measured."""
    film, timeline, segments = JoinedFilm(**run.note("film.json")), run.timeline, run.segments
    to = Artifacts(run.id, run.store)
    # Both read the whole film, in ffmpeg and not in Python: side by side they take the time of one.
    with ThreadPoolExecutor(1) as beside:
        measuring = beside.submit(measure_film, film, timeline, segments, run.store)
        names = [*film_files(to, film, timeline), *caption_files(to, timeline), *voiceover_files(to, timeline)]
        names += [*scene_files(to, segments, film.segments), *document_files(to, run.graph, timeline)]
        measured = measuring.result()
    facts = film_facts(run, film, measured)
    names.append(to.write("metadata.json", lambda into: _write_json(into, receipt(facts))))
    replace_rows(run.id, artefact_rows(run.job_id, run.id, names, run.store))
    put_before_people(run.job_id, run.id, names)
    return {"artefacts": names, "quality": measured}


def film_facts(run: workspace.Run, film: JoinedFilm, measured: Mapping[str, Any]) -> FilmFacts:
    """What the receipt of a run is about."""
    timings = timings_ms(run.job_id, run.id)
    return FilmFacts(
        job_id=run.job_id,
        run_id=run.id,
        graph=run.graph,
        timeline=run.timeline,
        clips=run.clips(),
        speech=run.speech,
        timings_ms=timings,
        quality=measured,
        sound_warnings=film.warnings,
    )
