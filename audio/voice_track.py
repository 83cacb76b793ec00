"""The narration laid out in film time: every line at its sample."""

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

RECIPE = 1
FADE_OUT_MS = 10  # how a line leaves that is longer than its place


def film_sample_count(timeline: Timeline) -> int:
    """The film's length in samples at 48 kHz: that of its frames, exactly."""
    return round(Fraction(timeline.total_frames) / timeline.fps * RATE)


def voice_items(timeline: Timeline) -> tuple[AudioItem, ...]:
    return tuple(item for item in timeline.tracks.audio if item.kind == "voice" and item.key)


def voice_track(timeline: Timeline, store: Storage) -> str | None:
    """The key of a mono 16-bit WAV at 48 kHz, exactly as long as the film; ``None`` when nobody speaks in it."""
    items = voice_items(timeline)
    if not items:
        return None
    count = film_sample_count(timeline)
    identity = fingerprint("voice track", RECIPE, count, [_identity_values(item) for item in items])
    return get_or_make(store, "voice", identity, ".wav", lambda path: write_wav(path, sum_lines(items, count, store)))[
        0
    ]


def voiceover(timeline: Timeline, store: Storage) -> str | None:
    """The key of the narration alone in film time, as an MP3; ``None`` when nobody speaks in it."""
    track = voice_track(timeline, store)
    if track is None:
        return None
    wav = store.local(track)

    def make(path: Path) -> None:
        codec = ("-c:a", "libmp3lame", "-b:a", "128k", "-fflags", "+bitexact", "-flags:a", "+bitexact")
        run(command("write the voiceover", "-i", wav, *codec, "-f", "mp3", path))

    return get_or_make(store, "voice", fingerprint("mp3", track), ".mp3", make)[0]


def sum_lines(items: tuple[AudioItem, ...], count: int, store: Storage) -> Samples:
    """All lines summed up at their places; what reaches past the film is cut."""
    track = np.zeros(count, np.float32)
    for item in items:
        assert item.key is not None
        line, _ = read_wav(store.local(item.key))
        at = item.start_ms * RATE // 1000
        piece = _fit_line(line, (item.end_ms - item.start_ms) * RATE // 1000)[: max(0, count - at)]
        track[at : at + len(piece)] += piece * np.float32(10 ** (item.gain_db / 20))
    return track


def _fit_line(line: Samples, room: int) -> Samples:
    """The line, or as much of it as there is room for, going out softly."""
    if len(line) <= room:
        return line
    piece = line[: max(0, room)].copy()
    fade = min(len(piece), FADE_OUT_MS * RATE // 1000)
    piece[len(piece) - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    return piece


def _identity_values(item: AudioItem) -> tuple[str | None, int, int, float]:
    return item.key, item.start_ms, item.end_ms, item.gain_db
