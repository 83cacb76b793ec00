"""The embedded composer: it synthesises a bed for any mood and length that follows the film's cuts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

import numpy as np

from audio.levels import RATE, Samples
from audio.music.drums import drum, swell
from audio.music.instruments import instrument_kind, struck_note, sustained_note
from audio.music.moods import MOODS, Mood, Part
from audio.music.reverb import reverberate
from audio.music.score import EIGHTHS_PER_BAR, Bar, build_bars, chord_notes

TAIL_S = 4.0  # the longest note with its reverb
BLOCK_S = 30.0
CHORD_CENTRE = 62  # MIDI note around which chords are voiced
PAN = {
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
    """A sound that starts at ``start_s``; ``pan`` 0 (left) … 1 (right)."""

    start_s: float
    sound: Samples
    gain: float
    pan: float


def compose(mood: str, length_s: float, cuts_s: Sequence[float], seed: int, ending_s: float | None = None) -> Samples:
    """Return stereo float32 ``(samples, 2)`` at 48 kHz, neither normalised nor faded.

    The same arguments give the same samples. Each cut gets a new chord and brightness on a downbeat, a swell that leads
    into it and a chime. At ``ending_s`` the home chord is struck and rings.
    """
    style = MOODS[mood]
    bars = build_bars(style, length_s, cuts_s, seed, ending_s)
    notes = [*_part_notes(style, bars, seed), *_accent_notes(style, bars, cuts_s, seed)]
    notes.sort(key=lambda note: note.start_s)
    count = round(length_s * RATE)
    out = np.zeros((count + round(TAIL_S * RATE), 2), np.float32)
    for start_s, block in _blocks_with_reverb(style, notes, length_s):
        start = round(start_s * RATE)
        end = min(len(out), start + len(block))
        out[start:end] += block[: end - start]
    return out[:count]


def _blocks_with_reverb(style: Mood, notes: Sequence[Note], length_s: float) -> Iterator[tuple[float, Samples]]:
    """Yield the start of each block of 30 s and its sound with the tail after it.

    Ten minutes at once would take a gigabyte for the reverb alone.
    """
    for start_s in np.arange(0.0, length_s, BLOCK_S).tolist():
        block_notes = [note for note in notes if start_s <= note.start_s < start_s + BLOCK_S]
        yield start_s, _add_reverb(style, _mix_notes(block_notes, start_s))


def _mix_notes(notes: Sequence[Note], start_s: float) -> Samples:
    out = np.zeros((round((BLOCK_S + TAIL_S) * RATE), 2), np.float32)
    for note in notes:
        start = round((note.start_s - start_s) * RATE)
        sound = note.sound[: len(out) - start]
        angle = note.pan * np.pi / 2
        out[start : start + len(sound), 0] += sound * np.float32(note.gain * np.cos(angle))
        out[start : start + len(sound), 1] += sound * np.float32(note.gain * np.sin(angle))
    return out


def _add_reverb(style: Mood, dry: Samples) -> Samples:
    """Return ``dry`` with the mood's reverb and low-pass filter."""
    from scipy.signal import butter, sosfilt

    mixed = dry + style.reverb * reverberate(dry)
    return cast(Samples, sosfilt(butter(1, style.highest_hz, fs=RATE, output="sos"), mixed, axis=0).astype(np.float32))


def _part_notes(style: Mood, bars: Sequence[Bar], seed: int) -> Iterator[Note]:
    key = _key(seed)
    rng = np.random.default_rng([seed, 7])
    for bar in bars:
        for part in style.parts:
            if bar.intensity >= part.min_intensity:
                yield from _notes_in_bar(part, bar, key, rng)


def _key(seed: int) -> int:
    """Return the key of a piece in semitones above C."""
    return int(np.random.default_rng([seed, 5]).integers(-3, 4))


def _notes_in_bar(part: Part, bar: Bar, key: int, rng: np.random.Generator) -> Iterator[Note]:
    """Yield the notes of one part in one bar; the gain of each stroke varies a little, as when played by hand."""
    tones = chord_notes(bar.chord, key, CHORD_CENTRE + 12 * part.octave)
    first_tone = int(rng.integers(0, len(tones)))
    strokes = [n for n in range(bar.eighths) if part.pattern[n % EIGHTHS_PER_BAR] != "."]
    for index, (eighth, next_eighth) in enumerate(pairwise([*strokes, bar.eighths])):
        accent = 0.55 if part.pattern[eighth % EIGHTHS_PER_BAR] == "o" else 1.0
        gain = part.gain * accent * float(rng.uniform(0.85, 1.0))
        start_s = bar.start_s + eighth * bar.eighth_s
        for midi in _pitches(part, tones, index + first_tone, key + bar.chord.root):
            for sound, pan in _note_sounds(part, midi, (next_eighth - eighth) * bar.eighth_s, bar.brightness):
                yield Note(start_s, sound, gain, pan)


def _note_sounds(part: Part, midi: int, length_s: float, brightness: float) -> Iterator[tuple[Samples, float]]:
    """Yield the sounds of one note, each with its pan.

    A sustained chord has a slightly different sound on each side; every other note has one sound. Lengths are rounded
    to 50 ms and brightness to tenths, so that each sound is synthesised once and used often.
    """
    kind = instrument_kind(part.instrument)
    if kind == "drum":
        yield drum(part.instrument), PAN.get(part.instrument, 0.5)
    elif kind == "struck":
        spread = 0.03 * float(np.clip(midi - CHORD_CENTRE, -7, 7)) if part.plays == "chord" else 0.0
        yield struck_note(part.instrument, midi), PAN.get(part.instrument, 0.5) + spread
    else:
        sides = ((0, 0.12), (1, 0.88)) if part.plays == "chord" else ((0, 0.5),)
        length_ms, percent = max(50, round(length_s * 20) * 50), round(brightness * 10) * 10
        yield from ((sustained_note(part.instrument, midi, length_ms, percent, side), pan) for side, pan in sides)


def _pitches(part: Part, tones: Sequence[int], step: int, root: int) -> tuple[int, ...]:
    """Return the MIDI notes of one stroke; ``step`` counts the strokes of an arpeggio."""
    if part.plays == "chord":
        return tuple(tones)
    if part.plays == "arp":
        up_and_down = [*tones, *tones[-2:0:-1]]
        return (up_and_down[step % len(up_and_down)],)
    if part.plays == "root":
        return (CHORD_CENTRE + 12 * part.octave + (root - CHORD_CENTRE + 6) % 12 - 6,)
    return (60,)


def _accent_notes(style: Mood, bars: Sequence[Bar], cuts_s: Sequence[float], seed: int) -> Iterator[Note]:
    """Yield a swell that leads into each cut, and on the cut a chime of its chord."""
    key = _key(seed)
    end_s = bars[-1].end_s if bars else 0.0
    for cut_s in cuts_s:
        if not 0 < cut_s < end_s - 0.5:
            continue
        bar = next(bar for bar in reversed(bars) if bar.start_s <= cut_s + 1e-6)
        lead_s = min(cut_s, 2 * bar.eighth_s)
        yield Note(cut_s - lead_s, swell(round(lead_s * 1000)), style.swell, 0.5)
        chime = struck_note("bell", chord_notes(bar.chord, key, CHORD_CENTRE + 24)[-1])
        yield Note(cut_s, chime, 0.6 * style.swell, PAN["bell"])
