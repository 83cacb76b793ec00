"""Plates: prepared pictures, stored as planar yuv420p (BT.709, limited range) in an ``.npy`` file.

One uint8 array of ``(height * 3 // 2, width)``, both even: Y, then U, then V; chroma is left-sited. The renderer of
segments maps the file into memory and moves a window over it.
"""

from __future__ import annotations

from pathlib import Path

import ffmpeg
import numpy as np

from app.media.ffmpeg import Command, feed
from app.media.grading import cube_text, is_neutral
from app.store.scratch import scratch
from engines.stills.pictures import Picture, Rgb
from schemas.exposure import NEUTRAL, Exposure
from schemas.preset import Grade

# Increment this when the same scene would get a different plate.
PLATE_VERSION = 8

_FLAGS = "lanczos+accurate_rnd+full_chroma_int"
_TIMEOUT_S = 300.0


def grade_picture(picture: Picture, grade: Grade, exposure: Exposure = NEUTRAL) -> Picture:
    """Return ``picture`` with ``exposure`` and then ``grade`` applied; its alpha is unchanged."""
    if is_neutral(grade) and exposure.is_neutral:
        return picture
    height, width = picture.rgb.shape[:2]
    with scratch() as directory:
        table = directory / "grade.cube"
        table.write_text(cube_text(grade, exposure=exposure), encoding="ascii")
        out = directory / "graded.rgb"
        _convert(picture.rgb, _source(width, height).filter("lut3d", file=str(table)), out, "rgb24")
        return Picture(np.fromfile(out, np.uint8).reshape(height, width, 3), picture.alpha)


def write_plate(rgb: Rgb, into: Path) -> None:
    """Write ``rgb``, which has an even size, as a plate."""
    height, width = rgb.shape[:2]
    # ffmpeg centres chroma between two columns by default; H.264 that does not state a chroma location means left.
    scaled = _source(width, height).filter(
        "scale", flags=_FLAGS, out_color_matrix="bt709", out_range="tv", out_chroma_loc="left"
    )
    with scratch() as directory:
        out = directory / "plate.yuv"
        _convert(rgb, scaled, out, "yuv420p")
        with into.open("wb") as file:
            np.save(file, np.fromfile(out, np.uint8).reshape(height * 3 // 2, width))


def _source(width: int, height: int) -> ffmpeg.Stream:
    return ffmpeg.input("pipe:0", f="rawvideo", pix_fmt="rgb24", s=f"{width}x{height}", framerate=1)


def _convert(rgb: Rgb, stream: ffmpeg.Stream, out: Path, pix_fmt: str) -> None:
    written = stream.output(str(out), f="rawvideo", pix_fmt=pix_fmt)
    args = ("-filter_threads", "1", *ffmpeg.get_args(written))
    with feed(Command("convert a picture", args, _TIMEOUT_S)) as stdin:
        stdin.write(np.ascontiguousarray(rgb).data.cast("B"))
