"""Finishing a spoken line: one sample rate, one loudness, and only a short padding around the speech."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from audio.base import Spoken
from audio.levels import RATE, Samples, normalise_loudness, resample, sounding_range
from schemas.speech import Word

PADDING_BEFORE_MS, PADDING_AFTER_MS = 20, 60
RAMP_MS = 5
SAMPLES_PER_MS = RATE // 1000


def finish_line(spoken: Spoken, words: Sequence[Word]) -> tuple[Samples, tuple[Word, ...]]:
    """Return the line as 48 kHz mono at the reference loudness, and the words shifted by what was cut off.

    The line is whole milliseconds long, and empty when ``spoken`` is silent.
    """
    samples = resample(spoken.samples, spoken.rate)
    start_ms, end_ms = sounding_range_ms(samples)
    line = samples[start_ms * SAMPLES_PER_MS : end_ms * SAMPLES_PER_MS]
    padded = np.pad(line, (0, (end_ms - start_ms) * SAMPLES_PER_MS - len(line)))
    return normalise_loudness(_ramp_edges(padded)), tuple(_shift_word(word, start_ms, end_ms) for word in words)


def sounding_range_ms(samples: Samples) -> tuple[int, int]:
    """Return ``[start, end)`` of the sounding part at 48 kHz with its padding; ``(0, 0)`` for silence."""
    first, last = sounding_range(samples, RATE)
    if last == 0:
        return 0, 0
    length_ms = -(-len(samples) // SAMPLES_PER_MS)
    start_ms, end_ms = first // SAMPLES_PER_MS, -(-last // SAMPLES_PER_MS)
    return max(0, start_ms - PADDING_BEFORE_MS), min(length_ms, end_ms + PADDING_AFTER_MS)


def _ramp_edges(samples: Samples) -> Samples:
    """Return ``samples`` with linear ramps from and to zero, so that a line on silence does not click."""
    count = min(RAMP_MS * SAMPLES_PER_MS, len(samples) // 2)
    ramp = np.linspace(0, 1, count, dtype=np.float32)
    out = samples.copy()
    out[:count] *= ramp
    out[len(out) - count :] *= ramp[::-1]
    return out


def _shift_word(word: Word, start_ms: int, end_ms: int) -> Word:
    def shifted(ms: int) -> int:
        return max(0, min(ms, end_ms) - start_ms)

    return replace(word, start_ms=shifted(word.start_ms), end_ms=shifted(word.end_ms))
