"""The music bed: the choice of its source, and a bed of exactly the film's length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.core.config import settings
from app.core.errors import NotFound, Unconfigured
from app.store.base import Storage
from app.store.cache import get_or_make
from audio.levels import RATE, Samples, normalise_loudness
from audio.music.composer import compose
from audio.music.loops import extend
from audio.music.tracks import decode_track, track_for
from audio.wav import write_wav
from schemas.contract import fingerprint
from schemas.scene_graph import MusicChoice

RECIPE = 1  # version of the way a bed is made; part of its cache key
FADE_IN_MS, FADE_OUT_MS = 300, 2000
KINDS = ("tracks", "composer")


@dataclass(frozen=True, slots=True)
class MusicSource:
    """The source of a bed: ``kind`` "tracks" or "asset" (with ``path``), or "composer" (with ``mood`` and ``seed``).

    Equal ``identity`` means equal music on every machine; it is part of the bed's cache key.
    """

    kind: str
    identity: str
    mood: str
    seed: int
    path: Path | None = None


def choose_source(
    choice: MusicChoice, mood: str, seed: int, asset_path: Path | None = None, kind: str | None = None
) -> MusicSource | None:
    """Return the source of a film's music; ``None`` for a film without music.

    ``mood`` is the preset's, for a choice without one; ``asset_path`` is the local file of ``choice.asset``; ``kind``
    ("tracks" or "composer") overrides the operator's setting. Raises ``NotFound`` for an asset without a file and
    ``Unconfigured`` for a setting that names neither.
    """
    if choice.kind == "none":
        return None
    if choice.kind == "asset":
        if asset_path is None:
            raise NotFound("asset", choice.asset)
        return MusicSource("asset", f"asset:{choice.asset}", mood, seed, asset_path)
    chosen_seed = seed if choice.seed is None else choice.seed
    return _source_for_mood(choice.mood or mood, chosen_seed, kind or settings().music)


def _source_for_mood(mood: str, seed: int, kind: str) -> MusicSource:
    if kind not in KINDS:
        raise Unconfigured("music", f"PYTOON_MUSIC={kind} is none of {', '.join(KINDS)}")
    track = track_for(mood, seed) if kind == "tracks" else None
    if track:
        return MusicSource("tracks", f"track:{track.name}", mood, seed, track)
    return MusicSource("composer", f"composer:{mood}:{seed}", mood, seed)


def make_bed(music: MusicSource, length_ms: int, cuts_ms: Sequence[int], store: Storage) -> str:
    """Return the key of a 16-bit stereo WAV at 48 kHz, exactly ``length_ms`` long and at −18 LUFS, faded in and out.

    ``cuts_ms`` are the starts of all scenes but the first; the composer follows them. Raises ``BadMedia`` for a user's
    file without sound.
    """
    cuts = sorted({cut for cut in cuts_ms if 0 < cut < length_ms}) if music.kind == "composer" else []
    identity = fingerprint("bed", RECIPE, music.identity, length_ms, cuts)

    def make(path: Path) -> None:
        write_wav(path, fade_in_and_out(normalise_loudness(_source_music(music, length_ms, cuts))))

    return get_or_make(store, "music", identity, ".wav", make)[0]


def _source_music(music: MusicSource, length_ms: int, cuts_ms: Sequence[int]) -> Samples:
    if music.path is None:
        return compose(music.mood, length_ms / 1000, [cut / 1000 for cut in cuts_ms], music.seed)
    return extend(decode_track(music.path, length_ms / 1000 + 1), length_ms * RATE // 1000)


def fade_in_and_out(samples: Samples) -> Samples:
    """Return ``samples`` faded in over 0.3 s and out over 2 s, each over at most a quarter of the length."""
    out = samples.copy()
    quarter = len(samples) // 4
    fade_in, fade_out = min(quarter, FADE_IN_MS * RATE // 1000), min(quarter, FADE_OUT_MS * RATE // 1000)
    out[:fade_in] *= _fade_curve(fade_in)[:, None]
    out[len(out) - fade_out :] *= _fade_curve(fade_out)[::-1, None]
    return out


def _fade_curve(count: int) -> Samples:
    """Return a rise from 0 to 1 along the square of a quarter sine wave, which is smooth at both ends."""
    return (np.sin((np.arange(count) + 0.5) / max(1, count) * np.pi / 2) ** 2).astype(np.float32)
