"""Colour grading: the formula for one colour, a 3D lookup table for ffmpeg's ``lut3d``, and an affine map of Y'CbCr."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import product

from schemas.exposure import NEUTRAL, Exposure
from schemas.preset import Grade

Rgb = tuple[float, float, float]
# Y' 0 … 1, Cb and Cr −½ … ½.
Ycc = tuple[float, float, float]
# One output component: the factors of Y', Cb and Cr, and a constant.
Row = tuple[float, float, float, float]

# ITU-R BT.709: the share of each primary in the luma.
_LUMA: Rgb = (0.2126, 0.7152, 0.0722)
# The gain of red, and the loss of blue, at warmth 1.
_MAX_WARMTH_GAIN = 0.18
# B − Y' = _CB_SCALE · Cb and R − Y' = _CR_SCALE · Cr.
_CB_SCALE, _CR_SCALE = 2 * (1 - _LUMA[2]), 2 * (1 - _LUMA[0])


def is_neutral(grade: Grade) -> bool:
    """Return whether the grade changes no colour; the vignette is not part of it."""
    return replace(grade, vignette=0.0) == Grade()


def grade_colour(grade: Grade, rgb: Rgb) -> Rgb:
    """Return a gamma-encoded colour (0 … 1 each) after contrast and brightness, saturation, warmth and fade."""
    return _fade(grade, _clip(_adjust(grade, rgb)))


def expose_colour(exposure: Exposure, rgb: Rgb) -> Rgb:
    """Return a gamma-encoded colour (0 … 1 each) with another luma, and with its distance from grey scaled."""
    if exposure.is_neutral:
        return rgb
    luma = _luma(rgb)
    grey, gain = exposure.level(luma), exposure.chroma_gain
    red, green, blue = (grey + gain * (v - luma) for v in rgb)
    return _clip((red, green, blue))


@lru_cache(maxsize=16)
def cube_text(grade: Grade, size: int = 17, exposure: Exposure = NEUTRAL) -> str:
    """Return ``exposure`` and then the grade as the text of an Adobe ``.cube`` file (3D LUT specification 1.0).

    Red changes fastest.
    """
    steps = [i / (size - 1) for i in range(size)]
    colours = ((red, green, blue) for blue, green, red in product(steps, repeat=3))
    rows = (grade_colour(grade, expose_colour(exposure, rgb)) for rgb in colours)
    lines = ["{:.6f} {:.6f} {:.6f}".format(*row) for row in rows]
    return "\n".join([f"LUT_3D_SIZE {size}", *lines, ""])


def affine_map(grade: Grade) -> tuple[Row, Row, Row]:
    """Return the grade as an affine map of Y'CbCr; it is exact except for colours out of gamut, see ``strays``."""
    black = _grade_ycc(grade, (0, 0, 0))
    by_y, by_cb, by_cr = (_grade_ycc(grade, axis) for axis in ((1, 0, 0), (0, 1, 0), (0, 0, 1)))
    y, cb, cr = ((by_y[i] - v, by_cb[i] - v, by_cr[i] - v, v) for i, v in enumerate(black))
    return y, cb, cr


@lru_cache(maxsize=16)
def affine_error(grade: Grade, steps: int = 5) -> float:
    """Return the mean displayed difference of ``affine`` and ``graded`` over ``steps``³ colours, in 8-bit levels."""
    rows = affine_map(grade)
    levels = [i / (steps - 1) for i in range(steps)]
    colours = ((red, green, blue) for red, green, blue in product(levels, repeat=3))
    return sum(_distance(grade, rows, rgb) for rgb in colours) / steps**3


@lru_cache(maxsize=16)
def affine_grey_error(grade: Grade, steps: int = 21) -> float:
    """Return the largest displayed difference of ``affine`` and ``graded`` on a grey between black and white."""
    rows = affine_map(grade)
    return max(_distance(grade, rows, (i / (steps - 1),) * 3) for i in range(1, steps - 1))


def _distance(grade: Grade, rows: tuple[Row, Row, Row], rgb: Rgb) -> float:
    source = (*_ycc(rgb), 1.0)
    y, cb, cr = (sum(share * v for share, v in zip(row, source, strict=True)) for row in rows)
    # The range of 8-bit limited-range samples.
    y, (cb, cr) = min(239 / 219, max(-16 / 219, y)), (min(127 / 224, max(-128 / 224, c)) for c in (cb, cr))
    mapped, exact = _clip(_rgb((y, cb, cr))), grade_colour(grade, rgb)
    return 255 * max(abs(a - b) for a, b in zip(mapped, exact, strict=True))


def _grade_ycc(grade: Grade, ycc: Ycc) -> Ycc:
    return _ycc(_fade(grade, _adjust(grade, _rgb(ycc))))


def _adjust(grade: Grade, rgb: Rgb) -> Rgb:
    levelled = [(v - 0.5) * grade.contrast + 0.5 + grade.brightness for v in rgb]
    grey = _luma(levelled)
    saturated = [grey + (v - grey) * grade.saturation for v in levelled]
    red, green, blue = (v * gain for v, gain in zip(saturated, _gains(grade.warmth), strict=True))
    return red, green, blue


def _clip(rgb: Rgb) -> Rgb:
    red, green, blue = (min(1.0, max(0.0, v)) for v in rgb)
    return red, green, blue


def _fade(grade: Grade, rgb: Rgb) -> Rgb:
    red, green, blue = (grade.fade + (1 - grade.fade) * v for v in rgb)
    return red, green, blue


def _ycc(rgb: Rgb) -> Ycc:
    luma = _luma(rgb)
    return luma, (rgb[2] - luma) / _CB_SCALE, (rgb[0] - luma) / _CR_SCALE


def _rgb(ycc: Ycc) -> Rgb:
    luma, cb, cr = ycc
    red, blue = luma + _CR_SCALE * cr, luma + _CB_SCALE * cb
    return red, (luma - _LUMA[0] * red - _LUMA[2] * blue) / _LUMA[1], blue


def _luma(rgb: Sequence[float]) -> float:
    return sum(share * v for share, v in zip(_LUMA, rgb, strict=True))


def _gains(warmth: float) -> list[float]:
    gains = [1 + _MAX_WARMTH_GAIN * warmth, 1.0, 1 - _MAX_WARMTH_GAIN * warmth]
    # Keep the luma of grey.
    return [gain / _luma(gains) for gain in gains]
