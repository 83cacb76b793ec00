"""The music bed: where it comes from, and a bed of exactly the film's length."""

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

RECIPE = 1  # of how a bed is made: part of what it is kept under
FADE_IN_MS, FADE_OUT_MS = 300, 2000
KINDS = ("tracks", "composer")


@dataclass(frozen=True, slots=True)
class MusicSource:
    """Where a bed comes from: ``kind`` "tracks" or "asset" (then ``path``), or "composer" (then ``mood`` and ``seed``).

    ``identity`` names the music for good: the same identity is the same music on every machine.
    """

    kind: str
    identity: str
    mood: str
    seed: int
    path: Path | None = None


def source(
    choice: MusicChoice, mood: str, seed: int, asset_path: Path | None = None, by: str | None = None
) -> MusicSource | None:
    """The music of a film; ``None`` for none.

    ``mood`` is the look's, for a choice without one; ``asset_path`` is the local file of ``choice.asset``; ``by``
    ("tracks" or "composer") goes before the operator's setting. Raises ``NotFound`` for an asset without a file and
    ``Unconfigured`` for a setting that names neither.
    """
    if choice.kind == "none":
        return None
    if choice.kind == "asset":
        if asset_path is None:
            raise NotFound("asset", choice.asset)
        return MusicSource("asset", f"asset:{choice.asset}", mood, seed, asset_path)
    return _source_for_mood(choice.mood or mood, seed, by or settings().music)


def _source_for_mood(mood: str, seed: int, kind: str) -> MusicSource:
    if kind not in KINDS:
        raise Unconfigured("music", f"PYTOON_MUSIC={kind} is neither of {', '.join(KINDS)}")
    track = track_for(mood, seed) if kind == "tracks" else None
    if track:
        return MusicSource("tracks", f"track:{track.name}", mood, seed, track)
    return MusicSource("composer", f"composer:{mood}:{seed}", mood, seed)


def bed(music: MusicSource, length_ms: int, cuts_ms: Sequence[int], store: Storage) -> str:
    """The key of a 16-bit stereo WAV at 48 kHz, exactly ``length_ms`` long and at −18 LUFS, faded in and out.

    ``cuts_ms`` are the starts of scenes after the first: the composer follows them. Raises ``BadMedia`` when the user's
    file holds no sound.
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
    """In over 0.3 s and out over 2 s; in a short piece each over a quarter of it at most."""
    out = samples.copy()
    most = len(samples) // 4
    into, away = min(most, FADE_IN_MS * RATE // 1000), min(most, FADE_OUT_MS * RATE // 1000)
    out[:into] *= _fade_curve(into)[:, None]
    out[len(out) - away :] *= _fade_curve(away)[::-1, None]
    return out


def _fade_curve(count: int) -> Samples:
    """A quarter of a sine wave squared: no corner at either end."""
    return (np.sin((np.arange(count) + 0.5) / max(1, count) * np.pi / 2) ** 2).astype(np.float32)
