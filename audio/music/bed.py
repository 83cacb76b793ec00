"""The music bed: the choice of its source, and a bed of exactly the film's length that ends on a beat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.core.config import settings
from app.core.errors import NotFound
from app.planning.music.beats import composed_ending, ending_beat, film_beats
from app.planning.music.choice import ChosenMusic, choose_music
from app.store.base import Storage
from app.store.cache import get_or_make
from audio.levels import RATE, Samples, normalise_loudness
from audio.music.composer import compose
from audio.music.ending import end_on_beat
from audio.music.loops import Jump, extend, fade_samples
from audio.music.tracks import decode_track, track_path
from audio.wav import write_wav
from schemas.contract import fingerprint
from schemas.music import MusicBeats
from schemas.scene_graph import MusicChoice

RECIPE = 2  # version of the way a bed is made; part of its cache key
FADE_IN_MS, FADE_OUT_MS = 300, 2000
RING_FADE_OUT_MS = 300  # of a bed that ends on a beat


@dataclass(frozen=True, slots=True)
class MusicSource:
    """The source of a bed: ``kind`` "tracks" or "asset" (with ``path``), or "composer" (with ``mood`` and ``seed``).

    Equal ``identity`` means equal music on every machine; it is part of the bed's cache key. ``beats`` are those of the
    recording, if they are known.
    """

    kind: str
    identity: str
    mood: str
    seed: int
    path: Path | None = None
    beats: MusicBeats | None = None


def choose_source(
    choice: MusicChoice, mood: str, seed: int, asset_path: Path | None = None, kind: str | None = None
) -> MusicSource | None:
    """Return the source of a film's music; ``None`` for a film without music.

    ``mood`` is the preset's, for a choice without one; ``asset_path`` is the local file of ``choice.asset``; ``kind``
    ("tracks" or "composer") overrides the operator's setting. Raises ``NotFound`` for an asset without a file and
    ``Unconfigured`` for a setting that names neither.
    """
    chosen = choose_music(choice, mood, seed, kind or settings().music)
    if chosen is None:
        return None
    if chosen.kind == "asset" and asset_path is None:
        raise NotFound("asset", choice.asset)
    return _source(chosen, track_path(chosen.mood, chosen.track) if chosen.track else asset_path)


def _source(chosen: ChosenMusic, path: Path | None) -> MusicSource:
    return MusicSource(chosen.kind, chosen.identity, chosen.mood, chosen.seed, path, chosen.beats)


def make_bed(music: MusicSource, length_ms: int, cuts_ms: Sequence[int], store: Storage) -> str:
    """Return the key of a 16-bit stereo WAV at 48 kHz, exactly ``length_ms`` long and at −18 LUFS.

    The bed fades in, and ends with a chord that rings; music without known beats fades out. ``cuts_ms`` are the starts
    of all scenes but the first; the composer follows them. Raises ``BadMedia`` for a user's file without sound.
    """
    cuts = sorted({cut for cut in cuts_ms if 0 < cut < length_ms}) if music.kind == "composer" else []
    ending_ms = ending_of_bed(music, length_ms)
    identity = fingerprint("bed", RECIPE, music.identity, length_ms, cuts, ending_ms)

    def make(path: Path) -> None:
        bed = normalise_loudness(_source_music(music, length_ms, cuts, ending_ms))
        write_wav(path, fade_in_and_out(bed, FADE_OUT_MS if ending_ms is None else RING_FADE_OUT_MS))

    return get_or_make(store, "music", identity, ".wav", make)[0]


def ending_of_bed(music: MusicSource, length_ms: int) -> int | None:
    """Return when the last chord of a bed begins; ``None`` for one that fades out."""
    if music.kind == "composer":
        return composed_ending(length_ms)
    return ending_beat(film_beats(music.beats, length_ms), length_ms) if music.beats else None


def _source_music(music: MusicSource, length_ms: int, cuts_ms: Sequence[int], ending_ms: int | None) -> Samples:
    if music.path is None:
        ending_s = None if ending_ms is None else ending_ms / 1000
        return compose(music.mood, length_ms / 1000, [cut / 1000 for cut in cuts_ms], music.seed, ending_s)
    count = length_ms * RATE // 1000
    if music.beats is None or ending_ms is None:
        return extend(decode_track(music.path, length_ms / 1000 + 1), count)
    piece = decode_track(music.path, max(length_ms, music.beats.home_ms) / 1000 + 3)
    return end_on_beat(extend(piece, count, _jump(music.beats)), ending_ms, piece, music.beats)


def _jump(beats: MusicBeats) -> Jump | None:
    """Return the stored jump of a loop; ``None`` if it is not known."""
    return Jump(beats.loop_enter, beats.loop_leave, fade_samples()) if beats.loop_leave else None


def fade_in_and_out(samples: Samples, fade_out_ms: int = FADE_OUT_MS) -> Samples:
    """Return ``samples`` faded in over 0.3 s and out over ``fade_out_ms``, each over at most a quarter of them."""
    out = samples.copy()
    quarter = len(samples) // 4
    fade_in, fade_out = min(quarter, FADE_IN_MS * RATE // 1000), min(quarter, fade_out_ms * RATE // 1000)
    out[:fade_in] *= _fade_curve(fade_in)[:, None]
    out[len(out) - fade_out :] *= _fade_curve(fade_out)[::-1, None]
    return out


def _fade_curve(count: int) -> Samples:
    """Return a rise from 0 to 1 along the square of a quarter sine wave, which is smooth at both ends."""
    return (np.sin((np.arange(count) + 0.5) / max(1, count) * np.pi / 2) ** 2).astype(np.float32)
