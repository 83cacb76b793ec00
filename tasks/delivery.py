"""How a run's parts become what the job leaves: the roof is the only place where sound and picture meet."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert

from app import runs
from app.assets import asset
from app.core import db
from app.core.cache import kept
from app.core.ffmpeg import release
from app.core.models import ArtefactRow
from app.core.storage import Storage, left_key, read_json
from app.jobs import put_before_people
from app.views import timings_ms
from assembly import deliverables, exchange, quality, subtitles
from assembly.compose import compose
from assembly.fonts import fonts
from assembly.join import join
from audio import mixing, voicetrack
from audio import music as musics
from schemas.contract import fingerprint
from schemas.segment import Segment
from schemas.timeline import Timeline
from tasks.receipt import Made, receipt

CONTENT_TYPES = {
    ".mp4": "video/mp4",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".srt": "application/x-subrip",
    ".vtt": "text/vtt",
    ".mp3": "audio/mpeg",
    ".otio": "application/json",
}


def encoded(run: runs.Run, segment: Segment) -> tuple[str, bool]:
    """The storage key of a segment's film, and whether it was there already."""
    identity = fingerprint(segment.identity, fonts().edition, release())
    return kept(run.store, "segment", identity, ".mp4", lambda into: compose(segment, run.store, into))


def music_of(run: runs.Run) -> musics.MusicSource | None:
    """Where the film's music comes from."""
    choice = run.graph.global_audio.music
    path = run.store.local(asset(choice.asset).key) if choice.asset else None
    return musics.source(choice, run.preset.sound.mood, run.graph.seed, path)


def mixed(run: runs.Run) -> mixing.Mix:
    """The film's whole sound."""
    timeline, source = run.timeline, music_of(run)
    cuts_ms = [scene.start_ms for scene in timeline.scenes[1:]]
    bed = musics.bed(source, timeline.length_ms, cuts_ms, run.store) if source else None
    wanted = run.graph.global_audio
    return mixing.mix(
        timeline, bed, run.preset.sound, run.store, music_db=wanted.music_db, target_lufs=wanted.target_lufs
    )


def joined(run: runs.Run) -> tuple[str, bool]:
    """The storage key of the whole film, segments and sound by packet copy, and whether it was there already."""
    segments, mix = [encoded(run, segment)[0] for segment in run.segments], mixed(run).key

    def make(into: Path) -> None:
        parts = [(run.store.local(key), each.frames) for key, each in zip(segments, run.segments, strict=True)]
        join(parts, run.timeline.fps, into, run.store.local(mix))

    identity = fingerprint("film", segments, mix)
    key, reused = kept(run.store, "film", identity, ".mp4", make)
    # Named, so that what this film is made of stays as long as the film does.
    run.keep("film.json", {"film": key, "identity": identity, "segments": segments, "mix": mix})
    return key, reused


# -- what a run leaves -----------------------------------------------------------------------------------------------


def left(run: runs.Run) -> dict[str, Any]:
    """Everything a run leaves; returns the names and what was measured."""
    film, timeline, segments = run.note("film.json"), run.timeline, run.segments
    # Both look through the whole film, in ffmpeg and not in Python: side by side they take the time of one.
    with ThreadPoolExecutor(1) as beside:
        measuring = beside.submit(measured, run.store, film, timeline, segments)
        names = [*film_files(run, film), *spoken_files(run), *scene_files(run, film["segments"]), *documents(run)]
        found = measuring.result()
    names.append(_keep(run, "metadata.json", lambda into: _write_json(into, receipt(made(run, found)))))
    replace_rows(run.id, artefact_rows(run.job_id, run.id, names, run.store))
    put_before_people(run.job_id, run.id, names)
    return {"artefacts": names, "quality": found}


def made(run: runs.Run, measured_quality: Mapping[str, Any]) -> Made:
    """What the receipt of a run is about."""
    timings = timings_ms(run.job_id, run.id)
    return Made(run.job_id, run.id, run.graph, run.timeline, run.clips(), run.speech, timings, measured_quality)


