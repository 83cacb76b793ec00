"""The embedded composer: a bed for any mood and any length that moves with the film's cuts, out of arithmetic alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import cast

import numpy as np

from audio.levels import RATE, Samples
from audio.music.drums import drum, swell
from audio.music.instruments import instrument_kind, struck_note, sustained_note
from audio.music.moods import MOODS, Mood, Part
from audio.music.score import EIGHTHS_PER_BAR, Bar, build_bars, chord_notes

TAIL_S = 4.0  # longest note and the room behind it
BLOCK_S = 30.0
REVERB_S = 1.8
CHORD_CENTRE = 62  # where chords lie (MIDI)
PANS = {
    "pluck": 0.35,
    "marimba": 0.62,
    "keys": 0.42,
    "piano": 0.46,
    "synth": 0.6,
    "hat": 0.58,
    "shaker": 0.36,
    "bell": 0.66,
}


@dataclass(frozen=True, slots=True)
class Note:
    """Something that sounds from ``start_s`` on; ``pan`` 0 (left) … 1 (right)."""

    start_s: float
    sound: Samples
    gain: float
    pan: float


def compose(mood: str, length_s: float, cuts_s: Sequence[float], seed: int) -> Samples:
    """Stereo float32 ``(samples, 2)`` at 48 kHz, neither levelled nor faded. The same arguments give the same samples.

    Each cut gets a new chord and brightness on a downbeat, and air and a chime that lead into it.
    """
    kind = MOODS[mood]
    bars = build_bars(kind, length_s, cuts_s, seed)
    notes = sorted([*_part_notes(kind, bars, seed), *_accent_notes(kind, bars, cuts_s, seed)], key=lambda n: n.start_s)
    count = round(length_s * RATE)
    out = np.zeros((count + round(TAIL_S * RATE), 2), np.float32)
    for start_s, block in _blocks_with_reverb(kind, notes, length_s):
        start = round(start_s * RATE)
        end = min(len(out), start + len(block))
        out[start:end] += block[: end - start]
    return out[:count]


def _blocks_with_reverb(kind: Mood, notes: Sequence[Note], length_s: float) -> Iterator[tuple[float, Samples]]:
    """Half a minute at a time with its tail: ten minutes at once would take a gigabyte for the room alone."""
    for start_s in np.arange(0.0, length_s, BLOCK_S).tolist():
        mine = [note for note in notes if start_s <= note.start_s < start_s + BLOCK_S]
        yield start_s, _add_reverb(kind, _mix_notes(mine, start_s))


def _mix_notes(notes: Sequence[Note], start_s: float) -> Samples:
    out = np.zeros((round((BLOCK_S + TAIL_S) * RATE), 2), np.float32)
    for one in notes:
        at = round((one.start_s - start_s) * RATE)
        sound = one.sound[: len(out) - at]
        angle = one.pan * np.pi / 2
        out[at : at + len(sound), 0] += sound * np.float32(one.gain * np.cos(angle))
        out[at : at + len(sound), 1] += sound * np.float32(one.gain * np.sin(angle))
    return out


def _add_reverb(kind: Mood, dry: Samples) -> Samples:
    from scipy.signal import butter, oaconvolve, sosfilt

    wet = oaconvolve(dry, _reverb_impulse(), axes=0)[: len(dry)]
    both = dry + kind.reverb * wet
    return cast(Samples, sosfilt(butter(1, kind.highest_hz, fs=RATE, output="sos"), both, axis=0).astype(np.float32))


@lru_cache(maxsize=1)
def _reverb_impulse() -> Samples:
    """Noise that dies away by 60 dB in ``ROOM_S``, different in each ear, of unit energy."""
    t = np.arange(round(REVERB_S * RATE)) / RATE
    decay = np.exp(-6.9 * t / REVERB_S) * np.minimum(1, t / 0.012)
    room = np.random.default_rng(3).standard_normal((len(t), 2)) * decay[:, None]
    return cast(Samples, (room / np.sqrt((room**2).sum(axis=0))).astype(np.float32))


def _part_notes(kind: Mood, bars: Sequence[Bar], seed: int) -> Iterator[Note]:
    key = int(np.random.default_rng([seed, 5]).integers(-3, 4))
    dice = np.random.default_rng([seed, 7])
    for bar in bars:
        for part in kind.parts:
            if bar.intensity >= part.min_intensity:
                yield from _notes_in_bar(part, bar, key, dice)


def _notes_in_bar(part: Part, bar: Bar, key: int, dice: np.random.Generator) -> Iterator[Note]:
    """Every stroke a little different in force, as hands are."""
    tones = chord_notes(bar.chord, key, CHORD_CENTRE + 12 * part.octave)
    turn = int(dice.integers(0, len(tones)))
    strokes = [n for n in range(bar.eighths) if part.pattern[n % EIGHTHS_PER_BAR] != "."]
    for place, (eighth, until) in enumerate(pairwise([*strokes, bar.eighths])):
        softer = 0.55 if part.pattern[eighth % EIGHTHS_PER_BAR] == "o" else 1.0
        gain = part.gain * softer * float(dice.uniform(0.85, 1.0))
        at_s = bar.start_s + eighth * bar.eighth_s
        for midi in _pitches(part, tones, place + turn, key + bar.chord.root):
            for sound, pan in _note_sounds(part, midi, (until - eighth) * bar.eighth_s, bar.brightness):
                yield Note(at_s, sound, gain, pan)


def _note_sounds(part: Part, midi: int, length_s: float, bright: float) -> Iterator[tuple[Samples, float]]:
    """A held chord stands on both sides, a little different on each; the rest has its place.

    Lengths come in steps of 50 ms and brightness in tenths, so that a note is made once and played often.
    """
    kind = instrument_kind(part.instrument)
    if kind == "drum":
        yield drum(part.instrument), PANS.get(part.instrument, 0.5)
    elif kind == "struck":
        spread = 0.03 * float(np.clip(midi - CHORD_CENTRE, -7, 7)) if part.plays == "chord" else 0.0
        yield struck_note(part.instrument, midi), PANS.get(part.instrument, 0.5) + spread
    else:
        sides = ((0, 0.12), (1, 0.88)) if part.plays == "chord" else ((0, 0.5),)
        length_ms = max(50, round(length_s * 20) * 50)
        yield from (
            (sustained_note(part.instrument, midi, length_ms, round(bright * 10) * 10, side), pan)
            for side, pan in sides
        )


def _pitches(part: Part, tones: Sequence[int], turn: int, root: int) -> tuple[int, ...]:
    if part.plays == "chord":
        return tuple(tones)
    if part.plays == "arp":
        up_and_down = [*tones, *tones[-2:0:-1]]
        return (up_and_down[turn % len(up_and_down)],)
    if part.plays == "root":
        return (CHORD_CENTRE + 12 * part.octave + (root - CHORD_CENTRE + 6) % 12 - 6,)
    return (60,)


def _accent_notes(kind: Mood, bars: Sequence[Bar], cuts_s: Sequence[float], seed: int) -> Iterator[Note]:
    """Air that leads into each cut and a chime of the new chord on it."""
    key = int(np.random.default_rng([seed, 5]).integers(-3, 4))
    end_s = bars[-1].end_s if bars else 0.0
    for cut in cuts_s:
        if not 0 < cut < end_s - 0.5:
            continue
        now = next(bar for bar in reversed(bars) if bar.start_s <= cut + 1e-6)
        lead_s = min(cut, 2 * now.eighth_s)
        yield Note(cut - lead_s, swell(round(lead_s * 1000)), kind.swell, 0.5)
        yield Note(
            cut, struck_note("bell", chord_notes(now.chord, key, CHORD_CENTRE + 24)[-1]), 0.6 * kind.swell, PANS["bell"]
        )
