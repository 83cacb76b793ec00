"""A film of photographs at 1080p: its cost relative to x264 alone, the cost of an edit, the cost of segments."""

from __future__ import annotations

import re
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

from app.core.config import settings
from app.database.session import migrate
from app.jobs import workspace
from app.media.ffmpeg import Command, run
from assembly.encode.join import join
from schemas.segment import Segment
from tests.bench import limit
from tests.bench.figures import Figure
from tests.bench.photos import photo
from tests.bench.pipeline import Cost, make_film, run_on_each, silent_request, worker_pool
from tests.bench.rows import add_asset, insert_job

SCENES = 12


def measure(short: bool) -> list[Figure]:
    migrate()
    photos = [add_asset(photo(number), "photo.jpg") for number in range(SCENES)]
    request = silent_request(photos, 2000 if short else 5000, "medium")
    with worker_pool() as pool:
        run_id = insert_job(request)
        whole = make_film(run_id, pool)
        edit = _make_edit(run_id, pool)
        segments = workspace.open_workspace(run_id).segments
        raws = _write_raws(segments, pool)
        x264_alone = run_on_each(pool, limit.encode_frames, raws)
    cpu_ratio, wall_ratio = whole.total_cpu_s / x264_alone.cpu_s, whole.wall_s / x264_alone.wall_s
    note = "short scenes: what each costs once weighs more" if short else "12 scenes of 5 s"
    return [
        Figure("stills, whole job ÷ x264 alone, CPU", cpu_ratio, "×", 1.15, note=_cpu_by_step(whole, note)),
        Figure("stills, without delivery ÷ x264 alone, CPU", _undelivered_s(whole) / x264_alone.cpu_s, "×"),
        Figure("stills, whole job ÷ x264 alone, wall, 2 workers", wall_ratio, "×", 1.2),
        Figure(
            "caption edit ÷ whole job, CPU",
            edit.total_cpu_s / whole.total_cpu_s,
            "×",
            1 / 8,
            note=_cpu_by_step(edit),
        ),
        Figure("caption edit, without delivery", _undelivered_s(edit) / _undelivered_s(whole), "×"),
        *_segments_against_one_encode(segments, tuple(raw for _, raw in raws), 10 if short else 4),
    ]


def _undelivered_s(cost: Cost) -> float:
    """CPU seconds without delivery, whose cost is the same however few segments are new."""
    return cost.total_cpu_s - cost.cpu_s["deliver"]


def _make_edit(run_id: str, pool: ProcessPoolExecutor) -> Cost:
    """Make the same film with another caption in its middle scene, as a new run of the job does."""
    before = workspace.open_workspace(run_id)
    scene = before.graph.scenes[SCENES // 2]
    graph = before.graph.with_scene(replace(scene, caption="One caption is new"))
    return make_film(insert_job(before.request, graph), pool)


def _write_raws(segments: tuple[Segment, ...], pool: ProcessPoolExecutor) -> list[tuple[Segment, Path]]:
    folder = settings().home / "raw"
    folder.mkdir(exist_ok=True)
    jobs = [(segment, folder / f"{segment.index:03}.yuv") for segment in segments]
    run_on_each(pool, limit.write_frames, jobs)
    return jobs


def _cpu_by_step(cost: Cost, note: str = "") -> str:
    parts = [f"{step} {cpu_s:.1f}" for step, cpu_s in cost.cpu_s.items() if cpu_s >= 0.05]
    return f"{note + '; ' if note else ''}CPU s: {', '.join(parts)}"


# -- segments against one encode -------------------------------------------------------------------------------------


def _segments_against_one_encode(segments: tuple[Segment, ...], raws: tuple[Path, ...], subsample: int) -> list[Figure]:
    folder = raws[0].parent
    one, joined = folder / "one.mp4", folder / "joined.mp4"
    run(limit.encode_command(segments[0], raws, one))
    parts = [(raw.with_suffix(".limit.mp4"), segment.frames) for raw, segment in zip(raws, segments, strict=True)]
    join(parts, segments[0].fps, joined)
    growth = joined.stat().st_size / one.stat().st_size - 1
    vmaf_loss = _vmaf(one, raws, segments[0], subsample) - _vmaf(joined, raws, segments[0], subsample)
    note = f"a cut every {_mean_segment_s(segments)} s"
    return [
        Figure("segments against one encode, bytes", 100 * growth, "%", 3, note=note),
        Figure("segments against one encode, VMAF lost", vmaf_loss, "", 0.3),
    ]


def _mean_segment_s(segments: tuple[Segment, ...]) -> float:
    return round(float(sum(segment.frames for segment in segments) / segments[0].fps) / len(segments), 1)


def _vmaf(film: Path, raws: tuple[Path, ...], segment: Segment, subsample: int) -> float:
    """The mean VMAF (v0.6.1) of every ``subsample``-th frame against the raw frames."""
    shape = ("-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{segment.width}x{segment.height}", "-framerate")
    source = "concat:" + "|".join(str(raw) for raw in raws)
    graph = f"[0:v]settb=1/30,setpts=N[a];[1:v]settb=1/30,setpts=N[b];[a][b]libvmaf=n_threads=2:n_subsample={subsample}"
    args = ("-i", str(film), *shape, str(segment.fps), "-i", source, "-lavfi", graph, "-f", "null", "-")
    score = re.search(r"VMAF score: ([\d.]+)", run(Command("vmaf", args)))
    if score is None:
        raise RuntimeError("ffmpeg reported no VMAF score")
    return float(score[1])
