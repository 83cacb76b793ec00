"""From what a voice gave to a line that can be laid: one rate, one level, no silence around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from audio.base import Spoken
from audio.levels import RATE, Samples, normalise_loudness, resample, sounding
from schemas.speech import Word

PADDING_BEFORE_MS, PADDING_AFTER_MS = 20, 60  # air left around a line
RAMP_MS = 5
SAMPLES_PER_MS = RATE // 1000


def finish_line(spoken: Spoken, words: Sequence[Word]) -> tuple[Samples, tuple[Word, ...]]:
    """48 kHz mono at the voice level, whole milliseconds long; the words moved along with the cut.

    Empty when nothing sounds.
    """
    samples = resample(spoken.samples, spoken.rate)
    start_ms, end_ms = sounding_range_ms(samples)
    piece = samples[start_ms * SAMPLES_PER_MS : end_ms * SAMPLES_PER_MS]
    padded = np.pad(piece, (0, (end_ms - start_ms) * SAMPLES_PER_MS - len(piece)))
    return normalise_loudness(_ramp_edges(padded)), tuple(_shift_word(word, start_ms, end_ms) for word in words)


def sounding_range_ms(samples: Samples) -> tuple[int, int]:
    """``[start, end)`` of what sounds at 48 kHz in whole milliseconds, with some air; ``(0, 0)`` for silence."""
    first, last = sounding(samples, RATE)
    if last == 0:
        return 0, 0
    whole_ms = -(-len(samples) // SAMPLES_PER_MS)
    return max(0, first // SAMPLES_PER_MS - PADDING_BEFORE_MS), min(
        whole_ms, -(-last // SAMPLES_PER_MS) + PADDING_AFTER_MS
    )


def _ramp_edges(samples: Samples) -> Samples:
    """Its edges come from and go to zero: no click where a line is laid on silence."""
    count = min(RAMP_MS * SAMPLES_PER_MS, len(samples) // 2)
    ramp = np.linspace(0, 1, count, dtype=np.float32)
    out = samples.copy()
    out[:count] *= ramp
    out[len(out) - count :] *= ramp[::-1]
    return out


def _shift_word(word: Word, start_ms: int, end_ms: int) -> Word:
    def inside(ms: int) -> int:
        return max(0, min(ms, end_ms) - start_ms)

    return replace(word, start_ms=inside(word.start_ms), end_ms=inside(word.end_ms))
