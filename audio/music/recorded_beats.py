"""The beats of a user's music file, found once for each file."""

from __future__ import annotations

from pathlib import Path

from app.store.base import Storage
from app.store.json_files import read_json, write_json
from app.store.keys import cache_key
from audio.music.beat_tracking import find_beats
from audio.music.onsets import TRACKING_RATE
from audio.music.tracks import decode_track
from schemas.contract import fingerprint
from schemas.music import MusicBeats, MusicBeatsSchema

RECIPE = 1  # version of the way beats are found; part of their cache key
LONGEST_S = 600.0  # beats are needed as far as films last


def recorded_beats(path: Path, identity: str, store: Storage) -> MusicBeats | None:
    """Return the beats of the music in a local file; ``None`` if it has no clear beat.

    ``identity`` is that of the music. How the music is looped is not known. Raises ``BadMedia`` for a file without
    sound.
    """
    key = cache_key("beats", fingerprint("beats", RECIPE, identity), ".json")
    if not store.claim([key]):
        beats = find_beats(decode_track(path, LONGEST_S, TRACKING_RATE, channels=1))
        write_json(store, key, {"beats": beats and MusicBeatsSchema.plain(beats)})
    plain = read_json(store, key)["beats"]
    return MusicBeatsSchema.read(plain) if plain else None
