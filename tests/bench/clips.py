"""A film of video clips, as engines and users deliver them, at 720p."""

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
from assembly.picture.source import decode_packets, use_one_thread
from schemas.scene_graph import Media
from schemas.segment import Encoding, Segment
from tests.bench import limit
from tests.bench.clock import measure_usage
from tests.bench.figures import Figure
from tests.bench.photos import photo
from tests.bench.pipeline import make_clips, make_film, run_on_each, silent_request, worker_pool
from tests.bench.rows import add_asset, insert_job

# Close to what generators and phones encode with.
SOURCE_ENCODING = Encoding("fast", 18)


def measure(short: bool) -> list[Figure]:
    migrate()
    count, scene_ms = (4, 2000) if short else (12, 5000)
    photos = [add_asset(photo(number), "photo.jpg") for number in range(count)]
    with worker_pool() as pool:
        source = insert_job(silent_request(photos, scene_ms + 500, "low"))
        make_clips(source, pool)
        plain = [_without_text(segment) for segment in workspace.open_workspace(source).segments]
        clips = [_clip(segment) for segment in plain]
        request = silent_request(clips, scene_ms, "low")
        request = replace(
            request, scenes=tuple(replace(s, media=Media("video", s.media.asset)) for s in request.scenes)
        )
        run_id = insert_job(request)
        cost = make_film(run_id, pool)
        jobs = [(segment, _raw_path(segment)) for segment in workspace.open_workspace(run_id).segments]
        run_on_each(pool, limit.write_frames, jobs)
        x264_alone = run_on_each(pool, limit.encode_frames, jobs)
        decoding = run_on_each(pool, _decode, [segment for segment, _ in jobs])
    compose_s, note = cost.cpu_s["segments"], f"720p, {count} scenes"
    decode_and_x264_s = decoding.cpu_s + x264_alone.cpu_s
    return [
        Figure("clips, compose ÷ x264 alone, CPU", compose_s / x264_alone.cpu_s, "×", 1.35, note=note),
        Figure("clips, compose ÷ decoding and x264 alone, CPU", compose_s / decode_and_x264_s, "×", note=note),
    ]


def _without_text(segment: Segment) -> Segment:
    return replace(segment, cues=(), outgoing=None, transition="cut", encoding=SOURCE_ENCODING)


def _clip(segment: Segment) -> str:
    path = settings().home / f"clip-{segment.index}.mp4"
    compose(segment, storage(), path)
    return add_asset(path.read_bytes(), "clip.mp4")


def _decode(segment: Segment) -> float:
    """Decode a segment's clips from their beginning, and nothing else; return the CPU seconds."""
    with measure_usage() as usage:
        for strip in filter(None, (segment.incoming, segment.outgoing)):
            with open_av(storage().local(strip.clip.key)) as file:
                use_one_thread(file.streams.video[0])
                for _ in islice(decode_packets(file.demux(video=0)), strip.first + strip.frames):
                    pass
    return usage.cpu_s


def _raw_path(segment: Segment) -> Path:
    folder = settings().home / "raw"
    folder.mkdir(exist_ok=True)
    return folder / f"{segment.index:03}.yuv"
