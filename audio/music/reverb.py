"""The reverb of composed music and of last chords."""

from __future__ import annotations

from functools import lru_cache
from typing import cast

import numpy as np

from audio.levels import RATE, Samples

REVERB_S = 1.8


@lru_cache(maxsize=1)
def reverb_impulse() -> Samples:
    """Return an impulse response of unit energy: noise that decays by 60 dB in ``REVERB_S``, different per channel."""
    t = np.arange(round(REVERB_S * RATE)) / RATE
    decay = np.exp(-6.9 * t / REVERB_S) * np.minimum(1, t / 0.012)
    impulse = np.random.default_rng(3).standard_normal((len(t), 2)) * decay[:, None]
    return cast(Samples, (impulse / np.sqrt((impulse**2).sum(axis=0))).astype(np.float32))


def reverberate(dry: Samples) -> Samples:
    """Return the reverb alone of stereo ``dry``, of the same length."""
    from scipy.signal import oaconvolve

    return cast(Samples, oaconvolve(dry, reverb_impulse(), axes=0)[: len(dry)].astype(np.float32))
