"""A film of clips, as engines and users give them, at 720p."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path

from app.core.config import settings
from app.database.session import migrate
from app.jobs import workspace
from app.media.av_open import open_av
from app.store.factory import storage
from assembly.encode.compose import compose
from assembly.picture.source import decoded, use_one_thread
from schemas.scene_graph import Media
from schemas.segment import Encoding, Segment
from tests.bench import limit
from tests.bench.clock import spending
from tests.bench.figures import Figure
from tests.bench.film import crew, each, made, shot, silent
from tests.bench.photos import photo
from tests.bench.rows import kept, stored

# About what generators and phones hand over.
AS_IT_COMES = Encoding("fast", 18)


def measure(short: bool) -> list[Figure]:
    migrate()
    count, scene_ms = (4, 2000) if short else (12, 5000)
    photos = [kept(photo(number), "photo.jpg") for number in range(count)]
    with crew() as pool:
        source = stored(silent(photos, scene_ms + 500, "low"))
        shot(source, pool)
        plain = [_without_letters(segment) for segment in workspace.open_workspace(source).segments]
        clips = [_clip(segment) for segment in plain]
        request = silent(clips, scene_ms, "low")
        request = replace(
            request, scenes=tuple(replace(s, media=Media("video", s.media.asset)) for s in request.scenes)
        )
        run_id = stored(request)
        bill = made(run_id, pool)
        jobs = [(segment, _raw(segment)) for segment in workspace.open_workspace(run_id).segments]
        each(pool, limit.dumped, jobs)
        alone = each(pool, limit.encoded, jobs)
        read = each(pool, _read, [segment for segment, _ in jobs])
    spent_s, note = bill.cpu_s["segments"], f"720p, {count} scenes"
    return [
        Figure("clips, compose ÷ x264 alone, CPU", spent_s / alone.cpu_s, "×", 1.35, note=note),
        Figure("clips, compose ÷ decoding and x264 alone, CPU", spent_s / (read.cpu_s + alone.cpu_s), "×", note=note),
    ]


def _without_letters(segment: Segment) -> Segment:
    return replace(segment, cues=(), outgoing=None, transition="cut", encoding=AS_IT_COMES)


def _clip(segment: Segment) -> str:
    path = settings().home / f"clip-{segment.index}.mp4"
    compose(segment, storage(), path)
    return kept(path.read_bytes(), "clip.mp4")


def _read(segment: Segment) -> float:
    """The CPU seconds of decoding a segment's clips from their beginning, and nothing else."""
    with spending() as spent:
        for strip in filter(None, (segment.incoming, segment.outgoing)):
            with open_av(storage().local(strip.clip.key)) as file:
                use_one_thread(file.streams.video[0])
                for _ in islice(decoded(file.demux(video=0)), strip.first + strip.frames):
                    pass
    return spent.cpu_s


def _raw(segment: Segment) -> Path:
    folder = settings().home / "raw"
    folder.mkdir(exist_ok=True)
    return folder / f"{segment.index:03}.yuv"
