"""The aligner without a model: it detects speech by its energy and divides its time among the words by letters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.core.config import Settings
from app.core.errors import ProviderRefused
from audio.levels import Samples, envelope
from audio.words import Seconds, distribute_time

STEP_S = 0.005
BELOW_LOUD_DB = 32.0  # this far under the loud parts, sound is breath and background noise
SHORTEST_PAUSE_S = 0.12
SHORTEST_SOUND_S = 0.04


def build(_: Settings) -> Proportional:
    return Proportional()


@dataclass(frozen=True)
class Proportional:
    name: str = "proportional"
    confidence: float = 0.3

    def align(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[Seconds | None]:
        """Return a span for each word that has a letter or a digit. Raises ``ProviderRefused`` for silence."""
        stretches = detect_speech(samples, rate)
        spoken = [index for index, word in enumerate(words) if any(c.isalnum() for c in word)]
        if not stretches or not spoken:
            raise ProviderRefused(self.name, "the sound contains no speech")
        speech_s = sum(end - start for start, end in stretches)
        shares = distribute_time([words[index] for index in spoken], 0.0, speech_s)
        spans: list[Seconds | None] = [None] * len(words)
        for index, (start, end) in zip(spoken, shares, strict=True):
            spans[index] = (
                _time_after_speech(stretches, start, is_end=False),
                _time_after_speech(stretches, end, is_end=True),
            )
        return spans


def detect_speech(samples: Samples, rate: int) -> list[Seconds]:
    """Return half-open stretches of sound in seconds; pauses below ``SHORTEST_PAUSE_S`` do not end a stretch."""
    level = envelope(samples, rate)
    if not level.size or level.max() <= 0:
        return []
    loud = level > np.quantile(level[level > 0], 0.95) * 10 ** (-BELOW_LOUD_DB / 20)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], loud.astype(np.int8), [0]]))).reshape(-1, 2) * STEP_S
    joined: list[Seconds] = []
    for start, end in edges.tolist():
        if joined and start - joined[-1][1] < SHORTEST_PAUSE_S:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return [(start, end) for start, end in joined if end - start >= SHORTEST_SOUND_S]


def _time_after_speech(stretches: Sequence[Seconds], speech_s: float, *, is_end: bool) -> float:
    """Return the time at which ``speech_s`` seconds of speech have passed.

    At a pause that is the pause's start if ``is_end``, else its end.
    """
    for start, end in stretches:
        length = end - start
        if speech_s < length - STEP_S / 10 or (is_end and speech_s < length + STEP_S / 10):
            return start + min(speech_s, length)
        speech_s -= length
    return stretches[-1][1]
