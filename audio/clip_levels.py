"""Levels of the own sound of clips: loudness of parts of a file, lowering under the voice, fades."""

from __future__ import annotations

from collections.abc import Sequence
from math import log10

import numpy as np
from numpy.typing import NDArray

from audio.ducking import Span
from audio.levels import RATE
from schemas.timeline import AudioItem

UNDER_VOICE_DB = -14.0  # level of a lowered clip relative to the voice
GATE_LU = 10.0  # parts of a file that are quieter than its mean by more do not count, as in EBU R 128
FALL_S, RISE_S = 0.15, 0.3  # the ramps before and after speech
SHORTEST_RETURN_S = 0.3  # a pause in which the full level would last shorter stays low


def pooled_lufs(parts: Sequence[tuple[float, int]]) -> float:
    """Return the loudness of parts of known loudness and length together, without the quiet ones (``GATE_LU``)."""
    mean = _mean_lufs(parts)
    return _mean_lufs([part for part in parts if part[0] >= mean - GATE_LU])


def _mean_lufs(parts: Sequence[tuple[float, int]]) -> float:
    energy = sum(length * 10 ** (lufs / 10) for lufs, length in parts)
    return 10 * log10(energy / sum(length for _, length in parts))


def lowering_db(spans: Sequence[Span], times: NDArray[np.float64], depth_db: float) -> NDArray[np.float64]:
    """Return at each of ``times`` (seconds) the gain in dB: 0 in pauses, ``-depth_db`` under speech."""
    points: list[tuple[float, float]] = []
    for start, end in _merge_near(spans):
        points += [(start - FALL_S, 0.0), (start, -depth_db), (end, -depth_db), (end + RISE_S, 0.0)]
    if not points:
        return np.zeros_like(times)
    at, gains = np.asarray(points).T
    gain: NDArray[np.float64] = np.interp(times, at, gains)
    return gain


def _merge_near(spans: Sequence[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in spans:
        if merged and start - merged[-1][1] < FALL_S + RISE_S + SHORTEST_RETURN_S:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def fade(positions: NDArray[np.int64], total: int, item: AudioItem) -> NDArray[np.float64]:
    """Return the fade factors; two clips of a transition have together the power of one."""
    up = (positions + 0.5) / max(1.0, min(total / 2, item.fade_in_ms * RATE / 1000))
    down = (total - positions - 0.5) / max(1.0, min(total / 2, item.fade_out_ms * RATE / 1000))
    faded: NDArray[np.float64] = np.sin(np.pi / 2 * np.clip(up, 0, 1)) * np.sin(np.pi / 2 * np.clip(down, 0, 1))
    return faded
