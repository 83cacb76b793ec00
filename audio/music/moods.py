"""The moods as data: tempo, chord progressions, parts, brightness and reverb of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

MAJOR, MINOR = (0, 4, 7), (0, 3, 7)
MAJOR7, MINOR7 = (0, 4, 7, 11), (0, 3, 7, 10)
ADD9, SUS2 = (0, 4, 7, 14), (0, 2, 7)


class Chord(NamedTuple):
    """A chord: ``root`` in semitones above the key, ``tones`` in semitones above the root."""

    root: int
    tones: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """An instrument's pattern over the eight eighths of a bar: "x" plays, "o" plays softly, "." rests.

    ``plays`` is "chord" (all tones), "arp" (one after the other), "root" or "hit" (drums). The part plays in bars of at
    least ``min_intensity`` (0 … 1).
    """

    instrument: str
    pattern: str
    plays: str
    gain: float
    octave: int = 0
    min_intensity: float = 0.0


@dataclass(frozen=True, slots=True)
class Mood:
    """The composition of one mood; ``swell`` is the gain of the noise before a cut, ``highest_hz`` the low-pass."""

    bpm: float
    progressions: tuple[tuple[Chord, ...], ...]
    parts: tuple[Part, ...]
    brightness: float
    reverb: float
    swell: float
    highest_hz: float = 18_000.0


def _chords(*pairs: tuple[int, tuple[int, ...]]) -> tuple[Chord, ...]:
    return tuple(Chord(root, tones) for root, tones in pairs)


MOODS = {
    "happy": Mood(
        112,
        (
            _chords((0, ADD9), (7, MAJOR), (9, MINOR7), (5, ADD9)),
            _chords((5, ADD9), (0, MAJOR), (2, MINOR7), (7, MAJOR)),
        ),
        (
            Part("pad", "x.......", "chord", 0.10),
            Part("pluck", ".x.x.x.x", "chord", 0.16),
            Part("marimba", "x.xx.xx.", "arp", 0.34, 1),
            Part("bass", "x..x..x.", "root", 0.42, -2, 0.3),
            Part("kick", "x...x.x.", "hit", 0.55, min_intensity=0.55),
            Part("clap", "..x...x.", "hit", 0.30, min_intensity=0.7),
            Part("shaker", "xoxoxoxo", "hit", 0.16, min_intensity=0.45),
        ),
        brightness=0.8,
        reverb=0.18,
        swell=0.10,
    ),
    "calm": Mood(
        76,
        (
            _chords((0, MAJOR7), (9, MINOR7), (5, MAJOR7), (7, SUS2)),
            _chords((5, MAJOR7), (0, MAJOR7), (2, MINOR7), (7, SUS2)),
        ),
        (
            Part("pad", "x.......", "chord", 0.26),
            Part("keys", "x.x.o.x.", "arp", 0.26, 1),
            Part("bass", "x.......", "root", 0.34, -2),
            Part("bell", "....o...", "arp", 0.07, 2, 0.8),
        ),
        brightness=0.35,
        reverb=0.38,
        swell=0.05,
        highest_hz=7_000,
    ),
    "tender": Mood(
        66,
        (
            _chords((0, ADD9), (4, MINOR7), (9, MINOR7), (5, MAJOR7)),
            _chords((5, ADD9), (0, MAJOR), (2, MINOR7), (7, MAJOR)),
        ),
        (
            Part("strings", "x.......", "chord", 0.14, min_intensity=0.5),
            Part("piano", "xoxoxoxo", "arp", 0.34, 0),
            Part("piano", "x...o...", "root", 0.32, -1),
            Part("bell", "x.......", "arp", 0.05, 2, 0.9),
        ),
        brightness=0.45,
        reverb=0.34,
        swell=0.04,
        highest_hz=9_000,
    ),
    "nostalgic": Mood(
        84,
        (
            _chords((9, MINOR7), (5, MAJOR7), (0, MAJOR), (7, MAJOR)),
            _chords((2, MINOR7), (9, MINOR7), (5, MAJOR7), (7, SUS2)),
        ),
        (
            Part("pad", "x.......", "chord", 0.12),
            Part("keys", "x..x..o.", "chord", 0.16),
            Part("keys", "..x.o..x", "arp", 0.17, 1, 0.6),
            Part("bass", "x..x....", "root", 0.40, -2),
            Part("kick", "x....x..", "hit", 0.32, min_intensity=0.6),
            Part("brush", "..x...x.", "hit", 0.20, min_intensity=0.6),
            Part("shaker", "o.o.o.o.", "hit", 0.08, min_intensity=0.5),
        ),
        brightness=0.4,
        reverb=0.26,
        swell=0.06,
        highest_hz=5_500,
    ),
    "energetic": Mood(
        124,
        (
            _chords((9, MINOR), (5, MAJOR), (0, MAJOR), (7, MAJOR)),
            _chords((9, MINOR), (7, MAJOR), (5, MAJOR), (7, MAJOR)),
        ),
        (
            Part("saws", "x.......", "chord", 0.13),
            Part("synth", "xoxxoxxo", "arp", 0.22, 1),
            Part("growl", "xxxxxxxx", "root", 0.30, -2, 0.4),
            Part("kick", "x.x.x.x.", "hit", 0.80, min_intensity=0.5),
            Part("snare", "..x...x.", "hit", 0.42, min_intensity=0.65),
            Part("hat", ".x.x.x.x", "hit", 0.26, min_intensity=0.45),
            Part("hat", "o.o.o.o.", "hit", 0.14, min_intensity=0.9),
        ),
        brightness=1.2,
        reverb=0.14,
        swell=0.14,
    ),
}
