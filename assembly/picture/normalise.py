"""The filter graph that converts any video to I420 frames of the film's size, rate and colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import ffmpeg

from app.media.ffmpeg import command, read_output
from assembly.picture.source import HLG, MATRICES, PQ, Source
from schemas.clip import Clip
from schemas.exposure import NEUTRAL, Exposure
from schemas.frame import SHAPE_TOLERANCE
from schemas.scene_graph import Focus

Stream = Any
# The background of a picture that does not fill the frame is the picture itself, darkened and blurred by a Gaussian
# with a standard deviation of 5 % of the frame's longer side, as for stills. The blur is one reduction to BLUR_CELLS
# cells along that side and one enlargement, each with a cubic B-spline (variance 1/3 cell): together sqrt(2/3) cells.
BLUR_CELLS = 16
SAMPLES_PER_CELL = 6
BACKGROUND_BRIGHTNESS = 0.6
# swscale gives the same rounding with every instruction set of the CPU only with both of these flags.
EXACT_FLAGS = "+accurate_rnd+bitexact"
B_SPLINE = {"flags": f"bicubic{EXACT_FLAGS}", "param0": 1, "param1": 0}
# bwdif rejects chroma planes smaller than 3 × 4; in pixels.
MIN_FIELD_SIDE = 16
WHITE_NITS = 203  # BT.2408: the level of SDR white in HDR
# The share of diffuse white from which light is compressed; white itself becomes code 247 of 255. The brightest light
# of a video is at least that of the smallest HDR displays.
BEND_FROM, MIN_PEAK_NITS = 0.85, 400
# zscale's names of the code points and matrices of ``Source``.
ZSCALE_TRANSFERS = {PQ: "smpte2084", HLG: "arib-std-b67"}
ZSCALE_PRIMARIES = {9: "2020", 11: "smpte431", 12: "smpte432"}
ZSCALE_MATRICES = {
    "bt709": "709",
    "fcc": "fcc",
    "bt470": "470bg",
    "smpte170m": "170m",
    "smpte240m": "240m",
    "bt2020": "2020_ncl",
}


@dataclass(frozen=True, slots=True)
class Frame:
    """Size and rate of the film's frames."""

    width: int
    height: int
    fps: Fraction


@dataclass(frozen=True, slots=True)
class StartOffset:
    """Output frame 0 is ``late_s`` after the position where reading begins; ``speed`` below 1 is slow motion."""

    late_s: Fraction
    speed: Fraction


@dataclass(frozen=True, slots=True)
class View:
    """What is seen of a video from frame ``first`` until the next view begins.

    ``part`` is its width, height, left and top in pixels of the video, ``None`` for the whole video.
    """

    first: int
    part: tuple[int, int, int, int] | None


def filter_graph(
    picture: Stream,
    source: Source,
    clip: Clip,
    frame: Frame,
    start: StartOffset,
    *,
    views: Sequence[View] = (),
    hold_after: int | None = None,
) -> Stream:
    """Convert ``picture`` (an ffmpeg-python stream) to BT.709, limited range, with the frame's size and rate.

    ``views`` cut it into several views, in order; it is decoded once, and each frame is converted once. After
    ``hold_after`` frames, the last one is repeated.
    """
    timed = at_frame_rate(picture, source, frame.fps, start)
    if hold_after is not None:
        timed = timed.filter("trim", end_frame=hold_after).filter("tpad", stop_mode="clone", stop=-1)
    if not views:
        return _fitted(timed, source, clip, frame)
    copies = timed.split()
    ends = [*(view.first for view in views[1:]), None]
    parts = [
        _fitted_view(copies[index], view, end, source, clip=clip, frame=frame, number=index)
        for index, (view, end) in enumerate(zip(views, ends, strict=True))
    ]
    return ffmpeg.concat(*parts, v=1, a=0)


def _fitted_view(
    picture: Stream, view: View, end: int | None, source: Source, *, clip: Clip, frame: Frame, number: int
) -> Stream:
    bounds = {"start_frame": view.first} | ({} if end is None else {"end_frame": end})
    shown = picture.filter("trim", **bounds).filter("setpts", "PTS-STARTPTS")
    if view.part is None:
        return _fitted(shown, source, clip, frame, number)
    width, height, _, _ = view.part
    return _fitted(crop(shown, view.part), replace(source, width=width, height=height), clip, frame, number)


def _fitted(picture: Stream, source: Source, clip: Clip, frame: Frame, number: int = 0) -> Stream:
    if clip.resized:
        return fit_each_size(picture, source, clip, frame).filter("setsar", "1")
    return fit_to_frame(picture, source, clip, frame, number).filter("setsar", "1")


