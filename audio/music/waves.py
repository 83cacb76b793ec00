"""Building blocks of all instruments: time axis, noise, attack and final fade."""

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


def fade_end(curve: Curve) -> Samples:
    """Fade out the last 10 ms of ``curve`` in place and return it as read-only samples."""
    fade = min(len(curve), RATE // 100)
    curve[len(curve) - fade :] *= np.linspace(1, 0, fade)
    samples = curve.astype(np.float32)
    samples.setflags(write=False)
    return samples
