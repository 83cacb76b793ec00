"""Recorded music: the bundled tracks by mood, and users' files, as samples."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from app.core.errors import BadMedia, MediaError, MediaKilled, MediaStalled
from app.media.av_open import av_input
from app.media.ffmpeg import Command, command, run
from app.planning.music.library import are_tracks_installed
from app.store.scratch import scratch
from audio.levels import RATE, Samples
from audio.wav import read_wav

SUFFIXES = frozenset((".opus", ".ogg", ".mp3", ".flac", ".wav", ".m4a"))


def track_path(mood: str, name: str) -> Path:
    """Return the file of a bundled track."""
    return _tracks_folder() / mood / name


def tracks_of_mood(mood: str) -> tuple[Path, ...]:
    """Return all bundled tracks of this mood; none if the package of tracks is not installed."""
    if not are_tracks_installed():
        return ()
    return tuple(sorted(path for path in (_tracks_folder() / mood).glob("*") if path.suffix in SUFFIXES))


def _tracks_folder() -> Path:
    from immich_memories_music import tracks_dir

    return Path(tracks_dir())


def decode_command(path: Path, into: Path, max_s: float, rate: int = RATE, channels: int = 2) -> Command:
    """Return the command that decodes the first audio stream of a local file, by default to 48 kHz stereo.

    Other files that the file refers to are not opened.
    """
    options = (*av_input(path), "-map", "0:a:0", "-vn", "-sn", "-dn")
    sound = ("-t", round(max_s, 3), "-ac", channels, "-ar", rate, "-c:a", "pcm_f32le", "-f", "wav", into)
    return command("read the music", *options, *sound, limit_s=300)


def decode_track(path: Path, max_s: float, rate: int = RATE, channels: int = 2) -> Samples:
    """Return the first ``max_s`` seconds as float32, by default stereo at 48 kHz.

    Raises ``BadMedia`` for a file without sound.
    """
    with scratch() as folder:
        wav = folder / "music.wav"
        try:
            run(decode_command(path, wav, max_s, rate, channels))
        except (MediaKilled, MediaStalled):  # the process was killed or stalled; the file may be good
            raise
        except MediaError as error:
            raise BadMedia("music", "this file has no readable audio stream") from error
        samples, _ = read_wav(wav)
    if not len(samples) or not np.isfinite(samples).all():
        raise BadMedia("music", "this file has no readable audio stream")
    return samples
