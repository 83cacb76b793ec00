"""What the tasks of sound and film share: steps that read a run's workspace and call audio and assembly."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from typing import Any

from app.assets.resolve import asset
from app.jobs import workspace
from app.jobs.artifacts import artifact_columns, publish, replace_rows
from app.jobs.queries import timings_ms
from app.jobs.receipt import FilmFacts, receipt
from app.store.artifact_files import ArtifactFiles
from assembly.deliverables import caption_files, document_files, film_files, scene_files
from assembly.encode.film import JoinedFilm, join_film
from assembly.encode.segment_files import encode_segment, encoded_segments
from assembly.report.quality import measure_film
from audio.mixing import Mix
from audio.music import bed as musics
from audio.soundtrack import mix_sound, voiceover_files
from schemas.segment import Segment


def encode(run: workspace.Workspace, segment: Segment) -> tuple[str, bool]:
    """The storage key of a segment's file, and whether it existed."""
    return encode_segment(segment, run.store)


def music_of(run: workspace.Workspace) -> musics.MusicSource | None:
    """The source of the film's music; ``None`` for a film without."""
    choice = run.graph.global_audio.music
    path = run.store.local(asset(choice.asset).key) if choice.asset else None
    return musics.source(choice, run.preset.sound.mood, run.graph.seed, path)


def mix_of(run: workspace.Workspace) -> Mix:
    """The film's whole sound."""
    return mix_sound(run.timeline, music_of(run), run.graph.global_audio, run.preset.sound, run.store)


def join_run(run: workspace.Workspace) -> tuple[JoinedFilm, bool]:
    """The film, segments and sound joined by packet copy, and whether it existed."""
    keys, mix = encoded_segments(run.segments, run.store), mix_of(run)
    joined_film, existed = join_film(run.segments, keys, mix.key, run.timeline.fps, run.store)
    film = replace(joined_film, warnings=mix.warnings)
    run.write("film.json", asdict(film))
    return film, existed


def deliver_film(run: workspace.Workspace) -> dict[str, Any]:
    """Make and publish all artifacts of a run and measure its film; return their names and the measurements."""
    film, timeline, segments = JoinedFilm(**run.read("film.json")), run.timeline, run.segments
    to = ArtifactFiles(run.id, run.store)
    # Both read the whole film, in ffmpeg and not in Python: side by side they take the time of one.
    with ThreadPoolExecutor(1) as beside:
        measuring = beside.submit(measure_film, film, timeline, segments, run.store)
        names = [*film_files(to, film, timeline), *caption_files(to, timeline), *voiceover_files(to, timeline)]
        names += [*scene_files(to, segments, film.segments), *document_files(to, run.graph, timeline)]
        quality = measuring.result()
    names.append(to.write_json("metadata.json", receipt(film_facts(run, film, quality))))
    replace_rows(run.id, artifact_columns(run.job_id, run.id, names, run.store))
    publish(run.job_id, run.id, names)
    return {"artefacts": names, "quality": quality}


def film_facts(run: workspace.Workspace, film: JoinedFilm, quality: Mapping[str, Any]) -> FilmFacts:
    """What the receipt of a run reports."""
    timings = timings_ms(run.job_id, run.id)
    return FilmFacts(
        job_id=run.job_id,
        run_id=run.id,
        graph=run.graph,
        timeline=run.timeline,
        clips=run.clips(),
        speech=run.speech,
        timings_ms=timings,
        quality=quality,
        sound_warnings=film.warnings,
    )
