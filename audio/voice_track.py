"""The narration in film time: every spoken line starts at its exact sample."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from app.media.ffmpeg import command, run
from app.store.base import Storage
from app.store.cache import get_or_make
from audio.levels import RATE, Samples
from audio.wav import read_wav, write_wav
from schemas.contract import fingerprint
from schemas.timeline import AudioItem, Timeline

RECIPE = 1  # version of the way a voice track is made; part of its cache key
FADE_OUT_MS = 10  # of a line that is longer than its item


def film_sample_count(timeline: Timeline) -> int:
    """Return the length of the film's frames in samples at 48 kHz."""
    return round(Fraction(timeline.total_frames) / timeline.fps * RATE)


def voice_items(timeline: Timeline) -> tuple[AudioItem, ...]:
    return tuple(item for item in timeline.tracks.audio if item.kind == "voice" and item.key)


def voice_track(timeline: Timeline, store: Storage) -> str | None:
    """Return the key of the narration as a mono 16-bit WAV at 48 kHz, exactly as long as the film.

    Returns ``None`` for a film without narration.
    """
    items = voice_items(timeline)
    if not items:
        return None
    sample_count = film_sample_count(timeline)
    identity = fingerprint("voice track", RECIPE, sample_count, [_identity_values(item) for item in items])

    def make(path: Path) -> None:
        write_wav(path, sum_lines(items, sample_count, store))

    return get_or_make(store, "voice", identity, ".wav", make)[0]


def voiceover(timeline: Timeline, store: Storage) -> str | None:
    """Return the key of the narration in film time as an MP3; ``None`` for a film without narration."""
    track = voice_track(timeline, store)
    if track is None:
        return None
    wav = store.local(track)

    def make(path: Path) -> None:
        codec = ("-c:a", "libmp3lame", "-b:a", "128k", "-fflags", "+bitexact", "-flags:a", "+bitexact")
        run(command("write the voiceover", "-i", wav, *codec, "-f", "mp3", path))

    return get_or_make(store, "voice", fingerprint("mp3", track), ".mp3", make)[0]


def sum_lines(items: tuple[AudioItem, ...], sample_count: int, store: Storage) -> Samples:
    """Return the sum of all lines at their start times; what lies beyond the film is cut off."""
    track = np.zeros(sample_count, np.float32)
    for item in items:
        assert item.key is not None
        line, _ = read_wav(store.local(item.key))
        start = item.start_ms * RATE // 1000
        fitted = _fit_line(line, (item.end_ms - item.start_ms) * RATE // 1000)[: max(0, sample_count - start)]
        track[start : start + len(fitted)] += fitted * np.float32(10 ** (item.gain_db / 20))
    return track


def _fit_line(line: Samples, max_samples: int) -> Samples:
    """Return the line, cut to ``max_samples`` and faded out if it is longer."""
    if len(line) <= max_samples:
        return line
    fitted = line[: max(0, max_samples)].copy()
    fade = min(len(fitted), FADE_OUT_MS * RATE // 1000)
    fitted[len(fitted) - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    return fitted


def _identity_values(item: AudioItem) -> tuple[str | None, int, int, float]:
    return item.key, item.start_ms, item.end_ms, item.gain_db
