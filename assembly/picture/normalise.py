"""Any video's pictures as the film's: the filter graph from a source to I420 frames of one size, rate and colour."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import ffmpeg

from app.media.ffmpeg import command, read_output
from assembly.picture.source import HLG, PQ, Source
from schemas.clip import Clip
from schemas.scene_graph import Focus

Stream = Any
# The background of a picture that does not fill the frame: the picture itself, darker and blurred by a Gaussian with
# a standard deviation of 5 % of the frame's longer side, as behind stills. The blur is one reduction to BLUR_CELLS
# cells along that side and one enlargement, each with a cubic B-spline (variance 1/3 cell), which is sqrt(2/3) cells.
BLUR_CELLS = 16
SAMPLES_PER_CELL = 6
DIMMED = 0.6
# swscale rounds alike with every instruction set of the CPU only with both of these flags.
EXACT = "+accurate_rnd+bitexact"
SPLINE = {"flags": f"bicubic{EXACT}", "param0": 1, "param1": 0}
# bwdif refuses chroma planes under 3 × 4; in pixels.
MIN_FIELD_SIDE = 16
WHITE_NITS = 203  # BT.2408: where HDR puts the white of SDR
NEARLY = 0.015


@dataclass(frozen=True, slots=True)
class Frame:
    """The film's frame."""

    width: int
    height: int
    fps: Fraction


@dataclass(frozen=True, slots=True)
class Start:
    """Frame 0 of what comes out lies ``late_s`` behind where reading began; ``speed`` below 1 is slow motion."""

    late_s: Fraction
    speed: Fraction


def graph(picture: Stream, source: Source, clip: Clip, frame: Frame, start: Start) -> Stream:
    """``picture`` (an ffmpeg-python stream) in BT.709, limited range, at the frame's own size and rate."""
    shown = filled(timed(picture, source, frame.fps, start), source, clip, frame)
    return shown.filter("setsar", "1")


def timed(picture: Stream, source: Source, fps: Fraction, start: Start) -> Stream:
    """One picture for each frame of the film, whatever the file's own rate is and however uneven."""
    if source.interlaced and min(source.width, source.height) >= MIN_FIELD_SIDE:
        picture = picture.filter("bwdif", mode="send_frame", deint="interlaced")
    picture = picture.filter("settb", "1/1000000")
    moved = f"round((PTS-{float(start.late_s):.9f}/TB)/{float(start.speed):.9f})"
    # The last picture stays: reading may begin behind it.
    picture = picture.filter("setpts", moved).filter("tpad", stop_mode="clone", stop=-1)
    return picture.filter("fps", fps=f"{fps.numerator}/{fps.denominator}", start_time=0, round="near")


# -- geometry --------------------------------------------------------------------------------------------------------


def fills(source: Source, frame: Frame) -> bool:
    """Whether the source has the frame's shape, so that nothing has to be cut or filled up."""
    shape = source.width * source.aspect / source.height
    return abs(shape * frame.height / frame.width - 1) < NEARLY


def window(source: Source, frame: Frame, focus: Focus | None) -> tuple[int, int, int, int]:
    """Width, height, left and top of the part of the source that has the frame's shape and holds the focus.

    Width and height are at least 2 pixels where the source has as many; left and top are even, for the chroma's sake.
    """
    shape = Fraction(frame.width, frame.height) / source.aspect
    width = min(source.width, max(2, round(source.height * shape)))
    height = min(source.height, max(2, round(source.width / shape)))
    at = focus or Focus()
    return width, height, _even_start(at.x, source.width, width), _even_start(at.y, source.height, height)


