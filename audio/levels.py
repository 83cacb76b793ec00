"""Loudness, envelope and sample rate of sound in memory.

Arrays are float32, ``(samples,)`` for mono or ``(samples, channels)``; full scale is 1.
"""

from __future__ import annotations

import math
from functools import lru_cache
from math import gcd
from typing import cast

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

RATE = 48_000
REFERENCE_LUFS = -18.0  # loudness of every normalised source; gains in presets are relative to it
PEAK_CEILING = 10 ** (-1.0 / 20)
_BLOCK_S, _HOP_S = 0.4, 0.1


def loudness(samples: Samples, rate: int = RATE) -> float | None:
    """Return the integrated loudness in LUFS according to ITU-R BS.1770-4 (both gates); ``None`` for silence.

    Sound shorter than one block of 400 ms counts as one block, so that a single word has a loudness too.
    """
    powers = _block_powers(samples, rate)
    loud = powers[powers > _power_of_lufs(-70.0)]
    if not loud.size:
        return None
    loud = loud[loud > _power_of_lufs(_lufs_of_power(float(loud.mean())) - 10.0)]
    return _lufs_of_power(float(loud.mean()))


def normalise_loudness(samples: Samples, target_lufs: float = REFERENCE_LUFS, rate: int = RATE) -> Samples:
    """Return the sound at ``target_lufs`` with its peaks soft-clipped below −1 dBFS; silence stays silence."""
    measured_lufs = loudness(samples, rate)
    if measured_lufs is None:
        return samples
    return soft_clip(samples * np.float32(10 ** ((target_lufs - measured_lufs) / 20)))


def soft_clip(samples: Samples) -> Samples:
    """Leave samples below the knee unchanged; above it a tanh curve continues smoothly and stays below the ceiling."""
    knee = 0.7 * PEAK_CEILING
    over = np.abs(samples) > knee
    if not over.any():
        return samples
    clipped = samples.copy()
    headroom = PEAK_CEILING - knee
    clipped[over] = np.sign(samples[over]) * (knee + headroom * np.tanh((np.abs(samples[over]) - knee) / headroom))
    return clipped


def resample(samples: Samples, rate: int, to: int = RATE) -> Samples:
    """Return ``samples`` at the rate ``to``, by polyphase resampling along the first axis."""
    if rate == to:
        return samples
    from scipy.signal import resample_poly

    common = gcd(rate, to)
    return cast(Samples, resample_poly(samples, to // common, rate // common, axis=0).astype(np.float32))


def sounding_range(samples: Samples, rate: int, below_peak_db: float = 45.0) -> tuple[int, int]:
    """Return ``[first, last)`` of the samples that sound in mono ``samples``, to 5 ms; ``(0, 0)`` for silence."""
    level = envelope(samples, rate)
    if not level.size or level.max() <= 0:
        return 0, 0
    loud = np.flatnonzero(level > level.max() * 10 ** (-below_peak_db / 20))
    step = _samples_per_step(rate)
    return int(loud[0]) * step, min(len(samples), (int(loud[-1]) + 1) * step)


def envelope(samples: Samples, rate: int) -> Samples:
    """Return the RMS of mono ``samples`` in steps of 5 ms."""
    step = _samples_per_step(rate)
    count = -(-len(samples) // step)
    padded = np.pad(samples, (0, count * step - len(samples))).reshape(count, step)
    return cast(Samples, np.sqrt(np.mean(padded**2, axis=1)))


def _samples_per_step(rate: int) -> int:
    return max(1, rate // 200)


def _block_powers(samples: Samples, rate: int) -> NDArray[np.float64]:
    """Return the mean K-weighted power of each 400 ms block, one block every 100 ms, summed over channels."""
    hop = round(_HOP_S * rate)
    hops = _hop_powers(samples[:, None] if samples.ndim == 1 else samples, rate, hop)
    per_block, whole = round(_BLOCK_S / _HOP_S), len(samples) // hop
    if whole < per_block:
        return np.asarray([hops.sum() * hop / max(1, len(samples))])
    return np.convolve(hops[:whole], np.full(per_block, 1 / per_block), "valid")


def _hop_powers(samples: Samples, rate: int, hop: int) -> NDArray[np.float64]:
    """Return the mean K-weighted power of each hop.

    The sound is filtered in pieces, because ten minutes of stereo in double precision take half a gigabyte.
    """
    from scipy.signal import sosfilt

    sections = _k_weighting(rate)
    state = np.zeros((len(sections), 2, samples.shape[1]))
    powers: list[NDArray[np.float64]] = []
    for start in range(0, len(samples), hop * 100):
        weighted, state = sosfilt(sections, samples[start : start + hop * 100], axis=0, zi=state)
        squares = (weighted**2).sum(axis=1)
        whole = -(-len(squares) // hop) * hop
        powers.append(np.pad(squares, (0, whole - len(squares))).reshape(-1, hop).mean(axis=1))
    return np.concatenate(powers) if powers else np.zeros(0)


@lru_cache(maxsize=8)
def _k_weighting(rate: int) -> NDArray[np.float64]:
    """Return the two biquads of BS.1770 for any rate, derived from their analogue prototypes as in libebur128."""
    shelf = math.tan(math.pi * 1681.974450955533 / rate)
    gain, quality = 10 ** (3.999843853973347 / 20), 0.7071752369554196
    lift = gain**0.4996667741545416
    base = 1 + shelf / quality + shelf**2
    high_shelf = [
        (gain + lift * shelf / quality + shelf**2) / base,
        2 * (shelf**2 - gain) / base,
        (gain - lift * shelf / quality + shelf**2) / base,
        1.0,
        2 * (shelf**2 - 1) / base,
        (1 - shelf / quality + shelf**2) / base,
    ]
    cut, quality = math.tan(math.pi * 38.13547087602444 / rate), 0.5003270373238773
    base = 1 + cut / quality + cut**2
    high_pass = [1.0, -2.0, 1.0, 1.0, 2 * (cut**2 - 1) / base, (1 - cut / quality + cut**2) / base]
    return np.asarray([high_shelf, high_pass])


def _lufs_of_power(power: float) -> float:
    return -0.691 + 10 * math.log10(power)


def _power_of_lufs(lufs: float) -> float:
    return float(10 ** ((lufs + 0.691) / 10))
