"""Beats and downbeats of recorded music.

The tempo is the period at which the onset strength (``audio.music.onsets``) repeats itself, and the beats are the path
through the strongest onsets that keeps this period (D. Ellis, "Beat Tracking by Dynamic Programming", 2007). Bars have
four beats: the first of them has the strongest low onset and change of harmony.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audio.levels import Samples
from audio.music.harmony import chroma_of, harmonic_change, home_beat
from audio.music.onsets import (
    FRAMES_PER_S,
    ONSET_DELAY_S,
    RISE_FRAMES,
    TRACKING_RATE,
    Curve,
    find_onsets,
    strength_near,
)
from schemas.music import MusicBeats

SLOWEST_BPM, FASTEST_BPM = 55.0, 190.0
# Of two equally clear tempi, listeners tap the one nearer to 100 a minute. Without the stated tempo, most bundled
# tracks get theirs and the others its double or half.
USUAL_BPM, USUAL_OCTAVES = 100.0, 0.9
STATED_OCTAVES = 0.04  # a stated tempo is exact to 3 %
TEMPO_CANDIDATES = 4
TIGHTNESS = 400.0  # the weight of the regular period against the strength of onsets
SMOOTHED_BEATS = 4  # on both sides: a beat lies on the line through its neighbours, which removes the 5 ms grid
EDGE_S = 0.03  # a beat this much before the start of the file was cut off with the silence before it
BEATS_PER_BAR = 4
# The mean autocorrelation of the onset strength at one, two and four beats. Measured: 0.30 … 0.70 in bundled tracks, at
# most 0.10 in noise, speech and strokes at random times.
MIN_REPETITION = 0.2
REPEATED_BEATS = (1, 2, 4)
MIN_BEATS = 8
# Beats that are more than 0.8 s apart are counted in halves, of which those with an onset are felt.
SLOW_BPM, AUDIBLE_STRENGTH = 75.0, 1.0
HOME_LENGTH_MS = 2000  # the music ends with the sound after its home beat


@dataclass(frozen=True, slots=True)
class TrackedBeats:
    """``times_s`` of the beats, their mean onset ``strength``, and the ``repetition`` (0 … 1) from beat to beat."""

    times_s: Curve
    strength: float
    repetition: float

    @property
    def is_sure(self) -> bool:
        return len(self.times_s) >= MIN_BEATS and self.repetition >= MIN_REPETITION

    @property
    def bpm(self) -> float:
        return 60 / float(np.median(np.diff(self.times_s)))


def find_beats(mono: Samples, stated_bpm: float | None = None) -> MusicBeats | None:
    """Return the beats of ``mono`` at ``TRACKING_RATE``; ``None`` for sound without a clear, regular beat.

    With ``stated_bpm`` the tempo is searched near it, which excludes its multiples and fractions.
    """
    onsets = find_onsets(mono)
    tracked = track_beats(onsets.strength, stated_bpm)
    if tracked is None or not tracked.is_sure:
        return None
    chroma = chroma_of(mono, TRACKING_RATE, tracked.times_s)
    first = first_downbeat(strength_near(onsets.low, tracked.times_s), harmonic_change(chroma))
    beats_ms = [round(float(time) * 1000) for time in tracked.times_s]
    latest_ms = len(mono) * 1000 // TRACKING_RATE - HOME_LENGTH_MS
    bars = [beat for beat in range(first, len(beats_ms), BEATS_PER_BAR) if beats_ms[beat] <= latest_ms]
    home = home_beat(chroma, strength_near(onsets.strength, tracked.times_s), bars or [first])
    bpm = 60_000 / float(np.mean(np.diff(beats_ms)))
    halves_ms = half_beats_ms(onsets.strength, tracked.times_s) if bpm < SLOW_BPM else ()
    downbeats_ms = tuple(beats_ms[first::BEATS_PER_BAR])
    return MusicBeats(round(bpm, 2), tuple(beats_ms), downbeats_ms, beats_ms[home], halves_ms)


# -- tempo -----------------------------------------------------------------------------------------------------------


def track_beats(strength: Curve, stated_bpm: float | None = None) -> TrackedBeats | None:
    """Return the beats at the most convincing of the likeliest tempi; ``None`` for sound that is too short."""
    candidates = [_tracked(strength, period) for period in _likely_periods(strength, stated_bpm)]
    return max(candidates, key=_conviction, default=None)


def _likely_periods(strength: Curve, stated_bpm: float | None) -> list[float]:
    """Return periods in frames at which the strength repeats itself, the likeliest first."""
    shortest, longest = (round(FRAMES_PER_S * 60 / bpm) for bpm in (FASTEST_BPM, SLOWEST_BPM))
    if len(strength) < 4 * longest or not strength.any():
        return []
    repetition = _autocorrelation(strength, 4 * longest)
    lags = np.arange(shortest, longest + 1)
    centre, octaves = (stated_bpm, STATED_OCTAVES) if stated_bpm else (USUAL_BPM, USUAL_OCTAVES)
    usual = np.exp(-0.5 * (np.log2(FRAMES_PER_S * 60 / lags / centre) / octaves) ** 2)
    score = (repetition[lags] + 0.5 * repetition[2 * lags] + 0.25 * repetition[4 * lags - 1]) * usual
    peaks = [n for n in range(1, len(lags) - 1) if score[n] >= max(score[n - 1], score[n + 1])] or [int(score.argmax())]
    peaks.sort(key=lambda n: -score[n])
    return [float(lags[n]) for n in peaks[: 1 if stated_bpm else TEMPO_CANDIDATES]]


def _autocorrelation(curve: Curve, count: int) -> Curve:
    """Return the mean product of ``curve`` with itself shifted by 0 … ``count`` − 1 frames."""
    centred = curve - curve.mean()
    spectrum = np.fft.rfft(centred, 2 * len(curve))
    products = np.fft.irfft(np.abs(spectrum) ** 2)[:count]
    return np.asarray(products / (len(curve) - np.arange(count)), np.float64)


def _conviction(tracked: TrackedBeats) -> float:
    """Return how convincing beats are: strong, repeated, and at a usual tempo."""
    if len(tracked.times_s) < MIN_BEATS:
        return 0.0
    octaves = np.log2(tracked.bpm / USUAL_BPM) / USUAL_OCTAVES
    return tracked.strength * tracked.repetition * float(np.exp(-0.5 * octaves**2))


# -- beats -----------------------------------------------------------------------------------------------------------


def _tracked(strength: Curve, period: float) -> TrackedBeats:
    frames = _best_path(strength, period)
    times_s = _extended(_smoothed(frames / FRAMES_PER_S) + ONSET_DELAY_S, len(strength) / FRAMES_PER_S)
    step = float(np.median(np.diff(frames))) if len(frames) > 1 else period
    return TrackedBeats(times_s, float(strength_near(strength, times_s).mean()), _repetition(strength, step))


def _repetition(strength: Curve, period: float) -> float:
    """Return the mean autocorrelation at ``REPEATED_BEATS`` periods, each the best within 20 ms."""
    products = _autocorrelation(strength, round(period * REPEATED_BEATS[-1]) + RISE_FRAMES + 1)
    lags = [round(period * beats) for beats in REPEATED_BEATS]
    peaks = [products[lag - RISE_FRAMES : lag + RISE_FRAMES + 1].max() for lag in lags]
    return float(np.mean(peaks) / products[0])


def _best_path(strength: Curve, period: float) -> NDArray[np.int64]:
    """Return the frames of the beats: the path with the largest sum of strengths and of penalties for odd steps."""
    steps = np.arange(round(period / 2), round(period * 2) + 1)
    penalty = -TIGHTNESS * np.log(steps / period) ** 2
    total, previous = strength.copy(), np.full(len(strength), -1)
    for frame in range(int(steps[-1]), len(strength)):
        scores = total[frame - steps] + penalty
        best = int(np.argmax(scores))
        total[frame] += scores[best]
        previous[frame] = frame - steps[best]
    last_period = max(0, len(total) - round(period))
    path = [last_period + int(np.argmax(total[last_period:]))]
    while previous[path[-1]] >= 0:
        path.append(int(previous[path[-1]]))
    return np.asarray(path[::-1])


def _smoothed(times_s: Curve) -> Curve:
    """Return each time on the straight line through the times around it."""
    smoothed = times_s.copy()
    for index in range(len(times_s)):
        first = max(0, min(index - SMOOTHED_BEATS, len(times_s) - 2 * SMOOTHED_BEATS - 1))
        window = times_s[first : first + 2 * SMOOTHED_BEATS + 1]
        if len(window) > 2:
            slope, start = np.polyfit(np.arange(len(window)), window, 1)
            smoothed[index] = start + slope * (index - first)
    return smoothed


def _extended(times_s: Curve, length_s: float) -> Curve:
    """Return ``times_s`` continued to both ends of the sound: the path has no beat in the first and last period."""
    if len(times_s) < 2:
        return times_s
    period = float(np.median(np.diff(times_s)))
    before = np.arange(int((times_s[0] + EDGE_S) / period), 0, -1) * -period + times_s[0]
    after = np.arange(1, int((length_s - times_s[-1]) / period) + 1) * period + times_s[-1]
    return np.asarray(np.maximum(0.0, np.concatenate([before, times_s, after])), np.float64)


def half_beats_ms(strength: Curve, times_s: Curve) -> tuple[int, ...]:
    """Return the middles between two beats at which there is an onset."""
    middles_s = (times_s[1:] + times_s[:-1]) / 2
    audible = strength_near(strength, middles_s) >= AUDIBLE_STRENGTH
    return tuple(round(float(time) * 1000) for time in middles_s[audible])


def first_downbeat(low: Curve, change: Curve) -> int:
    """Return which of the first four beats begins a bar, from the bass and the change of harmony at each beat."""

    def mean_share(curve: Curve, first: int) -> float:
        return float(curve[first::BEATS_PER_BAR].mean() / (curve.mean() or 1.0))

    starts = range(min(BEATS_PER_BAR, len(low)))
    return max(starts, key=lambda first: mean_share(low, first) + 2 * mean_share(change, first))
