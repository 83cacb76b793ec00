"""A grade: what it makes of a colour, as a table of colours (ffmpeg's ``lut3d`` reads it), and as a map of Y'CbCr."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import product

from schemas.preset import Grade

Rgb = tuple[float, float, float]
# Luma 0 … 1, Cb and Cr −½ … ½.
Ycc = tuple[float, float, float]
# What one of the three becomes: so much of Y, of Cb, of Cr, and so much in any case.
Row = tuple[float, float, float, float]

# ITU-R BT.709: how much each primary adds to what the eye takes for brightness.
_LUMA: Rgb = (0.2126, 0.7152, 0.0722)
# The gain of red, and the loss of blue, at a warmth of 1.
_MAX_WARMTH_GAIN = 0.18
# B − Y and R − Y are this many times Cb and Cr.
_CB_SCALE, _CR_SCALE = 2 * (1 - _LUMA[2]), 2 * (1 - _LUMA[0])


def is_neutral(grade: Grade) -> bool:
    """Whether the table would change no colour; the vignette is no part of it."""
    return replace(grade, vignette=0.0) == Grade()


def graded(grade: Grade, rgb: Rgb) -> Rgb:
    """One gamma-encoded colour (0 … 1 each) after brightness, contrast, saturation, warmth and fade, in this order."""
    return _fade(grade, _clip(_adjust(grade, rgb)))


@lru_cache(maxsize=16)
def cube(grade: Grade, size: int = 17) -> str:
    """The grade as the text of an Adobe ``.cube`` file (3D LUT specification 1.0): red changes fastest."""
    steps = [i / (size - 1) for i in range(size)]
    rows = (graded(grade, (red, green, blue)) for blue, green, red in product(steps, repeat=3))
    lines = ["{:.6f} {:.6f} {:.6f}".format(*row) for row in rows]
    return "\n".join([f"LUT_3D_SIZE {size}", *lines, ""])


def affine(grade: Grade) -> tuple[Row, Row, Row]:
    """The grade as an affine map of Y'CbCr: exact but for colours that leave the gamut, see ``strays``."""
    black = _grade_ycc(grade, (0, 0, 0))
    by_y, by_cb, by_cr = (_grade_ycc(grade, axis) for axis in ((1, 0, 0), (0, 1, 0), (0, 0, 1)))
    y, cb, cr = ((by_y[i] - v, by_cb[i] - v, by_cr[i] - v, v) for i, v in enumerate(black))
    return y, cb, cr


@lru_cache(maxsize=16)
def strays(grade: Grade, steps: int = 5) -> float:
    """How far ``affine`` is from ``graded``, once it is shown: the mean over a cube of colours, in 8-bit levels."""
    rows = affine(grade)
    tones = [i / (steps - 1) for i in range(steps)]
    colours = ((red, green, blue) for red, green, blue in product(tones, repeat=3))
    return sum(_distance(grade, rows, rgb) for rgb in colours) / steps**3


def _distance(grade: Grade, rows: tuple[Row, Row, Row], rgb: Rgb) -> float:
    source = (*_ycc(rgb), 1.0)
    y, cb, cr = (sum(share * v for share, v in zip(row, source, strict=True)) for row in rows)
    # Eight bits hold no more of them.
    y, (cb, cr) = min(239 / 219, max(-16 / 219, y)), (min(127 / 224, max(-128 / 224, c)) for c in (cb, cr))
    shown, wanted = _clip(_rgb((y, cb, cr))), graded(grade, rgb)
    return 255 * max(abs(a - b) for a, b in zip(shown, wanted, strict=True))


def _grade_ycc(grade: Grade, ycc: Ycc) -> Ycc:
    return _ycc(_fade(grade, _adjust(grade, _rgb(ycc))))


def _adjust(grade: Grade, rgb: Rgb) -> Rgb:
    lit = [(v - 0.5) * grade.contrast + 0.5 + grade.brightness for v in rgb]
    grey = _luma(lit)
    full = [grey + (v - grey) * grade.saturation for v in lit]
    red, green, blue = (v * gain for v, gain in zip(full, _gains(grade.warmth), strict=True))
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
    # A warm grey is as bright as the grey it was.
    return [gain / _luma(gains) for gain in gains]