def _even_start(share: float, whole: int, part: int) -> int:
    """Where ``part`` of ``whole`` pixels begins, as near as can be to having ``share`` (0 … 1) in its middle."""
    return min(max(0, round((share * whole - part / 2) / 2)), (whole - part) // 2) * 2


def contained(source: Source, frame: Frame) -> tuple[int, int]:
    """The size, in even pixels, at which the whole source fits into the frame."""
    width, height = source.width * source.aspect, source.height
    scale = min(Fraction(frame.width) / width, Fraction(frame.height, height))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def filled(picture: Stream, source: Source, clip: Clip, frame: Frame) -> Stream:
    size = (frame.width, frame.height)
    if fills(source, frame):
        shown = coloured(picture, source, size)
        return grounded(shown, clip.ground, frame) if source.alpha else shown
    if clip.fit == "crop":
        shown = coloured(picture_part(picture, window(source, frame, clip.focus)), source, size)
        return grounded(shown, clip.ground, frame) if source.alpha else shown
    inside = contained(source, frame)
    if clip.fit == "pad" or source.alpha:
        return grounded(coloured(picture, source, inside), clip.ground, frame)
    copies = picture.split()
    background = blurred(picture_part(copies[0], window(source, frame, clip.focus)), source, frame)
    return _over(background, coloured(copies[1], source, inside), shortest=0)


def picture_part(picture: Stream, part: tuple[int, int, int, int]) -> Stream:
    """``part`` is width, height, left and top, as ``window`` gives them."""
    # Without exact=1 an odd size is rounded down, which leaves nothing of 1 × 1. With it crop cannot take an odd place.
    return picture.filter("crop", *part, exact=1)


def grounded(shown: Stream, colour: str, frame: Frame) -> Stream:
    """In the middle of a plain ground."""
    rate = f"{frame.fps.numerator}/{frame.fps.denominator}"
    plain = ffmpeg.input(f"color=c={rgb(colour)}:s={frame.width}x{frame.height}:r={rate}", f="lavfi").video
    exact = {"out_color_matrix": "bt709", "out_range": "tv", "flags": f"area{EXACT}"}
    plain = plain.filter("format", "gbrp").filter("scale", **exact).filter("format", "yuv420p")
    return _over(plain, shown, shortest=1)


def blurred(picture: Stream, source: Source, frame: Frame) -> Stream:
    """``picture`` (the part of the source that has the frame's shape) as the frame's background, in yuv420p.

    Only swscale is used: gblur reads and writes outside planes narrower than its vectors.
    """
    longer = max(frame.width, frame.height)
    cells = [max(2, round(BLUR_CELLS * side / longer)) for side in (frame.width, frame.height)]
    samples = coloured(picture, source, (SAMPLES_PER_CELL * cells[0], SAMPLES_PER_CELL * cells[1]), "area")
    # Chroma with as many cells as luma, or it would be blurred twice as far.
    soft = samples.filter("scale", *cells, **SPLINE).filter("format", "yuv444p")
    chroma = f"(val-128)*{DIMMED}+128"
    dark = soft.filter("lutyuv", y=f"(val-16)*{DIMMED}+16", u=chroma, v=chroma)
    return dark.filter("scale", frame.width, frame.height, **SPLINE).filter("format", "yuv420p")


def _over(ground: Stream, shown: Stream, shortest: int) -> Stream:
    # Even places, or chroma would be moved against luma.
    return ffmpeg.overlay(
        ground, shown, x="floor((W-w)/4)*2", y="floor((H-h)/4)*2", shortest=shortest, format="yuv420", eval="init"
    )


def rgb(colour: str) -> str:
    """``#RRGGBB[AA]`` as ffmpeg writes it, opaque; raises ``ValueError`` for anything else."""
    return f"0x{int(colour.lstrip('#')[:6], 16):06X}"


# -- colour ----------------------------------------------------------------------------------------------------------


def coloured(picture: Stream, source: Source, size: tuple[int, int], kernel: str = "bicubic") -> Stream:
    """Scaled and in BT.709, limited range; HDR is brought to the range of a plain screen."""
    if (source.hdr or source.wide_gamut) and source.matrix and has_filters("zscale", "tonemap"):
        return _narrowed(picture.filter("scale", *size, flags=f"{kernel}{EXACT}"), source)
    through_rgb = source.matrix in (None, "bt709") or source.alpha
    options = {"out_range": "tv", "flags": f"{kernel}+full_chroma_int{EXACT}"}
    options["out_color_matrix"] = "bt709" if through_rgb else str(source.matrix)
    if source.matrix:
        options |= {"in_color_matrix": source.matrix, "in_range": "pc" if source.full_range else "tv"}
    scaled = picture.filter("scale", *size, **options).filter("format", "yuva420p" if source.alpha else "yuv420p")
    # From one YUV to another swscale goes through 8-bit RGB, which is slower and loses up to two levels.
    if through_rgb:
        return scaled
    # colormatrix leaves the old matrix in what filters agree on, and the next one would convert once more.
    return scaled.filter("colormatrix", source.matrix, "bt709").filter("setparams", colorspace="bt709")


def _narrowed(picture: Stream, source: Source) -> Stream:
    transfer = {PQ: "smpte2084", HLG: "arib-std-b67"}.get(source.transfer, "bt709")
    matrix = "bt709" if source.matrix == "bt709" else "2020_ncl"
    primaries = "2020" if source.wide_gamut or source.hdr else "709"
    known = {"tin": transfer, "min": matrix, "pin": primaries, "rin": "full" if source.full_range else "limited"}
    linear = picture.filter("zscale", transfer="linear", npl=WHITE_NITS, **known).filter("format", "gbrpf32le")
    plain = linear.filter("zscale", primaries="709", transfer="linear")
    if source.hdr:
        plain = plain.filter("tonemap", tonemap="hable", desat=0)
    plain = plain.filter("zscale", transfer="709", matrix="709", primaries="709", range="limited")
    return plain.filter("format", "yuv420p")


def graded(picture: Stream, cube: Path) -> Stream:
    """``cube`` is a table of RGB colours (``app.media.grading``)."""
    full = picture.filter("scale", in_color_matrix="bt709", in_range="tv", out_range="pc").filter("format", "gbrp")
    changed = full.filter("lut3d", file=str(cube), interp="tetrahedral")
    return changed.filter("scale", out_color_matrix="bt709", out_range="tv")


def has_filters(*names: str) -> bool:
    return all(name in _filters() for name in names)


@lru_cache(maxsize=1)
def _filters() -> frozenset[str]:
    """Another ffmpeg, named by a setting, may come without some of them."""
    with read_output(command("list filters", "-filters")) as out:
        lines = out.read().decode(errors="replace").splitlines()
    return frozenset(words[1] for words in map(str.split, lines) if len(words) > 2)
