"""Write the beats of the bundled tracks: ``make beats``, or ``python -m audio.music.beat_data``.

The tempo, which the package states for each track, excludes multiples and fractions of it; everything else is found in
the sound. The file is kept in the repository, so that no film has to track the beats again, and the web processes know
them without the packages for sound.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import files
from pathlib import Path

from app.planning.music.library import DATA_FILE
from audio.levels import RATE, resample
from audio.music.beat_tracking import find_beats
from audio.music.loops import jump_between
from audio.music.onsets import TRACKING_RATE
from audio.music.tracks import decode_track, tracks_of_mood
from schemas.music import MusicBeats, MusicBeatsSchema
from schemas.preset import MOODS

PACKAGE = "immich-memories-music"
LICENCE_FILE = "LICENSE-MUSIC"
LONGEST_S = 600.0
_TEMPO = re.compile(r"(\S+\.opus)\s+(\d+) bpm")


def stated_tempi() -> Mapping[str, int]:
    """Return the tempo of each track by its file name, as the package states it."""
    text = next(path for path in files(PACKAGE) or () if path.name == LICENCE_FILE).read_text()
    return {name: int(bpm) for name, bpm in _TEMPO.findall(text)}


def beats_of_track(path: Path, stated_bpm: int) -> MusicBeats:
    """Return the beats of a bundled track with its loop. Raises ``ValueError`` if it has no clear beat."""
    piece = decode_track(path, LONGEST_S)
    beats = find_beats(resample(piece.mean(axis=1), RATE, TRACKING_RATE), stated_bpm)
    if beats is None:
        raise ValueError(f"{path.name} has no clear beat")
    jump = jump_between(piece, beats.downbeats_ms)
    return replace(beats, loop_enter=jump.enter, loop_leave=jump.leave) if jump else beats


def all_beats() -> dict[str, dict[str, MusicBeats]]:
    """Return the beats of all bundled tracks by mood and file name."""
    tempi = stated_tempi()
    return {
        mood: {path.name: beats_of_track(path, tempi[path.name]) for path in tracks_of_mood(mood)} for mood in MOODS
    }


def write_beats(path: Path = DATA_FILE) -> None:
    """Write the beats of all bundled tracks, one line for each track."""
    plain = {
        mood: {name: MusicBeatsSchema.plain(beats) for name, beats in tracks.items()}
        for mood, tracks in all_beats().items()
    }
    lines = [
        f" {json.dumps(mood)}: {{\n"
        + ",\n".join(f"  {json.dumps(name)}: {json.dumps(beats)}" for name, beats in tracks.items())
        + "\n }"
        for mood, tracks in plain.items()
    ]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    write_beats()
