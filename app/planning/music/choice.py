"""The choice of a film's music: a bundled track, a composed piece, or a file of the user."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.errors import Unconfigured
from app.planning.music.library import are_tracks_installed, bundled_tracks
from schemas.music import MusicBeats
from schemas.preset import Preset
from schemas.scene_graph import MusicChoice, SceneGraph

KINDS = ("tracks", "composer")


@dataclass(frozen=True, slots=True)
class ChosenMusic:
    """The music of a film: ``kind`` "tracks" (the file ``track``), "composer" or "asset".

    Equal ``identity`` means equal music on every machine. ``beats`` are those of a track. A composed piece follows the
    cuts and has none, and those of a user's file are known when it has been read.
    """

    kind: str
    identity: str
    mood: str
    seed: int
    track: str = ""
    beats: MusicBeats | None = None


def choose_music(choice: MusicChoice, mood: str, seed: int, kind: str) -> ChosenMusic | None:
    """Return the music of a film; ``None`` for a film without music.

    ``mood`` and ``seed`` are those of the preset and the film, for a choice without its own. ``kind`` ("tracks" or
    "composer") is the operator's setting. Raises ``Unconfigured`` for another ``kind``.
    """
    if choice.kind == "none":
        return None
    if choice.kind == "asset":
        return ChosenMusic("asset", f"asset:{choice.asset}", mood, seed)
    if kind not in KINDS:
        raise Unconfigured("music", f"PYTOON_MUSIC={kind} is none of {', '.join(KINDS)}")
    mood, seed = choice.mood or mood, seed if choice.seed is None else choice.seed
    tracks = tuple(bundled_tracks().get(mood, {}).items()) if kind == "tracks" and are_tracks_installed() else ()
    if not tracks:
        return ChosenMusic("composer", f"composer:{mood}:{seed}", mood, seed)
    name, beats = tracks[seed % len(tracks)]
    return ChosenMusic("tracks", f"track:{name}", mood, seed, name, beats)


def music_of_film(graph: SceneGraph, preset: Preset, kind: str) -> ChosenMusic | None:
    """Return the music of a film, see ``choose_music``."""
    return choose_music(graph.global_audio.music, preset.sound.mood, graph.seed, kind)
