"""The aligner that needs nothing: it hears where there is speech, and deals that time out by letters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.core.config import Settings
from app.core.errors import ProviderRefused
from audio.levels import Samples, envelope
from audio.words import Seconds, distribute_time

STEP_S = 0.005
BELOW_LOUD_DB = 32.0  # under the loud parts: breath and room
SHORTEST_PAUSE_S = 0.12
SHORTEST_SOUND_S = 0.04


def build(_: Settings) -> Proportional:
    return Proportional()


@dataclass(frozen=True)
class Proportional:
    name: str = "proportional"
    confidence: float = 0.3

    def align(self, samples: Samples, rate: int, words: Sequence[str], language: str) -> list[Seconds | None]:
        """Raises ``ProviderRefused`` for silence."""
        stretches = detect_speech(samples, rate)
        sounding = [n for n, word in enumerate(words) if any(c.isalnum() for c in word)]
        if not stretches or not sounding:
            raise ProviderRefused(self.name, "there is no speech in it")
        whole_s = sum(end - start for start, end in stretches)
        spans: list[Seconds | None] = [None] * len(words)
        for n, (start, end) in zip(sounding, distribute_time([words[n] for n in sounding], 0.0, whole_s), strict=True):
            spans[n] = (_time_after_speech(stretches, start, last=False), _time_after_speech(stretches, end, last=True))
        return spans


def detect_speech(samples: Samples, rate: int) -> list[Seconds]:
    """Half-open stretches of sound in seconds, those with a breath between them joined."""
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


def _time_after_speech(stretches: Sequence[Seconds], spoken_s: float, *, last: bool) -> float:
    """When ``spoken_s`` seconds of speech have sounded; at a pause, its begin (``last``) or its end."""
    for start, end in stretches:
        length = end - start
        if spoken_s < length - STEP_S / 10 or (last and spoken_s < length + STEP_S / 10):
            return start + min(spoken_s, length)
        spoken_s -= length
    return stretches[-1][1]
