"""The bundled tracks and their beats, kept as data in ``tracks.json``; ``make beats`` writes the file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from schemas.music import MusicBeats, MusicBeatsSchema

DATA_FILE = Path(__file__).with_name("tracks.json")
PACKAGE = "immich_memories_music"


@lru_cache(maxsize=1)
def bundled_tracks() -> Mapping[str, Mapping[str, MusicBeats]]:
    """Return the beats of each bundled track by mood and file name, in the order of the names."""
    plain = json.loads(DATA_FILE.read_text(encoding="utf-8"))
    return {
        mood: {name: MusicBeatsSchema.read(tracks[name]) for name in sorted(tracks)} for mood, tracks in plain.items()
    }


def are_tracks_installed() -> bool:
    """Return whether the package of the tracks is installed; without it, music is composed."""
    return find_spec(PACKAGE) is not None