def at_frame_rate(picture: Stream, source: Source, fps: Fraction, start: StartOffset) -> Stream:
    """Select one picture for each frame of the film; the file may have any rate, constant or variable."""
    if source.interlaced and min(source.width, source.height) >= MIN_FIELD_SIDE:
        picture = picture.filter("bwdif", mode="send_frame", deint="interlaced")
    picture = picture.filter("settb", "1/1000000")
    timestamps = f"round((PTS-{float(start.late_s):.9f}/TB)/{float(start.speed):.9f})"
    # The last picture is repeated: reading may begin after it.
    picture = picture.filter("setpts", timestamps).filter("tpad", stop_mode="clone", stop=-1)
    return picture.filter("fps", fps=f"{fps.numerator}/{fps.denominator}", start_time=0, round="near")


# -- geometry --------------------------------------------------------------------------------------------------------


def has_frame_shape(source: Source, frame: Frame) -> bool:
    """Return whether the source has the frame's aspect ratio, so that it needs neither cropping nor padding."""
    aspect_ratio = source.width * source.aspect / source.height
    return abs(aspect_ratio * frame.height / frame.width - 1) < SHAPE_TOLERANCE


def crop_window(source: Source, frame: Frame, focus: Focus | None) -> tuple[int, int, int, int]:
    """Return width, height, left and top of the part of the source with the frame's aspect ratio around the focus.

    Width and height are at least 2 pixels where the source has as many; left and top are even, to match chroma samples.
    """
    aspect_ratio = Fraction(frame.width, frame.height) / source.aspect
    width = min(source.width, max(2, round(source.height * aspect_ratio)))
    height = min(source.height, max(2, round(source.width / aspect_ratio)))
    centre = focus or Focus()
    return width, height, _even_start(centre.x, source.width, width), _even_start(centre.y, source.height, height)


