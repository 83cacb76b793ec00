"""Sound effects, synthesised: a whoosh, a pop and a riser, and the track of all effects of a film."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.planning.timing.effects import SHAPES
from app.store.base import Storage
from app.store.cache import get_or_make
from audio.levels import RATE, Samples, normalise_loudness
from audio.voice_track import film_sample_count
from audio.wav import write_wav
from schemas.contract import fingerprint
from schemas.timeline import AudioItem, Timeline

RECIPE = 1  # version of the way effects sound; part of the key of their track
EDGE_S = 0.004  # ramps at both ends, so that no effect begins or ends with a click

Curve = NDArray[np.float64]


def effects_track(timeline: Timeline, store: Storage) -> str | None:
    """Return the key of a stereo 16-bit WAV at 48 kHz, as long as the film, with its effects; ``None`` without any."""
    items = tuple(item for item in timeline.tracks.audio if item.kind == "effect" and item.effect in EFFECTS)
    if not items:
        return None
    sample_count = film_sample_count(timeline)
    facts = [(item.effect, item.start_ms, item.gain_db) for item in items]
    identity = fingerprint("effects", RECIPE, sample_count, facts)

    def make(path: Path) -> None:
        write_wav(path, sum_effects(items, sample_count))

    return get_or_make(store, "effects", identity, ".wav", make)[0]


def sum_effects(items: tuple[AudioItem, ...], sample_count: int) -> Samples:
    """Return the sum of the effects at their levels; what lies beyond the film is cut off."""
    track = np.zeros((sample_count, 2), np.float32)
    for item in items:
        sound = effect_sound(item.effect or "")
        start = item.start_ms * RATE // 1000
        part = sound[: max(0, sample_count - start)]
        track[start : start + len(part)] += part * np.float32(10 ** (item.gain_db / 20))
    return track


@lru_cache(maxsize=8)
def effect_sound(name: str) -> Samples:
    """Return stereo samples of an effect at the reference loudness, with its peak where its shape says."""
    shape = SHAPES[name]
    t = np.arange((shape.before_ms + shape.after_ms) * RATE // 1000) / RATE - shape.before_ms / 1000
    edge = np.clip(np.minimum(t - t[0], t[-1] - t) / EDGE_S, 0, 1)
    stereo = EFFECTS[name](t) * edge[:, None]
    sound = normalise_loudness(stereo.astype(np.float32))
    sound.setflags(write=False)
    return sound


def _whoosh(t: Curve) -> Curve:
    """Return noise whose band rises to the peak at ``t`` = 0 and falls after it, moving from left to right."""
    rise, fall = 0.11, 0.075
    level = np.where(t < 0, np.exp(-((t / rise) ** 2)), np.exp(-((t / fall) ** 2)))
    centre_hz = 500 + 2600 * np.exp(-((t / 0.14) ** 2))
    noise = _swept_noise(t, centre_hz, 7) * level
    angle = np.pi / 2 * np.clip(0.5 + t / 0.5, 0.1, 0.9)
    return np.stack([noise * np.cos(angle), noise * np.sin(angle)], axis=1)


def _pop(t: Curve) -> Curve:
    """Return a drop of 60 ms: a sine that rises from 380 to 980 Hz and decays."""
    cycles = 380 * t + 600 * (t + 0.02 * (np.exp(-t / 0.02) - 1))
    pop = np.sin(2 * np.pi * cycles) * np.exp(-t / 0.028) * np.minimum(1, t / 0.002)
    return np.stack([pop, pop], axis=1)


def _riser(t: Curve) -> Curve:
    """Return noise and a fifth that rise for an octave up to ``t`` = 0, and fade out quickly after it."""
    share = np.clip((t - t[0]) / -t[0], 0, 1)
    level = np.where(t < 0, share**2.2, np.exp(-np.maximum(t, 0) / 0.045))
    hz = 220 * 2**share
    cycles = np.cumsum(hz) / RATE
    tone = np.sin(2 * np.pi * cycles) + 0.6 * np.sin(2 * np.pi * 1.5 * cycles)
    left, right = (_swept_noise(t, 900 * 2 ** (2.2 * share), seed) for seed in (11, 12))
    return np.stack([(0.25 * tone + side) * level for side in (left, right)], axis=1)


def _swept_noise(t: Curve, centre_hz: Curve, seed: int) -> Curve:
    """Return noise in a band around ``centre_hz``, which changes with time, of about full scale."""
    from scipy.signal import butter, sosfilt

    white = np.random.default_rng(seed).standard_normal(len(t))
    edges_hz = np.geomspace(200, 12_000, 13)
    middles = np.sqrt(edges_hz[1:] * edges_hz[:-1])
    noise = np.zeros(len(t))
    for low, high, middle in zip(edges_hz[:-1], edges_hz[1:], middles, strict=True):
        band = sosfilt(butter(2, [low, high], "band", fs=RATE, output="sos"), white)
        noise += band / (band.std() or 1.0) * np.exp(-((np.log2(centre_hz / middle) / 0.7) ** 2))
    return noise / 4


EFFECTS: dict[str, Callable[[Curve], Curve]] = {"whoosh": _whoosh, "pop": _pop, "riser": _riser}
