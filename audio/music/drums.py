"""The composer's drums, and the swell that leads into a cut; mono float32 at 48 kHz."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import cast

import numpy as np

from audio.levels import Samples
from audio.music.waves import Curve, attack_ramp, fade_end, high_passed_noise, time_axis


@lru_cache(maxsize=40)
def drum(instrument: str) -> Samples:
    return fade_end(_DRUMS[instrument]())


@lru_cache(maxsize=100)
def swell(length_ms: int) -> Samples:
    """Return noise that grows until its end, where the next scene begins."""
    t = time_axis(length_ms / 1000)
    rise = (t / max(t[-1], 1e-3)) ** 3
    return fade_end(high_passed_noise(length_ms / 1000, 2_500, 5) * rise)


def _kick() -> Curve:
    """Return a sine that falls from 120 to 46 Hz."""
    t = time_axis(0.32)
    cycles = 46 * t + 74 / 28 * (1 - np.exp(-28 * t))
    return np.sin(2 * np.pi * cycles) * np.exp(-t * 9) * attack_ramp(t, 0.001)


def _snare() -> Curve:
    t = time_axis(0.24)
    drumhead = 0.5 * np.sin(2 * np.pi * 185 * t) * np.exp(-t * 24)
    return (high_passed_noise(0.24, 1_200, 1) * np.exp(-t * 17) + drumhead) * attack_ramp(t, 0.001)


def _clap() -> Curve:
    """Return three claps within 23 ms and their reverb."""
    t = time_axis(0.22)
    claps = np.sum([np.where(t >= delay, np.exp(-(t - delay) * 90), 0) for delay in (0, 0.011, 0.023)], axis=0)
    reverb = np.where(t > 0.023, np.exp(-(t - 0.023) * 20), 0)
    return cast(Curve, high_passed_noise(0.22, 900, 2) * (0.5 * claps + 0.6 * reverb) * attack_ramp(t, 0.001))


def _hat() -> Curve:
    t = time_axis(0.09)
    return high_passed_noise(0.09, 6_000, 3) * np.exp(-t * 55) * attack_ramp(t, 0.001)


def _shaker() -> Curve:
    t = time_axis(0.11)
    return cast(Curve, high_passed_noise(0.11, 4_000, 4) * np.sin(np.pi * np.minimum(1, t / 0.1)) ** 2)


def _brush() -> Curve:
    t = time_axis(0.28)
    return high_passed_noise(0.28, 1_500, 6) * np.exp(-t * 13) * attack_ramp(t, 0.012)


_DRUMS: dict[str, Callable[[], Curve]] = {
    "kick": _kick,
    "snare": _snare,
    "clap": _clap,
    "hat": _hat,
    "shaker": _shaker,
    "brush": _brush,
}
