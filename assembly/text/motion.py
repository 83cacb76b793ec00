"""The pose of a text in each frame of its animation. Pure functions; nothing is interpolated by the renderer."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from schemas.animation import Animation
from schemas.timing import frames_of

# Poses are rounded, so that equal poses are equal values on every machine.
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Pose:
    """How a text differs from its place: its ``scale``, its ``opacity`` (0 … 1), and how many em it is below."""

    scale: float = 1.0
    opacity: float = 1.0
    below_em: float = 0.0


REST = Pose()


def frames_in(animation: Animation, fps: Fraction) -> int:
    """Return the number of frames in which a text appears; 0 if it is there at once."""
    return 0 if animation.kind == "none" else max(1, frames_of(animation.ms, fps))


def pose_in(animation: Animation, frame: int, fps: Fraction) -> Pose:
    """Return the pose in ``frame``, counted from the first frame of the text."""
    count = frames_in(animation, fps)
    if not count or frame >= count:
        return REST
    share = max(0, frame) / count
    if animation.kind == "pop":
        return Pose(scale=round(_keyframe(animation.scales, share), _DIGITS))
    # The first frame is not invisible: the text is on screen from its first frame on.
    remaining = (1 - (max(0, frame) + 1) / (count + 1)) ** 2
    below_em = animation.rise_em * remaining if animation.kind == "rise" else 0.0
    return Pose(opacity=round(1 - remaining, _DIGITS), below_em=round(below_em, _DIGITS))


def opacity_out(animation: Animation, frames_left: int, fps: Fraction) -> float:
    """Return the opacity with ``frames_left`` frames to show, this one included."""
    count = frames_of(animation.out_ms, fps)
    return round(min(1.0, frames_left / (count + 1)), _DIGITS)


def peak(animation: Animation) -> float:
    """Return the largest scale of an animation, at least 1."""
    return max(1.0, *animation.scales) if animation.kind == "pop" else 1.0


def below_em(animation: Animation) -> float:
    """Return how far below its place a text is at the lowest."""
    return animation.rise_em if animation.kind == "rise" else 0.0


def _keyframe(scales: tuple[float, ...], share: float) -> float:
    """Return the scale at ``share`` (0 … 1) of evenly spaced keyframes."""
    position = share * (len(scales) - 1)
    index = min(int(position), len(scales) - 2)
    return scales[index] + (scales[index + 1] - scales[index]) * (position - index)
