"""The score of a bed: a tempo that fits the cuts, bars, chords, and an intensity that selects the parts of each bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from audio.music.moods import Chord, Mood

EIGHTHS_PER_BAR = 8
SHORTEST_BAR_EIGHTHS = 3  # a shorter bar joins the one before it
MAX_TEMPO_BEND = 0.07  # a section that would have to change the tempo by more ends on an off-beat
LAST_STROKE_S, LAST_INTENSITY = 0.4, 0.7
TEMPO_SHIFTS = tuple(n / 200 for n in range(-12, 13))  # ±6 %


@dataclass(frozen=True, slots=True)
class Bar:
    """``eighths`` of ``eighth_s`` each from ``start_s`` on; ``intensity`` (0 … 1) decides which parts play."""

    start_s: float
    eighth_s: float
    eighths: int
    chord: Chord
    intensity: float
    brightness: float

    @property
    def end_s(self) -> float:
        return self.start_s + self.eighths * self.eighth_s


def build_bars(
    mood: Mood, length_s: float, cuts_s: Sequence[float], seed: int, ending_s: float | None = None
) -> tuple[Bar, ...]:
    """Return bars that fill ``[0, length_s)``.

    Every cut that is far enough from its neighbours starts a section, and with it a bar and a chord. At ``ending_s``
    begins a last bar, of one short stroke of the home chord, which rings until the end.
    """
    music_s = length_s if ending_s is None else ending_s
    mean_eighth_s = fit_eighth_s(mood.bpm, [*cuts_s, *([] if ending_s is None else [ending_s])])
    edges_s = [0.0, *section_cuts(cuts_s, music_s, 3 * mean_eighth_s), music_s]
    rng = np.random.default_rng([seed, 11])
    bars: list[Bar] = []
    for section, (section_start_s, section_end_s) in enumerate(pairwise(edges_s)):
        brightness = mood.brightness * float(rng.uniform(0.75, 1.15))
        count = count_eighths(section_end_s - section_start_s, mean_eighth_s)
        eighth_s = (section_end_s - section_start_s) / count
        first_eighth = 0
        for eighths in bar_lengths(count):
            start_s = section_start_s + first_eighth * eighth_s
            intensity = intensity_at(start_s, length_s, section)
            bars.append(Bar(start_s, eighth_s, eighths, _chord(mood, len(bars)), intensity, brightness))
            first_eighth += eighths
    if ending_s is not None:
        home = mood.progressions[0][0]
        bars.append(Bar(ending_s, LAST_STROKE_S, 1, home, LAST_INTENSITY, mood.brightness))
    return tuple(bars)


def beat_times_s(bars: Sequence[Bar]) -> tuple[float, ...]:
    """Return the beats of a composed piece: every second eighth of each bar."""
    return tuple(bar.start_s + eighth * bar.eighth_s for bar in bars for eighth in range(0, bar.eighths, 2))


def fit_eighth_s(bpm: float, cuts_s: Sequence[float]) -> float:
    """Return the length of an eighth in seconds, at the tempo near ``bpm`` whose beats are closest to the cuts."""
    sections_s = [end - start for start, end in pairwise([0.0, *cuts_s]) if end > start]

    def misfit(shift: float) -> float:
        beat_s = 60 / (bpm * (1 + shift))
        offsets = [abs(section_s / beat_s - round(section_s / beat_s)) for section_s in sections_s]
        return float(np.mean(offsets)) + abs(shift) if offsets else abs(shift)

    return 30 / (bpm * (1 + min(TEMPO_SHIFTS, key=misfit)))


def section_cuts(cuts_s: Sequence[float], length_s: float, min_distance_s: float) -> list[float]:
    """Return the cuts that start a section, in order: those not too close to another or to an end of the film."""
    chosen: list[float] = []
    for cut_s in sorted(cuts_s):
        if cut_s - (chosen[-1] if chosen else 0.0) >= min_distance_s and length_s - cut_s >= min_distance_s:
            chosen.append(cut_s)
    return chosen


def count_eighths(section_s: float, eighth_s: float) -> int:
    """Return the eighths of a section: whole beats unless that bends the tempo too much, else an off-beat end."""
    beats = max(1, round(section_s / eighth_s / 2))
    if abs(section_s / (beats * 2 * eighth_s) - 1) <= MAX_TEMPO_BEND:
        return beats * 2
    return max(1, round(section_s / eighth_s))


def bar_lengths(eighths: int) -> list[int]:
    """Return whole bars and the remainder, which joins the last bar if it is too short for its own."""
    whole_bars, remainder = divmod(eighths, EIGHTHS_PER_BAR)
    lengths = [EIGHTHS_PER_BAR] * whole_bars
    if remainder and lengths and remainder < SHORTEST_BAR_EIGHTHS:
        lengths[-1] += remainder
    elif remainder:
        lengths.append(remainder)
    return lengths


def intensity_at(start_s: float, length_s: float, section: int) -> float:
    """Return the intensity of a bar: rising for eight seconds, lower in every fourth section and in the last 3 s."""
    risen = min(1.0, 0.35 + start_s / 8)
    if length_s - start_s < 3:
        return min(risen, 0.5)
    return risen * (0.6 if section % 4 == 3 else 1.0)


def _chord(mood: Mood, bar: int) -> Chord:
    """Return the chord of a bar; the progression changes every four bars."""
    progression = mood.progressions[bar // 4 % len(mood.progressions)]
    return progression[bar % len(progression)]


def chord_notes(chord: Chord, key: int, centre: int) -> tuple[int, ...]:
    """Return the MIDI notes of a chord, each in the octave nearest to ``centre``, so that chords share their notes."""
    notes = {centre + (key + chord.root + tone - centre + 6) % 12 - 6 for tone in chord.tones}
    return tuple(sorted(notes))
