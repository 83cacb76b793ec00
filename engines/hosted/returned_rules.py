"""The rules for a returned clip: length, frame rate, size, shape, black bars, black and motion. Pure functions."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from engines.hosted.returned_frames import Bars
from schemas.order import ClipOrder

MAX_SECONDS = 600
# A clip may be shorter than ordered by the larger of the two, and longer by the sum.
SHORTER_MS, SHORTER_SHARE = 300, 0.1
LONGER_MS, LONGER_SHARE = 1000, 0.5
# Of the shorter side of the film.
MIN_SIDE_SHARE = 0.4
# Models make sizes that are multiples of 16, 32 or 64 pixels; the nearest other aspects differ by 6 % (3:4 and 4:5).
SHAPE_SHARE = 0.05
MIN_FPS, MAX_FPS = 5, 121
# Intervals between pictures that differ from the median by more than half of it.
UNEVEN, UNEVEN_SHARE = 0.5, 0.1
BLACK_SHARE, FROZEN_SHARE = 0.5, 0.5
# Bars of less than the first share of a side are an edge of the encoder, those up to the second one can be cropped.
MIN_BAR_SHARE, CROPPED_BARS_SHARE = 0.004, 0.12
# Bars at two sides are letterboxing if they differ by no more than this share of the side.
BARS_DIFFER = 0.02


class ClipFault(Exception):
    """What is wrong with a clip, as the rest of the sentence "the returned clip …"."""


def check_not_too_long(length_ms: float, order: ClipOrder) -> None:
    ordered_ms = order.seconds * 1000
    most_ms = MAX_SECONDS * 1000 if order.query else ordered_ms * (1 + LONGER_SHARE) + LONGER_MS
    if length_ms > most_ms:
        raise ClipFault(f"is longer than {most_ms / 1000:g} s; {order.seconds} s were ordered")


def check_whole(read_ms: float, stated_ms: float, *, damaged: int) -> None:
    """Raise ``ClipFault`` if pictures are damaged, or if the file ends earlier than it states."""
    if damaged or stated_ms - read_ms > max(SHORTER_MS, SHORTER_SHARE * stated_ms):
        raise ClipFault(f"is damaged or incomplete: {read_ms / 1000:.1f} of {stated_ms / 1000:.1f} s can be decoded")


def check_length(length_ms: float, order: ClipOrder) -> None:
    ordered_ms = order.seconds * 1000
    check_not_too_long(length_ms, order)
    if length_ms < ordered_ms - max(SHORTER_MS, SHORTER_SHARE * ordered_ms):
        raise ClipFault(f"has {length_ms / 1000:.1f} s; {order.seconds} s were ordered")


def usual_interval_ms(times_ms: Sequence[float]) -> float:
    intervals = [after - before for before, after in pairwise(times_ms)]
    return statistics.median(intervals) if intervals else 0.0


def frame_rate(times_ms: Sequence[float], end_ms: float) -> Fraction:
    """Return the mean frame rate. Raises ``ClipFault`` if it cannot be that of a video, or if it varies."""
    usual_ms = usual_interval_ms(times_ms)
    if usual_ms <= 0 or not MIN_FPS <= (fps := len(times_ms) * 1000 / end_ms) <= MAX_FPS:
        raise ClipFault(f"has {len(times_ms)} pictures in {end_ms / 1000:.1f} s")
    uneven = sum(abs(after - before - usual_ms) > UNEVEN * usual_ms for before, after in pairwise(times_ms))
    if uneven > UNEVEN_SHARE * (len(times_ms) - 1):
        raise ClipFault("has a frame rate that varies")
    return _nominal_rate(fps)


def _nominal_rate(fps: float) -> Fraction:
    """Return the whole rate, or that of NTSC, that is nearest to a measured one; else one in thousandths."""
    whole = round(fps)
    rates = (Fraction(whole), Fraction(whole * 1000, 1001))
    nearest = min(rates, key=lambda rate: abs(float(rate) - fps))
    return nearest if abs(float(nearest) - fps) < 0.005 * fps else Fraction(round(fps * 1000), 1000)


def check_motion(black: float, frozen: float, *, moves: bool) -> None:
    """Raise ``ClipFault`` for shares of the length that are too large."""
    if black > BLACK_SHARE:
        raise ClipFault(f"is black for {black:.0%} of its length")
    if moves and frozen > FROZEN_SHARE:
        raise ClipFault(f"does not move for {frozen:.0%} of its length")


def check_size(width: int, height: int, order: ClipOrder) -> None:
    least = MIN_SIDE_SHARE * min(order.width, order.height)
    if min(width, height) < least:
        raise ClipFault(f"has only {width} × {height} pixels; the film has {order.width} × {order.height}")
    ordered = _ordered_aspect(order)
    if not order.query and abs(width / height / ordered - 1) > SHAPE_SHARE:
        raise ClipFault(f"has the shape {width} × {height}; {order.aspect} was ordered")


def _ordered_aspect(order: ClipOrder) -> float:
    """Return width ÷ height of the ordered aspect; that of the film if the order names none, such as "auto"."""
    sides = [int(side) for side in order.aspect.split(":") if side.isdecimal() and int(side)]
    return sides[0] / sides[1] if len(sides) == 2 else order.width / order.height


def cropped_bars(bars: Bars, width: int, height: int) -> Bars | None:
    """Return the bars that can be cropped. Raises ``ClipFault`` for letterboxing.

    Wide bars that differ, or are at one side only, are taken for a part of the picture.
    """
    left, right = _pair(bars.left, bars.right, width, "pillarboxed")
    top, bottom = _pair(bars.top, bars.bottom, height, "letterboxed")
    return Bars(left, top, right, bottom) or None


def _pair(first: int, last: int, side: int, name: str) -> tuple[int, int]:
    share = (first + last) / side
    if share > CROPPED_BARS_SHARE and abs(first - last) <= BARS_DIFFER * side:
        raise ClipFault(f"is {name}: black bars cover {share:.0%} of it")
    return (first, last) if MIN_BAR_SHARE < share <= CROPPED_BARS_SHARE else (0, 0)
