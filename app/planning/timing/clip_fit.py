"""Fit a clip to the frames of its scene: trim, slow down or hold it within the limits of the preset."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor

from schemas.clip import Clip
from schemas.preset import Pacing
from schemas.timing import frames_of

# A clip that is shorter by at most this is held and not slowed: slowing it by three frames would make it judder.
MAX_UNSLOWED_GAP_MS = 100
SPEED_STEPS = 10_000


@dataclass(frozen=True, slots=True)
class ClipFit:
    """``frames`` of a scene: the clip from its start at ``speed``, its last frame held for the last ``hold_frames``."""

    frames: int
    speed: float = 1.0
    hold_frames: int = 0


def fit_clip(frames: int, clip: Clip | None, pacing: Pacing, fps: Fraction, spoken: bool) -> ClipFit:
    """Return how ``clip`` fills ``frames``.

    Words are never cut off: a spoken scene holds the last frame as long as needed. A silent scene ends with its clip,
    slowed and held as far as the preset allows.
    """
    if clip is None or clip.kind == "still" or clip.length_ms is None:
        return ClipFit(frames)
    clip_frames = max(1, floor(clip.length_ms * fps / 1000))
    speed = _speed(clip_frames, frames, pacing, fps)
    playing_frames = min(frames, max(1, floor(clip_frames / Fraction(speed).limit_denominator(SPEED_STEPS))))
    max_frames = playing_frames + frames_of(pacing.max_hold_ms, fps)
    scene_frames = frames if spoken else min(frames, max_frames)
    return ClipFit(scene_frames, speed, max(0, scene_frames - playing_frames))


def _speed(clip_frames: int, frames: int, pacing: Pacing, fps: Fraction) -> float:
    """Return 1.0 if the clip is (nearly) long enough, else the necessary speed within the preset's limit."""
    unslowed_frames = min(frames_of(MAX_UNSLOWED_GAP_MS, fps), frames_of(pacing.max_hold_ms, fps))
    if clip_frames + unslowed_frames >= frames:
        return 1.0
    return max(pacing.slowest, floor(SPEED_STEPS * clip_frames / frames) / SPEED_STEPS)
