"""x264 as the house sets it: what segments share so that they can be joined by packet copy."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import ffmpeg

from app.core.config import settings
from app.media.ffmpeg import Command
from assembly.text import ass
from assembly.text.fonts import Fonts
from schemas.segment import Encoding, Segment

# Tagged on both sides: untagged input with tagged output makes ffmpeg convert from BT.601.
TAGS = ("-color_range", "tv", "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709")
# Encoding slower than this has stalled.
SLOWEST_FPS = 0.2
START_S = 300.0


def timescale(fps: Fraction) -> int:
    """Ticks a second in which every frame lasts a whole number of ticks (30 fps: 30000, 30000/1001: 30000)."""
    rate = fps.numerator
    return rate * 1000 if rate < 1000 else rate


def ticks(fps: Fraction) -> int:
    """The length of one frame in ticks of ``timescale(fps)``."""
    return int(timescale(fps) / fps)


def raw_input(width: int, height: int, fps: Fraction) -> tuple[str, ...]:
    """Frames by standard input: I420, BT.709, limited range."""
    shape = ("-s", f"{width}x{height}", "-framerate", f"{fps.numerator}/{fps.denominator}")
    return ("-f", "rawvideo", "-pix_fmt", "yuv420p", *TAGS, *shape, "-i", "pipe:0")


def x264(encoding: Encoding, fps: Fraction) -> tuple[str, ...]:
    """One thread unless the operator says more: segments run side by side, and a thread each is what costs least."""
    threads = settings().encoder_threads or 1
    stitchable = f"stitchable=1:keyint={encoding.keyint}"
    chosen = ("-preset", encoding.x264_preset, "-crf", str(encoding.crf), "-pix_fmt", "yuv420p")
    running = ("-x264-params", stitchable, "-threads:v", str(threads))
    return ("-c:v", "libx264", *chosen, *running, *TAGS, "-video_track_timescale", str(timescale(fps)))


def encode_command(segment: Segment, letters: Path | None, fonts: Fonts, into: Path) -> Command:
    """The segment's raw frames become one H.264 file at ``into``; ``letters`` is an ASS file to burn in, if any."""
    shown = ("-vf", lettered(letters, segment.fps)) if letters else ()
    args = (
        *("-v", "warning", "-filter_threads", "1"),
        *raw_input(segment.width, segment.height, segment.fps),
        *shown,
        *("-fps_mode", "passthrough", "-frames:v", str(segment.frames), "-an", "-map_metadata", "-1"),
        *x264(segment.encoding, segment.fps),
        *("-f", "mp4", str(into)),
    )
    limit_s = START_S + segment.frames / SLOWEST_FPS
    return Command(f"encode scene {segment.scene_id}", args, limit_s, fonts.env if letters else ())


def lettered(letters: Path, fps: Fraction, first: int = 0, *, alpha: bool = False) -> str:
    """The filter that burns ``letters`` in, from frame ``first`` of the segment on.

    Raw frames are numbered in units of 1/fps, so that a shift is whole frames. ``alpha`` draws on a clear ground.
    """
    ahead = ass.clock_frames(fps) + first
    picture = ffmpeg.input("pipe:").video.filter("setpts", f"PTS+{ahead}")
    picture = picture.filter("ass", filename=str(letters), alpha=int(alpha)).filter("setpts", f"PTS-{ahead}")
    args: list[str] = ffmpeg.get_args(ffmpeg.output(picture, "-"))
    graph = args[args.index("-filter_complex") + 1]
    # A single chain: without the labels at its ends it is what -vf takes.
    return graph.removeprefix("[0:v]").rpartition("[")[0]
