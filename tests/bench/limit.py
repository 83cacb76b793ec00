"""The lower limit of cost: x264 alone on the finished frames, with the segment's own settings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.media.ffmpeg import Command, run
from app.store.factory import storage
from assembly.encode.compose import compose
from assembly.encode.encoder import raw_input, x264
from schemas.segment import Encoding, Segment
from tests.bench.clock import measure_usage

# Lossless x264: decoding returns the input bit by bit.
LOSSLESS = Encoding("ultrafast", 0)


def write_frames(job: tuple[Segment, Path]) -> float:
    """Write a segment's finished frames, text included, as raw I420; return the CPU seconds."""
    segment, into = job
    with measure_usage() as usage:
        lossless = into.with_suffix(".mp4")
        compose(replace(segment, encoding=LOSSLESS), storage(), lossless)
        run(Command("dump", ("-v", "error", "-i", str(lossless), "-f", "rawvideo", "-pix_fmt", "yuv420p", str(into))))
        lossless.unlink()
    return usage.cpu_s


def encode_frames(job: tuple[Segment, Path]) -> float:
    """Encode a segment's raw frames with its own settings, and nothing else; return the CPU seconds."""
    segment, raw = job
    with measure_usage() as usage:
        run(encode_command(segment, (raw,), raw.with_suffix(".limit.mp4")))
    return usage.cpu_s


def encode_command(segment: Segment, raws: tuple[Path, ...], into: Path) -> Command:
    """One encode of the raw files, one after the other, with the segment's settings."""
    args = list(raw_input(segment.width, segment.height, segment.fps))
    args[-1] = "concat:" + "|".join(str(raw) for raw in raws)
    return Command("encode", ("-v", "error", *args, "-an", *x264(segment.encoding, segment.fps), str(into)))
