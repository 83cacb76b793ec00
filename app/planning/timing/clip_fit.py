"""Fit a clip to the frames of its scene: trim, slow down or hold it within the limits of the preset."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor

from schemas.clip import Clip
from schemas.preset import Pacing
from schemas.timing import frames_of

# A difference this small is held instead of slowed: slowing a whole clip for three frames would make it judder.
SLIGHT_MS = 100
SPEED_STEPS = 10_000


@dataclass(frozen=True, slots=True)
class ClipFit:
    """``frames`` of a scene: the clip from its start at ``speed``, its last frame held for the last ``hold_frames``."""

    frames: int
    speed: float = 1.0
    hold_frames: int = 0


def fit_clip(frames: int, clip: Clip | None, pacing: Pacing, fps: Fraction, spoken: bool) -> ClipFit:
    """Return how ``clip`` fills ``frames``.

    Words are never cut off: a spoken scene holds the last frame as long as needed. A silent scene ends where its clip,
    slowed and held as far as the preset allows, ends.
    """
    if clip is None or clip.kind == "still" or clip.length_ms is None:
        return ClipFit(frames)
    own = max(1, floor(clip.length_ms * fps / 1000))
    speed = _speed(own, frames, pacing, fps)
    playing = min(frames, max(1, floor(own / Fraction(speed).limit_denominator(SPEED_STEPS))))
    most = playing + frames_of(pacing.max_hold_ms, fps)
    length = frames if spoken else min(frames, most)
    return ClipFit(length, speed, max(0, length - playing))


def _speed(own: int, frames: int, pacing: Pacing, fps: Fraction) -> float:
    """Return 1.0 when the clip is (nearly) long enough, else the speed that is needed, within the preset's limit."""
    slight = min(frames_of(SLIGHT_MS, fps), frames_of(pacing.max_hold_ms, fps))
    if own + slight >= frames:
        return 1.0
    return max(pacing.slowest, floor(SPEED_STEPS * own / frames) / SPEED_STEPS)
