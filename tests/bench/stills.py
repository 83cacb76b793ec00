"""A film of photographs at 1080p: what it costs beside x264 alone, what an edit costs, what cutting it up costs."""

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
from tests.bench.film import Bill, crew, each, made, silent
from tests.bench.photos import photo
from tests.bench.rows import kept, stored

SCENES = 12


def measure(short: bool) -> list[Figure]:
    migrate()
    photos = [kept(photo(number), "photo.jpg") for number in range(SCENES)]
    request = silent(photos, 2000 if short else 5000, "medium")
    with crew() as pool:
        run_id = stored(request)
        whole = made(run_id, pool)
        edit = _edited(run_id, pool)
        segments = workspace.open_workspace(run_id).segments
        raws = _raws(segments, pool)
        alone = each(pool, limit.encoded, raws)
    note = "short scenes: what each costs once weighs more" if short else "12 scenes of 5 s"
    return [
        Figure(
            "stills, whole job ÷ x264 alone, CPU", whole.whole_s / alone.cpu_s, "×", 1.15, note=_shares(whole, note)
        ),
        Figure("stills, without delivery ÷ x264 alone, CPU", _undelivered_s(whole) / alone.cpu_s, "×"),
        Figure("stills, whole job ÷ x264 alone, wall, 2 workers", whole.wall_s / alone.wall_s, "×", 1.2),
        Figure("caption edit ÷ whole job, CPU", edit.whole_s / whole.whole_s, "×", 1 / 8, note=_shares(edit)),
        Figure("caption edit, without delivery", _undelivered_s(edit) / _undelivered_s(whole), "×"),
        *_against_one(segments, tuple(raw for _, raw in raws), 10 if short else 4),
    ]


def _undelivered_s(bill: Bill) -> float:
    """Without what is made and measured of the finished film, which costs the same however little is new in it."""
    return bill.whole_s - bill.cpu_s["deliver"]


def _edited(run_id: str, pool: ProcessPoolExecutor) -> Bill:
    """The same film with another caption in its middle, as a new run of the job would make it."""
    before = workspace.open_workspace(run_id)
    scene = before.graph.scenes[SCENES // 2]
    graph = before.graph.with_scene(replace(scene, caption="One caption is new"))
    return made(stored(before.request, graph), pool)


def _raws(segments: tuple[Segment, ...], pool: ProcessPoolExecutor) -> list[tuple[Segment, Path]]:
    folder = settings().home / "raw"
    folder.mkdir(exist_ok=True)
    jobs = [(segment, folder / f"{segment.index:03}.yuv") for segment in segments]
    each(pool, limit.dumped, jobs)
    return jobs


def _shares(bill: Bill, note: str = "") -> str:
    parts = [f"{step} {cpu_s:.1f}" for step, cpu_s in bill.cpu_s.items() if cpu_s >= 0.05]
    return f"{note + '; ' if note else ''}CPU s: {', '.join(parts)}"


# -- segments against one encode -------------------------------------------------------------------------------------


def _against_one(segments: tuple[Segment, ...], raws: tuple[Path, ...], every: int) -> list[Figure]:
    folder = raws[0].parent
    one, joined = folder / "one.mp4", folder / "joined.mp4"
    run(limit.encoding(segments[0], raws, one))
    parts = [(raw.with_suffix(".limit.mp4"), segment.frames) for raw, segment in zip(raws, segments, strict=True)]
    join(parts, segments[0].fps, joined)
    more = joined.stat().st_size / one.stat().st_size - 1
    loss = _vmaf(one, raws, segments[0], every) - _vmaf(joined, raws, segments[0], every)
    return [
        Figure("segments against one encode, bytes", 100 * more, "%", 3, note=f"a cut every {_apart_s(segments)} s"),
        Figure("segments against one encode, VMAF lost", loss, "", 0.3),
    ]


def _apart_s(segments: tuple[Segment, ...]) -> float:
    return round(float(sum(segment.frames for segment in segments) / segments[0].fps) / len(segments), 1)


def _vmaf(film: Path, raws: tuple[Path, ...], segment: Segment, every: int) -> float:
    """VMAF (v0.6.1), the mean of every n-th frame, against the frames that went in."""
    shape = ("-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{segment.width}x{segment.height}", "-framerate")
    source = "concat:" + "|".join(str(raw) for raw in raws)
    graph = f"[0:v]settb=1/30,setpts=N[a];[1:v]settb=1/30,setpts=N[b];[a][b]libvmaf=n_threads=2:n_subsample={every}"
    args = ("-i", str(film), *shape, str(segment.fps), "-i", source, "-lavfi", graph, "-f", "null", "-")
    found = re.search(r"VMAF score: ([\d.]+)", run(Command("vmaf", args)))
    if found is None:
        raise RuntimeError("ffmpeg told no VMAF score")
    return float(found[1])