def _even_start(share: float, whole: int, part: int) -> int:
    """Return the even start of ``part`` of ``whole`` pixels that centres it on ``share`` (0 … 1) as far as possible."""
    return min(max(0, round((share * whole - part / 2) / 2)), (whole - part) // 2) * 2


def contained_size(source: Source, frame: Frame) -> tuple[int, int]:
    """Return the largest size, in even pixels, at which the whole source fits into the frame."""
    width, height = source.width * source.aspect, source.height
    scale = min(Fraction(frame.width) / width, Fraction(frame.height, height))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def fit_to_frame(picture: Stream, source: Source, clip: Clip, frame: Frame, number: int = 0) -> Stream:
    """Scale, crop or pad ``picture`` to the frame's size as the clip's ``fit`` says, and correct its exposure.

    Views of one graph differ in their ``number``.
    """

    def scaled(part: Stream, size: tuple[int, int]) -> Stream:
        return expose(convert_colours(part, source, size), clip.exposure)

    size = (frame.width, frame.height)
    if has_frame_shape(source, frame):
        filling = scaled(picture, size)
        return on_background(filling, clip.ground, frame, number) if source.alpha else filling
    if clip.fit == "crop":
        filling = scaled(crop(picture, crop_window(source, frame, clip.focus)), size)
        return on_background(filling, clip.ground, frame, number) if source.alpha else filling
    inner_size = contained_size(source, frame)
    if clip.fit == "pad" or source.alpha:
        return on_background(scaled(picture, inner_size), clip.ground, frame, number)
    copies = picture.split()
    filling = crop(copies[0], crop_window(source, frame, clip.focus))
    background = blurred_background(filling, source, frame, clip.exposure)
    return _overlay(background, scaled(copies[1], inner_size), shortest=0)


def fit_each_size(picture: Stream, source: Source, clip: Clip, frame: Frame) -> Stream:
    """Fit pictures whose size changes on the way, each for itself, with filters that allow such a change."""
    copies = picture.split() if clip.fit == "blur" else (picture, picture)
    if clip.fit == "blur":
        background = blurred_background(copies[0], source, frame)
    else:
        background = _plain_background(clip.ground, frame)
    shortest = int(clip.fit != "blur")
    if _converts_to_sdr(source):
        inner = _sdr_of_each_size(copies[1], source, clip, frame)
        fitted = ffmpeg.overlay(background, inner, x=0, y=0, shortest=shortest, format="yuv420", eval="init")
    else:
        options = {"in_color_matrix": source.matrix or "auto", "out_color_matrix": "bt709", "out_range": "tv"}
        options["in_range"] = "pc" if source.full_range else "auto"
        # The format that overlay takes: a converter between them would enlarge every picture to the size of the first.
        inner = _scaled_each(copies[1], clip, frame, **options).filter("format", "yuva420p")
        fitted = _overlay_each(background, inner, clip, format="yuv420", shortest=shortest)
    return expose(fitted, clip.exposure)


def _sdr_of_each_size(picture: Stream, source: Source, clip: Clip, frame: Frame) -> Stream:
    """Return pictures of several sizes in SDR, on a transparent ground of the frame's size.

    The filters that convert to SDR allow no change of size, so that the pictures are laid on the ground before.
    """
    ground = ffmpeg.input(f"color=c=black:s={frame.width}x{frame.height}:r={_rate(frame)}", f="lavfi").video
    ground = ground.filter("format", "yuva420p10le").filter("colorchannelmixer", aa=0).filter("format", "yuva420p10le")
    inner = _scaled_each(picture, clip, frame).filter("format", "yuva420p10le")
    copies = _overlay_each(ground, inner, clip, format="yuv420p10", shortest=1).split()
    matrix = next(code for code, name in MATRICES.items() if name == source.matrix)
    colours = {"colorspace": matrix, "color_primaries": source.primaries, "color_trc": source.transfer}
    sdr = _to_sdr(copies[0].filter("format", "yuv420p10le").filter("setparams", **colours), source)
    alpha = copies[1].filter("alphaextract").filter("format", "gray")
    return ffmpeg.filter([sdr, alpha], "alphamerge")


def _scaled_each(picture: Stream, clip: Clip, frame: Frame, **colours: object) -> Stream:
    way = "increase" if clip.fit == "crop" else "decrease"
    options = {"flags": f"bicubic{EXACT_FLAGS}", "reset_sar": 1, "force_divisible_by": 2, **colours}
    return picture.filter("scale", frame.width, frame.height, force_original_aspect_ratio=way, **options)


def _overlay_each(background: Stream, inner: Stream, clip: Clip, **options: object) -> Stream:
    fills, focus = clip.fit == "crop", clip.focus or Focus()
    # A picture that fills the frame is larger than it: its position is negative, and its focus is in the middle.
    x, y = (
        f"floor(clip({side}/2-{share:.4f}*{part},min(0,{side}-{part}),max(0,{side}-{part}))/2)*2"
        for side, part, share in (("W", "w", focus.x if fills else 0.5), ("H", "h", focus.y if fills else 0.5))
    )
    return ffmpeg.overlay(background, inner, x=x, y=y, eval="frame", **options)


def crop(picture: Stream, part: tuple[int, int, int, int]) -> Stream:
    """Crop to ``part``: width, height, left and top, as returned by ``crop_window``."""
    # Without exact=1 an odd size is rounded down, 1 × 1 to nothing. With it crop does not accept an odd position.
    return picture.filter("crop", *part, exact=1)


def on_background(picture: Stream, colour: str, frame: Frame, number: int = 0) -> Stream:
    """Centre ``picture`` on a background of one colour; several in one graph differ in their ``number``."""
    return _overlay(_plain_background(colour, frame, number), picture, shortest=1)


def _plain_background(colour: str, frame: Frame, number: int = 0) -> Stream:
    # ffmpeg-python takes equal sources for one, which cannot be used twice; filters may have a name after "@".
    name = f"color@{number}" if number else "color"
    background = ffmpeg.input(
        f"{name}=c={rgb(colour)}:s={frame.width}x{frame.height}:r={_rate(frame)}", f="lavfi"
    ).video
    exact = {"out_color_matrix": "bt709", "out_range": "tv", "flags": f"area{EXACT_FLAGS}"}
    return background.filter("format", "gbrp").filter("scale", **exact).filter("format", "yuv420p")


def _rate(frame: Frame) -> str:
    return f"{frame.fps.numerator}/{frame.fps.denominator}"


def blurred_background(picture: Stream, source: Source, frame: Frame, exposure: Exposure = NEUTRAL) -> Stream:
    """Return ``picture`` (cropped to the frame's aspect ratio) as a darkened, blurred background, in yuv420p.

    Only swscale is used: gblur reads and writes outside planes that are narrower than its vectors.
    """
    longer = max(frame.width, frame.height)
    cells = [max(2, round(BLUR_CELLS * side / longer)) for side in (frame.width, frame.height)]
    samples = convert_colours(picture, source, (SAMPLES_PER_CELL * cells[0], SAMPLES_PER_CELL * cells[1]), "area")
    samples = expose(samples, exposure)
    # Chroma has as many cells as luma; otherwise its blur would be twice as wide.
    cell_image = samples.filter("scale", *cells, **B_SPLINE).filter("format", "yuv444p")
    chroma = f"(val-128)*{BACKGROUND_BRIGHTNESS}+128"
    dark = cell_image.filter("lutyuv", y=f"(val-16)*{BACKGROUND_BRIGHTNESS}+16", u=chroma, v=chroma)
    return dark.filter("scale", frame.width, frame.height, **B_SPLINE).filter("format", "yuv420p")


def _overlay(background: Stream, picture: Stream, shortest: int) -> Stream:
    # Even positions; odd ones would shift chroma against luma.
    x, y = "floor((W-w)/4)*2", "floor((H-h)/4)*2"
    return ffmpeg.overlay(background, picture, x=x, y=y, shortest=shortest, format="yuv420", eval="init")


def rgb(colour: str) -> str:
    """Convert ``#RRGGBB[AA]`` to ffmpeg's syntax, opaque; raises ``ValueError`` for any other value."""
    return f"0x{int(colour.lstrip('#')[:6], 16):06X}"


# -- colour ----------------------------------------------------------------------------------------------------------


def convert_colours(picture: Stream, source: Source, size: tuple[int, int], kernel: str = "bicubic") -> Stream:
    """Scale ``picture`` and convert it to BT.709, limited range; HDR is converted to SDR."""
    if _converts_to_sdr(source):
        return _to_sdr(picture.filter("scale", *size, flags=f"{kernel}{EXACT_FLAGS}"), source)
    through_rgb = source.matrix in (None, "bt709") or source.alpha
    options = {"out_range": "tv", "flags": f"{kernel}+full_chroma_int{EXACT_FLAGS}"}
    options["out_color_matrix"] = "bt709" if through_rgb else str(source.matrix)
    if source.matrix:
        options |= {"in_color_matrix": source.matrix, "in_range": "pc" if source.full_range else "tv"}
    scaled = picture.filter("scale", *size, **options).filter("format", "yuva420p" if source.alpha else "yuv420p")
    # swscale converts between YUV matrices through 8-bit RGB, which is slower and loses up to two levels.
    if through_rgb:
        return scaled
    # colormatrix leaves the old matrix in the stream's properties; the next filter would convert a second time.
    return scaled.filter("colormatrix", source.matrix, "bt709").filter("setparams", colorspace="bt709")


def _converts_to_sdr(source: Source) -> bool:
    return source.needs_sdr and source.matrix is not None and has_filters("zscale", "tonemap")


def _to_sdr(picture: Stream, source: Source) -> Stream:
    """Convert HDR or wide-gamut video to BT.709; light up to diffuse white keeps its level, brighter light is bent.

    Linear 1 is SDR white, which is diffuse white in HDR. The curve is that of the brightest channel, so hues stay.
    """
    facts = {"tin": ZSCALE_TRANSFERS.get(source.transfer, "709"), "pin": ZSCALE_PRIMARIES.get(source.primaries, "709")}
    facts |= {"min": ZSCALE_MATRICES[source.matrix or "bt709"], "rin": "full" if source.full_range else "limited"}
    linear = picture.filter("zscale", transfer="linear", npl=WHITE_NITS, **facts).filter("format", "gbrpf32le")
    linear = linear.filter("zscale", primaries="709", transfer="linear")
    if source.hdr:
        peak = round(max(MIN_PEAK_NITS, source.peak_nits) / WHITE_NITS, 4)
        linear = linear.filter("tonemap", tonemap="mobius", param=BEND_FROM, peak=peak, desat=0)
    sdr = linear.filter("zscale", transfer="709", matrix="709", primaries="709", range="limited")
    return sdr.filter("format", "yuv420p")


def expose(picture: Stream, exposure: Exposure) -> Stream:
    """Correct the exposure of ``picture`` (BT.709, limited range), as ``assembly.picture.plane_exposure`` does."""
    if exposure.is_neutral:
        return picture
    luma = "clip((val-16)/219,0,1)"
    odds_against = f"(1-{luma})/({luma}*{2**exposure.stops:.9f})"
    chroma = f"128.5+{exposure.chroma_gain:.9f}*(val-128)"
    # The filter cuts the fraction off.
    return picture.filter("lutyuv", y=f"16.5+219/(1+pow({odds_against},{exposure.contrast:.9f}))", u=chroma, v=chroma)


def apply_cube(picture: Stream, cube: Path) -> Stream:
    """Grade ``picture`` by the RGB lookup table in file ``cube`` (see ``app.media.grading``)."""
    rgb_picture = picture.filter("scale", in_color_matrix="bt709", in_range="tv", out_range="pc")
    graded = rgb_picture.filter("format", "gbrp").filter("lut3d", file=str(cube), interp="tetrahedral")
    return graded.filter("scale", out_color_matrix="bt709", out_range="tv")


def has_filters(*names: str) -> bool:
    return all(name in _filters() for name in names)


@lru_cache(maxsize=1)
def _filters() -> frozenset[str]:
    """Return the names of ffmpeg's filters; an ffmpeg configured by a setting may lack some of them."""
    with read_output(command("list filters", "-filters")) as out:
        lines = out.read().decode(errors="replace").splitlines()
    return frozenset(words[1] for words in map(str.split, lines) if len(words) > 2)
