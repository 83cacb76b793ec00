"""How a run's parts become what the job leaves: the roof is the only place where sound and picture meet."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import delete

from app import runs
from app.assets import asset
from app.core import db
from app.core.ffmpeg import release
from app.core.models import ArtefactRow
from app.jobs import put_before_people
from app.store.cache import get_or_make
from app.store.json_files import read_json
from app.store.keys import cache_key, left_key
from app.views import timings_ms
from assembly import deliverables, exchange, quality, subtitles
from assembly.compose import compose
from assembly.fonts import fonts
from assembly.join import join
from audio import mixing, voicetrack
from audio import music as musics
from schemas.clip import ClipSchema
from schemas.contract import fingerprint
from schemas.segment import SEGMENT_VERSION, Segment

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
    return get_or_make(run.store, "segment", _identity(segment), ".mp4", lambda into: compose(segment, run.store, into))


def _all_encoded(run: runs.Run) -> list[str]:
    """The storage keys of all segments' films, asked for at once; one that is not there any more is made again."""
    segments = run.segments
    keys = [cache_key("segment", _identity(segment), ".mp4") for segment in segments]
    found = run.store.claim(keys)
    return [key if key in found else encoded(run, each)[0] for key, each in zip(keys, segments, strict=True)]


def _identity(segment: Segment) -> str:
    return fingerprint(segment.identity, fonts().edition, release())


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
    segments, mix = _all_encoded(run), mixed(run).key

    def make(into: Path) -> None:
        parts = [(run.store.local(key), each.frames) for key, each in zip(segments, run.segments, strict=True)]
        join(parts, run.timeline.fps, into, run.store.local(mix))

    identity = fingerprint("film", segments, mix)
    key, reused = get_or_make(run.store, "film", identity, ".mp4", make)
    # Named, so that what this film is made of stays as long as the film does.
    run.keep("film.json", {"film": key, "identity": identity, "segments": segments, "mix": mix})
    return key, reused


def left(run: runs.Run) -> dict[str, Any]:
    """Everything a run leaves; returns the names and what was measured."""
    # Both look through the whole film, in ffmpeg and not in Python: side by side they take the time of one.
    with ThreadPoolExecutor(1) as beside:
        measuring = beside.submit(_measured, run)
        names = [*_film(run), *_words(run), *_scenes(run), *_papers(run)]
        measured = measuring.result()
    names.append(_keep(run, "metadata.json", lambda into: _write_json(into, _receipt(run, measured))))
    _remember(run, names)
    put_before_people(run.job_id, run.id, names)
    return {"artefacts": names, "quality": measured}


def _measured(run: runs.Run) -> dict[str, Any]:
    """The same film is measured once."""
    film = run.note("film.json")

    def make(into: Path) -> None:
        _write_json(into, quality.measure(run.store.local(film["film"]), run.timeline, run.segments).as_dict())

    key, _ = get_or_make(run.store, "measured", film["identity"], ".json", make)
    found: dict[str, Any] = read_json(run.store, key)
    return found


def _film(run: runs.Run) -> list[str]:
    film = run.note("film.json")

    def make(into: Path) -> None:
        deliverables.thumbnail(run.store.local(film["film"]), run.timeline, into)

    thumbnail, _ = get_or_make(run.store, "thumbnail", film["identity"], ".jpg", make)
    return [_link(run, film["film"], "output.mp4"), _link(run, thumbnail, "thumbnail.jpg")]


def _words(run: runs.Run) -> list[str]:
    names = []
    if run.timeline.tracks.captions:
        names.append(_keep(run, "captions.srt", lambda into: _write(into, subtitles.srt(run.timeline))))
        names.append(_keep(run, "captions.vtt", lambda into: _write(into, subtitles.vtt(run.timeline))))
    if spoken := voicetrack.voiceover(run.timeline, run.store):
        names.append(_link(run, spoken, "voiceover.mp3"))
    return names


def _scenes(run: runs.Run) -> list[str]:
    """A still scene's file is its segment as cut; an engine's clip is left as it came."""
    names = []
    for segment, encoded_key in zip(run.segments, _all_encoded(run), strict=True):
        clip = segment.incoming.clip
        came = clip.kind == "video" and not clip.key.startswith("assets/")
        key = clip.key if came else encoded_key
        names.append(_link(run, key, f"scenes/scene_{segment.scene_id}.mp4"))
    return names


def _papers(run: runs.Run) -> list[str]:
    papers = [_link(run, run.key(name), name) for name in ("scene_graph.json", "timeline.json")]
    otio = _keep(run, "timeline.otio", lambda into: _write(into, exchange.otio(run.graph, run.timeline)))
    return [*papers, otio]


def _receipt(run: runs.Run, measured: dict[str, Any]) -> dict[str, Any]:
    """What was measured is written; what was not is absent, never assumed."""
    clips = run.clips()
    return {
        "job_id": run.job_id,
        "run_id": run.id,
        "versions": {"pytoon": version("pytoon-studio"), "segment": SEGMENT_VERSION},
        "preset": run.graph.preset_id,
        "seed": run.graph.seed,
        "language": run.graph.language,
        "scenes": [_scene_receipt(run, clips[scene.id]) for scene in run.graph.scenes],
        "voice": [
            {"scene": line.scene_id, "voice": line.voice, "voice_id": line.voice_id, "word_times": line.method}
            for line in run.speech.lines
        ],
        "money": {"spent_usd": round(sum(clip.cost_usd for clip in clips.values()), 4)},
        "timings_ms": timings_ms(run.job_id, run.id),
        "warnings": [*run.speech.warnings, *(warning for clip in clips.values() for warning in clip.warnings)],
        "quality": measured,
    }


def _scene_receipt(run: runs.Run, clip: Any) -> dict[str, Any]:
    plain = ClipSchema.plain(clip)
    facts = {name: plain[name] for name in ("engine", "kind", "seed", "take", "cost_usd", "steps_down")}
    return {"id": clip.scene_id, **facts, "frames": run.timeline.scene(clip.scene_id).frames}


def _keep(run: runs.Run, name: str, make: Callable[[Path], None]) -> str:
    with run.store.writing(left_key(run.id, name)) as into:
        make(into)
    return name


def _link(run: runs.Run, key: str, name: str) -> str:
    run.store.copy(key, left_key(run.id, name))
    return name


def _write_json(into: Path, plain: dict[str, Any]) -> None:
    _write(into, json.dumps(plain, ensure_ascii=False, indent=1))


def _write(into: Path, text: str) -> None:
    into.write_text(text, encoding="utf-8")


def _remember(run: runs.Run, names: list[str]) -> None:
    rows = [_row(run, name) for name in names]
    with db.session() as session:
        session.execute(delete(ArtefactRow).where(ArtefactRow.run_id == run.id))
        session.add_all(rows)


def _row(run: runs.Run, name: str) -> ArtefactRow:
    key = left_key(run.id, name)
    path = run.store.local(key)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return ArtefactRow(
        job_id=run.job_id,
        run_id=run.id,
        name=name,
        key=key,
        content_type=CONTENT_TYPES[path.suffix],
        bytes=path.stat().st_size,
        sha256=digest,
    )
