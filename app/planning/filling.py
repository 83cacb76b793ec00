"""How a clip fills the frames of its scene: trimmed, slowed or held, within the limits that the preset states."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor

from schemas.clip import Clip
from schemas.preset import Pacing
from schemas.timing import frames_of

# So little is held, not slowed: a whole clip is not to stutter for three frames.
SLIGHT_MS = 100
SPEED_STEPS = 10_000


@dataclass(frozen=True, slots=True)
class Filling:
    """``frames`` of a scene: the clip from its own start at ``speed``; the last ``hold_frames`` of them are held."""

    frames: int
    speed: float = 1.0
    hold_frames: int = 0


def fill(frames: int, clip: Clip | None, pacing: Pacing, fps: Fraction, spoken: bool) -> Filling:
    """How ``clip`` fills ``frames``. Words are never cut: a spoken scene holds the last frame for as long as it must,
    a silent one ends where its clip, slowed and held as far as the preset allows, can give no more."""
    if clip is None or clip.kind == "still" or clip.length_ms is None:
        return Filling(frames)
    own = max(1, floor(clip.length_ms * fps / 1000))
    speed = _speed(own, frames, pacing, fps)
    given = min(frames, max(1, floor(own / Fraction(speed).limit_denominator(SPEED_STEPS))))
    most = given + frames_of(pacing.max_hold_ms, fps)
    length = frames if spoken else min(frames, most)
    return Filling(length, speed, max(0, length - given))


def _speed(own: int, frames: int, pacing: Pacing, fps: Fraction) -> float:
    """Full speed where the clip is long enough or nearly so; else as slow as is needed, but no slower than allowed."""
    slight = min(frames_of(SLIGHT_MS, fps), frames_of(pacing.max_hold_ms, fps))
    if own + slight >= frames:
        return 1.0
    return max(pacing.slowest, floor(SPEED_STEPS * own / frames) / SPEED_STEPS)
