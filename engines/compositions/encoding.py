"""Encode the frames of a composition. The segments of the film are encoded again: the loss is kept invisible."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

from app.core.config import settings
from app.media.ffmpeg import command, feed

QUALITY = ("-preset", "veryfast", "-crf", "12", "-pix_fmt", "yuv420p")
TAGS = ("-color_range", "tv", "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709")


def encode_frames(frames: Iterable[bytes], width: int, height: int, fps: Fraction, into: Path) -> None:
    """Write ``frames`` (raw RGB) to the MP4 file ``into``, without sound."""
    rate = f"{fps.numerator}/{fps.denominator}"
    source = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-framerate", rate, "-i", "pipe:0")
    matrix = ("-vf", "scale=out_color_matrix=bt709:out_range=tv")
    codec = ("-c:v", "libx264", *QUALITY, "-threads:v", str(settings().encoder_threads or 1))
    args = ("-v", "warning", *source, *matrix, *codec, *TAGS, "-movflags", "+faststart", "-f", "mp4", into)
    with feed(command("encode a composition", *args)) as pipe:
        for frame in frames:
            pipe.write(frame)
