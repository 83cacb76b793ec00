"""x264 settings: those that all segments share, so that they can be joined by packet copy."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import ffmpeg

from app.core.config import settings
from app.media.ffmpeg import Command
from assembly.text import ass
from assembly.text.fonts import Fonts
from schemas.segment import Encoding, Segment

# Input and output are both tagged: with untagged input and tagged output ffmpeg converts from BT.601.
TAGS = ("-color_range", "tv", "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709")
# Encoding below this rate is treated as stalled.
MIN_ENCODING_FPS = 0.2
STARTUP_S = 300.0


def timescale(fps: Fraction) -> int:
    """Return ticks per second so that every frame lasts a whole number of ticks (30 fps: 30000, 30000/1001: 30000)."""
    rate = fps.numerator
    return rate * 1000 if rate < 1000 else rate


def ticks(fps: Fraction) -> int:
    """Return the duration of one frame in ticks of ``timescale(fps)``."""
    return int(timescale(fps) / fps)


def raw_input(width: int, height: int, fps: Fraction) -> tuple[str, ...]:
    """Return the input arguments for frames from standard input: I420, BT.709, limited range."""
    shape = ("-s", f"{width}x{height}", "-framerate", f"{fps.numerator}/{fps.denominator}")
    return ("-f", "rawvideo", "-pix_fmt", "yuv420p", *TAGS, *shape, "-i", "pipe:0")


def x264(encoding: Encoding, fps: Fraction) -> tuple[str, ...]:
    """Return the encoder arguments.

    One thread unless a setting says more: segments are encoded in parallel, and one thread each uses the least CPU.
    """
    threads = settings().encoder_threads or 1
    stitchable = f"stitchable=1:keyint={encoding.keyint}"
    quality = ("-preset", encoding.x264_preset, "-crf", str(encoding.crf), "-pix_fmt", "yuv420p")
    x264_params = ("-x264-params", stitchable, "-threads:v", str(threads))
    return ("-c:v", "libx264", *quality, *x264_params, *TAGS, "-video_track_timescale", str(timescale(fps)))


def encode_command(segment: Segment, ass_file: Path | None, fonts: Fonts, into: Path) -> Command:
    """Return the command that encodes the segment's raw frames to H.264 at ``into`` and burns ``ass_file`` in."""
    burn_in = ("-vf", burn_in_filter(ass_file, segment.fps)) if ass_file else ()
    args = (
        *("-v", "warning", "-filter_threads", "1"),
        *raw_input(segment.width, segment.height, segment.fps),
        *burn_in,
        *("-fps_mode", "passthrough", "-frames:v", str(segment.frames), "-an", "-map_metadata", "-1"),
        *x264(segment.encoding, segment.fps),
        *("-f", "mp4", str(into)),
    )
    name = f"encode scene {segment.scene_id}"
    return Command(name, args, time_limit_s(segment), fonts.env if ass_file else ())


def burn_in_command(segment: Segment, ass_file: Path, fonts: Fonts) -> Command:
    """Return the command that burns ``ass_file`` into the segment's raw frames and writes raw frames."""
    args = (
        *("-v", "warning", "-filter_threads", "1"),
        *raw_input(segment.width, segment.height, segment.fps),
        *("-vf", burn_in_filter(ass_file, segment.fps), "-fps_mode", "passthrough", "-frames:v", str(segment.frames)),
        *("-f", "rawvideo", "-pix_fmt", "yuv420p", "pipe:1"),
    )
    return Command(f"draw text of scene {segment.scene_id}", args, time_limit_s(segment), fonts.env)


def time_limit_s(segment: Segment) -> float:
    return STARTUP_S + segment.frames / MIN_ENCODING_FPS


def burn_in_filter(ass_file: Path, fps: Fraction, first: int = 0, *, alpha: bool = False) -> str:
    """Return the filter that burns ``ass_file`` in, from frame ``first`` of the segment on.

    Timestamps of raw frames are in units of 1/fps, so a shift is in whole frames. ``alpha`` draws on a transparent
    background.
    """
    offset = ass.clock_offset_frames(fps) + first
    picture = ffmpeg.input("pipe:").video.filter("setpts", f"PTS+{offset}")
    picture = picture.filter("ass", filename=str(ass_file), alpha=int(alpha)).filter("setpts", f"PTS-{offset}")
    args: list[str] = ffmpeg.get_args(ffmpeg.output(picture, "-"))
    graph = args[args.index("-filter_complex") + 1]
    # A single chain; without the labels at its ends it is a value of -vf.
    return graph.removeprefix("[0:v]").rpartition("[")[0]
