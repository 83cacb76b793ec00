"""Finishing a spoken line: one sample rate, one loudness, no long pauses, and a short padding around the speech."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from audio.base import Spoken
from audio.levels import RATE, Samples, envelope, normalise_loudness, resample, sounding_range
from schemas.speech import Word

PADDING_BEFORE_MS, PADDING_AFTER_MS = 20, 60
# Voices pause for up to half a second between two sentences of a line, which sounds like a break in a short film. The
# limit is below 0.4 s, because the ends of words are softer than QUIET_DB.
LONGEST_PAUSE_MS, QUIET_DB = 330, -40.0
STEP_MS = 5
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
    shifted = tuple(_shift_word(word, start_ms, end_ms) for word in words)
    samples, shifted = shorten_pauses(_ramp_edges(padded), shifted)
    return normalise_loudness(samples), shifted


def shorten_pauses(samples: Samples, words: Sequence[Word]) -> tuple[Samples, tuple[Word, ...]]:
    """Return the line with its pauses of at most ``LONGEST_PAUSE_MS``, cut in their middle, and the words moved."""
    cuts = [
        ((start + end - too_long) // 2 // STEP_MS * STEP_MS, too_long)
        for start, end in _quiet_ms(samples)
        if (too_long := end - start - LONGEST_PAUSE_MS) > 0
    ]
    kept = np.ones(len(samples), bool)
    for first_ms, length_ms in cuts:
        kept[first_ms * SAMPLES_PER_MS : (first_ms + length_ms) * SAMPLES_PER_MS] = False
    return samples[kept], tuple(_moved_word(word, cuts) for word in words)


def _quiet_ms(samples: Samples) -> list[tuple[int, int]]:
    """Return the quiet parts between two sounds as ``[start, end)``."""
    level = envelope(samples, RATE)
    loud = level > level.max(initial=0.0) * 10 ** (QUIET_DB / 20)
    edges = np.flatnonzero(np.diff(loud.astype(np.int8))) + 1
    inner = edges[0 if not len(loud) or loud[0] else 1 :]
    return [(int(start) * STEP_MS, int(end) * STEP_MS) for start, end in zip(inner[::2], inner[1::2], strict=False)]


def _moved_word(word: Word, cuts: Sequence[tuple[int, int]]) -> Word:
    """Return the word with the time that is cut before each of its ends taken off."""

    def moved(ms: int) -> int:
        return ms - sum(min(length_ms, max(0, ms - first_ms)) for first_ms, length_ms in cuts)

    return replace(word, start_ms=moved(word.start_ms), end_ms=moved(word.end_ms))


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
