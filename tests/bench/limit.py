"""The limit: x264 alone on the finished frames, with the segment's own settings; no film can cost less."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.media.ffmpeg import Command, run
from app.store.factory import storage
from assembly.encode.compose import compose
from assembly.encode.encoder import raw_input, x264
from schemas.segment import Encoding, Segment
from tests.bench.clock import spending

# x264 without loss: what it gives back is what went in, bit by bit.
LOSSLESS = Encoding("ultrafast", 0)


def dumped(job: tuple[Segment, Path]) -> float:
    """Writes a segment's finished frames, letters and all, as raw I420; returns the CPU seconds that took."""
    segment, into = job
    with spending() as spent:
        exact = into.with_suffix(".mp4")
        compose(replace(segment, encoding=LOSSLESS), storage(), exact)
        run(Command("dump", ("-v", "error", "-i", str(exact), "-f", "rawvideo", "-pix_fmt", "yuv420p", str(into))))
        exact.unlink()
    return spent.cpu_s


def encoded(job: tuple[Segment, Path]) -> float:
    """Encodes a segment's raw frames as the house does, and nothing else; returns its CPU seconds."""
    segment, raw = job
    with spending() as spent:
        run(encoding(segment, (raw,), raw.with_suffix(".limit.mp4")))
    return spent.cpu_s


def encoding(segment: Segment, raws: tuple[Path, ...], into: Path) -> Command:
    """One encode of raw frames, one file after the other, with the segment's settings."""
    args = list(raw_input(segment.width, segment.height, segment.fps))
    args[-1] = "concat:" + "|".join(str(raw) for raw in raws)
    return Command("encode", ("-v", "error", *args, "-an", *x264(segment.encoding, segment.fps), str(into)))
