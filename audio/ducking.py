"""Ducking: one gain curve for the music, low under speech, higher in pauses, and full where speech is away for long.

The voice is known before the mix is made, so the curve looks ahead: the music is already down when a phrase begins, and
does not follow single syllables as a compressor keyed by the voice does.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audio.levels import RATE, Samples, envelope, loudness

DEPTH_DB = 9.3  # attenuation of the music under speech, relative to pauses
LIFT_DB = 5.0  # amplification of the music where nothing is spoken for more than LONG_PAUSE_S
LONG_PAUSE_S = 2.0
LIFT_RISE_S, LIFT_FALL_S = 0.6, 0.4
SHORTEST_PAUSE_S = 0.4  # a shorter gap between two sounds of the voice counts as speech
BELOW_VOICE_DB = 22.0  # RMS over 5 ms this far below the voice's loudness is not speech
SHORTEST_SOUND_S = 0.03  # a shorter isolated sound is a click
RISE_SHARE, LONGEST_RISE_S = 0.25, 0.3
FALL_SHARE, LONGEST_FALL_S = 0.15, 0.25
STEP_S = 0.005
_CHUNK_SAMPLES = RATE * 10

Span = tuple[float, float]


def speech_spans(voice: Samples, rate: int = RATE) -> list[Span]:
    """Return the phrases in mono ``voice`` as ``[start, end)`` in seconds.

    Gaps below ``SHORTEST_PAUSE_S`` do not end a phrase.
    """
    level = loudness(voice, rate)
    if level is None:
        return []
    is_loud = envelope(voice, rate) > 10 ** ((level - BELOW_VOICE_DB) / 20)
    edges = np.flatnonzero(np.diff(is_loud, prepend=False, append=False))
    sounds = [(start, end) for start, end in edges.reshape(-1, 2) * STEP_S]
    return [span for span in _merge_sounds(sounds) if span[1] - span[0] >= SHORTEST_SOUND_S]


def _merge_sounds(sounds: list[Span]) -> list[Span]:
    spans: list[Span] = []
    for start, end in sounds:
        if spans and start - spans[-1][1] < SHORTEST_PAUSE_S:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans


def gain_curve(spans: list[Span], length_s: float) -> NDArray[np.float64]:
    """Return the music's gain in dB every ``STEP_S``.

    It is ``-DEPTH_DB`` under speech, 0 in pauses, ``LIFT_DB`` in long ones, and 0 without speech.
    """
    times = np.arange(round(length_s / STEP_S) + 2) * STEP_S
    curve = np.zeros_like(times)
    if spans:
        curve -= DEPTH_DB
        for start, end in _pauses(spans, length_s):
            inside = (times >= start) & ((times <= end) | (end >= length_s))
            curve[inside] = _pause_gain_db(times[inside], start, end, start > 0, end < length_s)
    return curve


def _pauses(spans: list[Span], length_s: float) -> list[Span]:
    starts, ends = [0.0, *(end for _, end in spans)], [*(start for start, _ in spans), length_s]
    return [(start, end) for start, end in zip(starts, ends, strict=True) if end - start >= SHORTEST_PAUSE_S]


def _pause_gain_db(times: NDArray[Any], start: float, end: float, rises: bool, falls: bool) -> NDArray[Any]:
    """Return the curve inside one pause, with a ramp at each end that borders on speech."""
    length = end - start
    rise_db = DEPTH_DB
    rise_s, fall_s = min(LONGEST_RISE_S, RISE_SHARE * length), min(LONGEST_FALL_S, FALL_SHARE * length)
    if length > LONG_PAUSE_S:
        rise_db, rise_s, fall_s = DEPTH_DB + LIFT_DB, LIFT_RISE_S, LIFT_FALL_S
    up = np.clip((times - start) / rise_s, 0, 1) if rises else np.ones_like(times)
    down = np.clip((end - times) / fall_s, 0, 1) if falls else np.ones_like(times)
    return rise_db * (1 - np.cos(np.pi * np.minimum(up, down))) / 2 - DEPTH_DB


def write_gain(voice: Samples, into: Path) -> None:
    """Write the gain of the music under mono ``voice`` at 48 kHz, relative to ``LIFT_DB``.

    The file is a mono 16-bit WAV of factors 0 … 1, as long as ``voice``.
    """
    import soundfile

    curve = 10 ** ((gain_curve(speech_spans(voice), len(voice) / RATE) - LIFT_DB) / 20)
    times = np.arange(len(curve)) * STEP_S
    with soundfile.SoundFile(into, "w", RATE, 1, "PCM_16", format="WAV") as file:
        for first in range(0, len(voice), _CHUNK_SAMPLES):
            sample_times = np.arange(first, min(first + _CHUNK_SAMPLES, len(voice))) / RATE
            file.write(np.interp(sample_times, times, curve))
