"""Transitions that look like moves of one camera: whip pans, a flight through the picture, and a push.

Each is a position over the share of the transition (0 … 1). A frame shows the mean of all positions during its
exposure, so that the length of the blur is proportional to the speed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from assembly.picture import i420
from assembly.picture.i420 import Pixels
from assembly.picture.motion_blur import streak, zoom_streak

# The exposure of a frame, as a share of its time.
_WHIP_SHUTTER, _ZOOM_SHUTTER, PUSH_SHUTTER = 1.0, 1.0, 0.5
# How far a whip moves both pictures together, in lengths of the frame; its pictures are exchanged in the middle.
_WHIP_DISTANCE = 1.7
# How much a flight enlarges the old picture, and the new one, beyond whose edges its mirror image is seen at first.
_ZOOM_OLD, _ZOOM_NEW = 2.6, 1.8
# During how many frames both pictures are seen: streaks may overlap, two sharp centres may not.
_WHIP_MIX, _ZOOM_MIX = 2.0, 1.0
# The degree of the curves: position is proportional to this power of the time since the start or until the end.
_WHIP_POWER, _ZOOM_POWER = 3.0, 3.0
# How much slower than in the middle a push is at its ends: 1 begins at rest, 0 has one speed.
_EASE = 0.8


@dataclass(frozen=True, slots=True)
class Moment:
    """A frame of a transition: its ``share`` (0 … 1) and the ``step`` of the share from frame to frame."""

    share: float
    step: float

    def exposure(self, shutter: float) -> tuple[float, float]:
        """Return the shares at which the exposure begins and ends; ``shutter`` is its part of the frame's time."""
        half = shutter * self.step / 2
        return max(0.0, self.share - half), min(1.0, self.share + half)


Move = Callable[[Pixels, Pixels, Moment, Pixels], None]


def whip(across: int, down: int) -> Move:
    """Return a whip pan in which the pictures move towards ``(across, down)``."""

    def move(a: Pixels, b: Pixels, at: Moment, out: Pixels) -> None:
        distance = (across + down) * _WHIP_DISTANCE * i420.size(out)[0 if across else 1]
        first, last = (distance * _sped_up(share, _WHIP_POWER) for share in at.exposure(_WHIP_SHUTTER))

        def draw_old(into: Pixels) -> None:
            _streak_frame(a, first, last, into, across=bool(across))

        def draw_new(into: Pixels) -> None:
            _streak_frame(b, first - distance, last - distance, into, across=bool(across))

        _hand_over(draw_old, draw_new, _weight(at, _WHIP_MIX), out)

    return move


def zoom_through(a: Pixels, b: Pixels, at: Moment, out: Pixels) -> None:
    """Fly into ``a`` and arrive at ``b``."""
    first, last = (_sped_up(share, _ZOOM_POWER) for share in at.exposure(_ZOOM_SHUTTER))

    def draw_old(into: Pixels) -> None:
        zoom_streak(a, _ZOOM_OLD ** (2 * first), _ZOOM_OLD ** (2 * last), into)

    def draw_new(into: Pixels) -> None:
        zoom_streak(b, _ZOOM_NEW ** (2 * first - 2), _ZOOM_NEW ** (2 * last - 2), into)

    _hand_over(draw_old, draw_new, _weight(at, _ZOOM_MIX), out)


def push_frame(a: Pixels, b: Pixels, at: Moment, out: Pixels) -> None:
    """Push ``a`` out to the left by ``b``, as one strip."""
    width, _ = i420.size(out)
    first, last = (-width * eased(share) for share in at.exposure(PUSH_SHUTTER))
    for old, new, target, scale in zip(*map(i420.planes, (a, b, out)), (1, 2, 2), strict=True):
        strip = np.concatenate((old, new), axis=1)
        moved = np.empty_like(strip)
        streak(strip, first / scale, last / scale, moved, across=True)
        np.copyto(target, moved[:, : width // scale])


def _streak_frame(frame: Pixels, first: float, last: float, out: Pixels, *, across: bool) -> None:
    for plane, target, scale in zip(i420.planes(frame), i420.planes(out), (1, 2, 2), strict=True):
        streak(plane, first / scale, last / scale, target, across=across)


def _sped_up(share: float, power: float) -> float:
    """Return the position (0 … 1) of a move that is fastest in the middle, where its pictures are exchanged."""
    return math.pow(2 * share, power) / 2 if share < 0.5 else 1 - math.pow(2 - 2 * share, power) / 2


def eased(share: float) -> float:
    """Return the position (0 … 1) of a move that begins and ends slowly."""
    return share - math.sin(2 * math.pi * share) / (2 * math.pi) * _EASE


def _weight(at: Moment, frames: float) -> float:
    """Return how much of the new picture is seen; both are seen in the middle, during less than ``frames`` frames."""
    return min(1.0, max(0.0, (at.share - 0.5) / (frames * at.step) + 0.5))


def _hand_over(
    draw_old: Callable[[Pixels], None], draw_new: Callable[[Pixels], None], weight: float, out: Pixels
) -> None:
    """Draw the old picture, the new one, or both; ``weight`` is that of the new one."""
    if weight in (0.0, 1.0):
        (draw_new if weight else draw_old)(out)
        return
    other = np.empty_like(out)
    draw_old(out)
    draw_new(other)
    cv2.addWeighted(out, 1 - weight, other, weight, 0, dst=out)
