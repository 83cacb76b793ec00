"""What all instruments are made of: time, noise, how a sound begins and how it ends."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audio.levels import RATE, Samples

Curve = NDArray[np.float64]


def time_axis(length_s: float) -> Curve:
    return np.arange(max(1, round(length_s * RATE))) / RATE


def attack_ramp(t: Curve, attack_s: float) -> Curve:
    return np.minimum(1, t / attack_s)


def high_passed_noise(length_s: float, above_hz: float, seed: int) -> Curve:
    from scipy.signal import butter, sosfilt

    white = np.random.default_rng(seed).standard_normal(max(1, round(length_s * RATE))) * 0.5
    return np.asarray(sosfilt(butter(2, above_hz, "high", fs=RATE, output="sos"), white))


def fade_end(made: Curve) -> Samples:
    fade = min(len(made), RATE // 100)
    made[len(made) - fade :] *= np.linspace(1, 0, fade)
    result = made.astype(np.float32)
    result.setflags(write=False)
    return result
