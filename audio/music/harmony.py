"""The harmony of recorded music by beat: the energy of the twelve pitch classes, its changes, and its key."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from audio.levels import Samples

LOWEST_HZ, HIGHEST_HZ = 55.0, 2_000.0  # fundamental tones and their first harmonics
WINDOW_S = 0.37  # resolves semitones from 110 Hz on
# How well each semitone above the tonic fits a major and a minor key (C. Krumhansl and E. Kessler, 1982).
MAJOR_PROFILE = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
MINOR_PROFILE = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
TRIAD_WEIGHTS = (1.5, 1.0, 1.0)  # the root tells a chord from those that share two tones with it

Chroma = NDArray[np.float64]


def chroma_of(mono: Samples, rate: int, times_s: NDArray[np.float64]) -> Chroma:
    """Return ``(beats, 12)``: the share of each pitch class (0 is C) in the sound after each beat."""
    size = round(WINDOW_S * rate)
    window = np.hanning(size)
    hz = np.fft.rfftfreq(size, 1 / rate)
    used = (hz >= LOWEST_HZ) & (hz <= HIGHEST_HZ)
    classes = np.round(69 + 12 * np.log2(hz[used] / 440)).astype(int) % 12
    rows = []
    for time in times_s:
        first = min(round(float(time) * rate), max(0, len(mono) - size))
        part = np.pad(mono[first : first + size], (0, max(0, size - len(mono[first : first + size]))))
        energy = np.abs(np.fft.rfft(part * window))[used]
        row = np.bincount(classes, weights=energy, minlength=12)
        rows.append(row / (row.sum() or 1.0))
    return np.asarray(rows)


def harmonic_change(chroma: Chroma) -> NDArray[np.float64]:
    """Return for each beat how much its chord differs from that of the beat before, 0 … 1; 0 for the first."""
    change = np.abs(np.diff(chroma, axis=0)).sum(axis=1) / 2
    return np.concatenate([[0.0], change])


def key_of(chroma: Chroma) -> tuple[int, bool]:
    """Return the tonic (0 is C) and whether the key is major."""
    mean = chroma.mean(axis=0)
    scores = {
        (tonic, profile is MAJOR_PROFILE): float(np.corrcoef(mean, np.roll(profile, tonic))[0, 1])
        for tonic in range(12)
        for profile in (MAJOR_PROFILE, MINOR_PROFILE)
    }
    return max(scores, key=scores.__getitem__)


def home_beat(chroma: Chroma, strength: NDArray[np.float64], downbeats: Sequence[int]) -> int:
    """Return the downbeat on which the music comes to rest: a strong one with a chord like the key's tonic triad."""
    strong = [beat for beat in downbeats if strength[beat] >= np.median(strength[list(downbeats)])]
    if not chroma.any():
        return strong[0]
    tonic, is_major = key_of(chroma)
    weights = np.zeros(12)
    weights[[(tonic + tone) % 12 for tone in ((0, 4, 7) if is_major else (0, 3, 7))]] = TRIAD_WEIGHTS
    return max(strong, key=lambda beat: (float(chroma[beat] @ weights), -beat))
