"""The onset strength of recorded music: the rise of the log energy in 32 bands, every 5 ms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audio.levels import Samples

TRACKING_RATE = 24_000  # of the mono sound in which beats are tracked
HOP, WINDOW = 120, 512  # samples: 5 ms and 21 ms
FRAMES_PER_S = TRACKING_RATE // HOP
BANDS, LOWEST_HZ, HIGHEST_HZ = 32, 40.0, 11_000.0
LOW_HZ = 160.0  # bass and kick drum
RISE_FRAMES = 4  # an onset is the rise of energy within 20 ms
COMPRESSION = 20.0  # of the magnitudes before the logarithm
ONSET_DELAY_S = 0.008  # from an attack to its frame's index, measured with clicks and drums of known times
REFERENCE_LEVEL = 0.1  # RMS at which onsets are measured
MIN_DEVIATION = 0.3  # of the rises; a steady tone has less (0.08), the softest bundled track 3.9
LOCAL_MEAN_FRAMES = 81  # the strength counts above its mean over 0.4 s
_CHUNK_FRAMES = FRAMES_PER_S * 20

Curve = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Onsets:
    """The strength of onsets every 5 ms: in all bands relative to its deviation, and in the low bands."""

    strength: Curve
    low: Curve


def find_onsets(mono: Samples) -> Onsets:
    """Return the onsets of mono sound at ``TRACKING_RATE``; frames are computed in chunks to save memory."""
    mono = _at_reference_level(mono)
    count = max(0, (len(mono) - WINDOW) // HOP + 1)
    if count <= RISE_FRAMES:
        return Onsets(np.zeros(0), np.zeros(0))
    chunks = [_log_bands(mono, first, min(first + _CHUNK_FRAMES, count)) for first in range(0, count, _CHUNK_FRAMES)]
    levels = np.concatenate(chunks)
    rises = np.maximum(0, levels[RISE_FRAMES:] - levels[:-RISE_FRAMES])
    rises = np.pad(rises, ((RISE_FRAMES, 0), (0, 0)))
    low = rises[:, _band_edges()[:-1] * TRACKING_RATE / WINDOW < LOW_HZ].sum(axis=1)
    return Onsets(_above_local_mean(rises.sum(axis=1)), _above_local_mean(low))


def _at_reference_level(mono: Samples) -> Samples:
    level = float(np.sqrt(np.mean(np.square(mono)))) if len(mono) else 0.0
    return (mono * np.float32(REFERENCE_LEVEL / level)).astype(np.float32) if level > 0 else mono


def _log_bands(mono: Samples, first: int, last: int) -> NDArray[np.float32]:
    frames = np.lib.stride_tricks.sliding_window_view(mono, WINDOW)[first * HOP : (last - 1) * HOP + 1 : HOP]
    magnitudes = np.abs(np.fft.rfft(frames * np.hanning(WINDOW), axis=1))
    bands = np.add.reduceat(magnitudes, _band_edges()[:-1], axis=1)
    return np.log1p(COMPRESSION * bands).astype(np.float32)


def _band_edges() -> NDArray[np.int64]:
    wanted = np.geomspace(LOWEST_HZ, HIGHEST_HZ, BANDS + 1)
    return np.unique(np.searchsorted(np.fft.rfftfreq(WINDOW, 1 / TRACKING_RATE), wanted))


def _above_local_mean(curve: NDArray[np.float32]) -> Curve:
    mean = np.convolve(curve, np.full(LOCAL_MEAN_FRAMES, 1 / LOCAL_MEAN_FRAMES), "same")[: len(curve)]
    above = np.maximum(0, curve - mean)
    deviation = float(above.std())
    return np.asarray(above / deviation if deviation >= MIN_DEVIATION else np.zeros_like(above), np.float64)


def strength_near(strength: Curve, times_s: Curve) -> Curve:
    """Return the largest strength within 25 ms of each time."""
    padded = np.pad(strength, 5)
    frames = np.clip(np.round((times_s - ONSET_DELAY_S) * FRAMES_PER_S).astype(int), 0, len(strength) - 1)
    return np.asarray([padded[frame : frame + 11].max() for frame in frames])


def onset_times_s(strength: Curve, least: float = 1.0) -> list[float]:
    """Return the times of the single onsets: peaks of the strength that are at least ``least``."""
    peaks = np.flatnonzero((strength[1:-1] > strength[:-2]) & (strength[1:-1] >= strength[2:])) + 1
    return [float(frame) / FRAMES_PER_S + ONSET_DELAY_S for frame in peaks if strength[frame] >= least]
