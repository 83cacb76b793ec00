"""What the composer writes before it sounds: a tempo that meets the cuts, bars, chords and who plays what. All pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from audio.music.moods import Chord, Mood

EIGHTHS_PER_BAR = 8
SHORTEST_BAR_EIGHTHS = 3  # a bar shorter than this joins the one before it
MAX_TEMPO_BEND = 0.07  # how far a section may leave the tempo before it ends on an off-beat instead
TEMPO_SHIFTS = tuple(n / 200 for n in range(-12, 13))  # ±6 %


@dataclass(frozen=True, slots=True)
class Bar:
    """``eighths`` of ``eighth_s`` each from ``start_s`` on; ``force`` (0 … 1) decides which parts play."""

    start_s: float
    eighth_s: float
    eighths: int
    chord: Chord
    intensity: float
    brightness: float

    @property
    def end_s(self) -> float:
        return self.start_s + self.eighths * self.eighth_s


def build_bars(mood: Mood, length_s: float, cuts_s: Sequence[float], seed: int) -> tuple[Bar, ...]:
    """Bars that fill ``[0, length_s)``; every cut that is far enough from its neighbours begins a bar and a chord."""
    eighth_s = fit_eighth_s(mood.bpm, cuts_s)
    joints = [0.0, *section_cuts(cuts_s, length_s, 3 * eighth_s), length_s]
    dice = np.random.default_rng([seed, 11])
    bars: list[Bar] = []
    for section, (start_s, end_s) in enumerate(pairwise(joints)):
        bright = mood.brightness * float(dice.uniform(0.75, 1.15))
        count = count_eighths(end_s - start_s, eighth_s)
        its_eighth_s = (end_s - start_s) / count
        at = 0
        for eighths in bar_lengths(count):
            begin_s = start_s + at * its_eighth_s
            chord = _chord(mood, len(bars))
            bars.append(Bar(begin_s, its_eighth_s, eighths, chord, intensity_at(begin_s, length_s, section), bright))
            at += eighths
    return tuple(bars)


def fit_eighth_s(bpm: float, cuts_s: Sequence[float]) -> float:
    """Seconds of an eighth near ``bpm`` on whose beats the stretches between cuts end best."""
    stretches = [b - a for a, b in pairwise([0.0, *cuts_s]) if b > a]

    def misses(shift: float) -> float:
        beat_s = 60 / (bpm * (1 + shift))
        off = [abs(stretch / beat_s - round(stretch / beat_s)) for stretch in stretches]
        return float(np.mean(off)) + abs(shift) if off else abs(shift)

    return 30 / (bpm * (1 + min(TEMPO_SHIFTS, key=misses)))


def section_cuts(cuts_s: Sequence[float], length_s: float, apart_s: float) -> list[float]:
    """The cuts that can begin a bar: in order, inside the film, not too close to another."""
    kept: list[float] = []
    for cut in sorted(cuts_s):
        if cut - (kept[-1] if kept else 0.0) >= apart_s and length_s - cut >= apart_s:
            kept.append(cut)
    return kept


def count_eighths(stretch_s: float, eighth_s: float) -> int:
    """How many eighths a stretch gets: whole beats while that bends the tempo little, else it ends on an off-beat."""
    beats = max(1, round(stretch_s / eighth_s / 2))
    if abs(stretch_s / (beats * 2 * eighth_s) - 1) <= MAX_TEMPO_BEND:
        return beats * 2
    return max(1, round(stretch_s / eighth_s))


def bar_lengths(eighths: int) -> list[int]:
    """Whole bars and what is left; a scrap joins the last bar."""
    whole, rest = divmod(eighths, EIGHTHS_PER_BAR)
    lengths = [EIGHTHS_PER_BAR] * whole
    if rest and lengths and rest < SHORTEST_BAR_EIGHTHS:
        lengths[-1] += rest
    elif rest:
        lengths.append(rest)
    return lengths


def intensity_at(start_s: float, length_s: float, section: int) -> float:
    """It grows over the first eight seconds, steps back in every fourth section, and calms down at the end."""
    grown = min(1.0, 0.35 + start_s / 8)
    if length_s - start_s < 3:
        return min(grown, 0.5)
    return grown * (0.6 if section % 4 == 3 else 1.0)


def _chord(mood: Mood, bar: int) -> Chord:
    """Four bars of one progression, four of the next."""
    progression = mood.progressions[bar // 4 % len(mood.progressions)]
    return progression[bar % len(progression)]


def chord_notes(chord: Chord, key: int, around: int) -> tuple[int, ...]:
    """MIDI notes of a chord, each in the octave nearest to ``around``: neighbours share what they have in common."""
    notes = {around + (key + chord.root + tone - around + 6) % 12 - 6 for tone in chord.tones}
    return tuple(sorted(notes))
