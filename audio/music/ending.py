"""The end of a recorded bed: its last beat is a chord of the key that rings and is not played on.

The chord is the recording's own: the sound after its home beat, up to the next beat, and its reverb. An editor ends a
song that is too long in the same way.
"""

from __future__ import annotations

from typing import cast

import numpy as np

from audio.levels import RATE, Samples
from audio.music.reverb import reverberate
from schemas.music import MusicBeats

CROSSFADE_S = 0.012  # before the beat: the attack of the chord stays whole
# The chord sounds until just before the next beat, or for this long.
LONGEST_CHORD_S, BEFORE_NEXT_BEAT_S = 0.5, 0.05
RELEASE_S = 0.12
REVERB_GAIN = 0.55


def end_on_beat(bed: Samples, ending_ms: int, piece: Samples, beats: MusicBeats) -> Samples:
    """Return stereo ``bed`` with what follows ``ending_ms`` replaced by the ringing home chord of ``piece``."""
    start = ending_ms * RATE // 1000
    fade = min(start, round(CROSSFADE_S * RATE), beats.home_ms * RATE // 1000)
    chord = ringing_chord(piece, beats, len(bed) - start + fade, fade)
    out = bed.copy()
    out[start - fade :] = chord
    rise = _rise(fade)[:, None]
    out[start - fade : start] = bed[start - fade : start] * rise[::-1] + chord[:fade] * rise
    return out


def ringing_chord(piece: Samples, beats: MusicBeats, count: int, lead: int = 0) -> Samples:
    """Return ``count`` samples of the home chord of ``piece`` with its reverb, from ``lead`` samples before it on."""
    home = beats.home_ms * RATE // 1000
    length = lead + round(min(LONGEST_CHORD_S, 60 / beats.bpm - BEFORE_NEXT_BEAT_S) * RATE)
    dry = piece[home - lead : home - lead + min(length, count)].copy()
    release = min(len(dry), round(RELEASE_S * RATE))
    dry[len(dry) - release :] *= _rise(release)[::-1, None]
    padded = np.pad(dry, ((0, count - len(dry)), (0, 0)))
    return cast(Samples, padded + np.float32(REVERB_GAIN) * reverberate(padded))


def _rise(count: int) -> Samples:
    return (np.sin((np.arange(count) + 0.5) / max(1, count) * np.pi / 2) ** 2).astype(np.float32)