def measured(
    store: Storage, film: Mapping[str, Any], timeline: Timeline, segments: Sequence[Segment]
) -> dict[str, Any]:
    """The quality of ``film`` (as in ``film.json``). The same film is measured once."""

    def make(into: Path) -> None:
        _write_json(into, quality.measure(store.local(film["film"]), timeline, segments).as_dict())

    key, _ = kept(store, "measured", film["identity"], ".json", make)
    found: dict[str, Any] = read_json(store, key)
    return found


def film_files(run: runs.Run, film: Mapping[str, Any]) -> list[str]:
    def make(into: Path) -> None:
        deliverables.thumbnail(run.store.local(film["film"]), run.timeline, into)

    thumbnail, _ = kept(run.store, "thumbnail", film["identity"], ".jpg", make)
    return [_link(run, film["film"], "output.mp4"), _link(run, thumbnail, "thumbnail.jpg")]


def spoken_files(run: runs.Run) -> list[str]:
    names = []
    if run.timeline.tracks.captions:
        names.append(_keep(run, "captions.srt", lambda into: _write(into, subtitles.srt(run.timeline))))
        names.append(_keep(run, "captions.vtt", lambda into: _write(into, subtitles.vtt(run.timeline))))
    if spoken := voicetrack.voiceover(run.timeline, run.store):
        names.append(_link(run, spoken, "voiceover.mp3"))
    return names


def scene_files(run: runs.Run, segment_keys: Sequence[str]) -> list[str]:
    """A still scene's file is its segment as encoded; an engine's clip is left as it came."""
    names = []
    for segment, encoded_key in zip(run.segments, segment_keys, strict=True):
        clip = segment.incoming.clip
        came = clip.kind == "video" and not clip.key.startswith("assets/")
        key = clip.key if came else _still_there(run, segment, encoded_key)
        names.append(_link(run, key, f"scenes/scene_{segment.scene_id}.mp4"))
    return names


def _still_there(run: runs.Run, segment: Segment, key: str) -> str:
    """The key of a segment's film, which is encoded again when its file was lost since the film was joined."""
    return key if run.store.has(key) else encoded(run, segment)[0]


def documents(run: runs.Run) -> list[str]:
    names = [_link(run, run.key(name), name) for name in ("scene_graph.json", "timeline.json")]
    otio = _keep(run, "timeline.otio", lambda into: _write(into, exchange.otio(run.graph, run.timeline)))
    return [*names, otio]


def _keep(run: runs.Run, name: str, make: Callable[[Path], None]) -> str:
    with run.store.writing(left_key(run.id, name)) as into:
        make(into)
    return name


def _link(run: runs.Run, key: str, name: str) -> str:
    run.store.link(key, left_key(run.id, name))
    return name


def _write_json(into: Path, plain: dict[str, Any]) -> None:
    _write(into, json.dumps(plain, ensure_ascii=False, indent=1))


def _write(into: Path, text: str) -> None:
    into.write_text(text, encoding="utf-8")


# -- rows ------------------------------------------------------------------------------------------------------------


def replace_rows(run_id: str, rows: Sequence[dict[str, Any]]) -> None:
    """Stores the rows of a run's files, and removes those of an earlier try."""
    with db.session() as session:
        session.execute(delete(ArtefactRow).where(ArtefactRow.run_id == run_id))
        session.execute(insert(ArtefactRow), list(rows))


def artefact_rows(job_id: str, run_id: str, names: Sequence[str], store: Storage) -> list[dict[str, Any]]:
    """The columns of ``ArtefactRow`` for each file."""
    return [{"job_id": job_id, "run_id": run_id, **_facts(name, left_key(run_id, name), store)} for name in names]


def _facts(name: str, key: str, store: Storage) -> dict[str, Any]:
    path = store.local(key)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    content_type = CONTENT_TYPES[path.suffix]
    return {
        "name": name,
        "key": key,
        "content_type": content_type,
        "bytes": path.stat().st_size,
        "sha256": digest,
    }
