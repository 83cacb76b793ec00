"""What an edit would have made again, told before anything is: by the same arithmetic that settles and cuts the film.

What was made stays valid as long as all that went into it is the same: a shot for an engine, a line for a voice, a
segment by its identity. Lines that are still to be spoken are as long as their words let expect; then the preview is
not exact, because times follow what is really spoken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from app.planning.text.sentences import spoken_ms
from app.planning.timing import timeline as timing
from app.planning.timing.segments import segments
from schemas.asset import Asset
from schemas.clip import Clip
from schemas.contract import fingerprint
from schemas.frame import frame_size
from schemas.money import ZERO
from schemas.preset import Preset, SoundStyleSchema, rendered_style
from schemas.scene_graph import Scene, SceneGraph, rendered_part
from schemas.segment import ENCODINGS, Segment
from schemas.speech import Speech, SpokenLine
from schemas.timeline import AudioItemSchema, Timeline
from schemas.timing import FPS, frames_of

# Made by engines whose clips nobody can foretell the length of.
UNFORESEEN = ("generated", "stock")
# How long a step takes where nothing was measured: for a scene, a line, a frame; for the rest once.
DEFAULT_MS = {"scene": 1500.0, "voice": 800.0, "segment": 40.0, "mux": 2000.0, "deliver": 4000.0}
# How much longer mux takes when it makes a bed of music as well.
DEFAULT_BED_MS = 3000.0
MILLI = 1000


@dataclass(frozen=True, slots=True)
class RenderedFilm:
    """What a run of the job has made, down to the last segment, and how long each step took."""

    graph: SceneGraph
    look: Preset
    timeline: Timeline
    speech: Speech
    clips: Mapping[int, Clip]
    segments: tuple[Segment, ...]
    timings_ms: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Preview:
    """What is to be made. ``scenes`` are filmed, ``voice`` spoken, ``segments`` encoded: ids of scenes, in order.

    A segment has the id of the scene that it brings in. ``music``: the bed, ``mix``: the whole sound, ``film``: the
    file itself. ``seconds`` is a guess by how long the job's steps took before. ``exact``: nothing in it is estimated
    but the seconds and the dollars.
    """

    scenes: tuple[int, ...]
    voice: tuple[int, ...]
    segments: tuple[int, ...]
    music: bool
    mix: bool
    film: bool
    exact: bool
    length_ms: int
    seconds: float
    cost_usd: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class _Lines:
    speech: Speech
    spoken: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Shots:
    clips: Mapping[int, Clip]
    filmed: tuple[int, ...]


def preview(
    graph: SceneGraph, look: Preset, made: Sequence[RenderedFilm], assets: Mapping[str, Asset], quality: str
) -> Preview:
    """What making ``graph`` takes after all that ``made`` (the newest first) has left.

    ``assets`` are those that the graph names, by id.
    """
    lines, shots = _lines(graph, look, made), _shots(graph, look, made, assets)
    planned = timing.build(graph, frame_size(graph.aspect, quality))
    film = timing.retime(graph, planned, lines.speech, shots.clips, look)
    keys = {asset_id: asset.key for asset_id, asset in assets.items()}
    cut = segments(graph, film, shots.clips, look, encoding=ENCODINGS[quality], overlay_keys=keys)
    known = {segment.identity for each in made for segment in each.segments}
    identities = [segment.identity for segment in cut]
    fresh = [segment for segment, identity in zip(cut, identities, strict=True) if identity not in known]
    mix = all(_sound(each.graph, each.look, each.timeline) != _sound(graph, look, film) for each in made)
    told = Preview(
        scenes=shots.filmed,
        voice=lines.spoken,
        segments=tuple(segment.scene_id for segment in fresh),
        music=_has_music(graph) and all(_bed(e.graph, e.look, e.timeline) != _bed(graph, look, film) for e in made),
        mix=mix,
        film=mix or all([s.identity for s in each.segments] != identities for each in made),
        exact=bool(made) and not lines.spoken and not _unforeseen(graph, shots.filmed),
        length_ms=film.length_ms,
        seconds=0.0,
    )
    return replace(told, seconds=_seconds(told, sum(segment.frames for segment in fresh), made))


def _unforeseen(graph: SceneGraph, filmed: Sequence[int]) -> bool:
    return any(graph.scene(scene_id).media.kind in UNFORESEEN for scene_id in filmed)


# -- lines -----------------------------------------------------------------------------------------------------------


def _lines(graph: SceneGraph, look: Preset, made: Sequence[RenderedFilm]) -> _Lines:
    found: list[SpokenLine] = []
    spoken: list[int] = []
    tried = {key: each for each in reversed(made) for key in _lines_of(each.graph, each.look).values()}
    for scene_id, key in _lines_of(graph, look).items():
        if key not in tried:
            found.append(_expected(graph, look, graph.scene(scene_id)))
            spoken.append(scene_id)
        elif line := tried[key].speech.line(scene_id):  # there is none where nobody could speak it
            found.append(line)
    return _Lines(Speech(graph.language, tuple(found)), tuple(spoken))


def _lines_of(graph: SceneGraph, look: Preset) -> dict[int, str]:
    """For each scene in which something is said, the key of all that a voice is told."""
    voice = graph.global_audio.voice
    if voice.provider == "none":
        return {}
    wish = [voice.provider, voice.voice, voice.language or graph.language, voice.speed * look.voice_speed, graph.seed]
    return {
        scene.id: fingerprint("line", scene.id, scene.voice_script, scene.take, wish)
        for scene in graph.scenes
        if any(char.isalnum() for char in scene.voice_script)
    }


def _expected(graph: SceneGraph, look: Preset, scene: Scene) -> SpokenLine:
    speed = graph.global_audio.voice.speed * look.voice_speed
    length_ms = spoken_ms(scene.voice_script, speed, graph.language)
    return SpokenLine(scene.id, scene.voice_script, "to be spoken", length_ms, (), "to be found")


# -- shots -----------------------------------------------------------------------------------------------------------


def _shots(graph: SceneGraph, look: Preset, made: Sequence[RenderedFilm], assets: Mapping[str, Asset]) -> _Shots:
    clips: dict[int, Clip] = {}
    filmed: list[int] = []
    seen = rendered_style(look)
    same_film = [each for each in made if each.graph.seed == graph.seed and rendered_style(each.look) == seen]
    for scene in graph.scenes:
        found = (_filmed_in(each, scene) for each in same_film)
        if clip := next((clip for clip in found if clip), None):
            clips[scene.id] = clip
        else:
            clips[scene.id] = _coming(scene, assets, fingerprint(seen, graph.seed))
            filmed.append(scene.id)
    return _Shots(clips, tuple(filmed))


def _filmed_in(made: RenderedFilm, scene: Scene) -> Clip | None:
    """The clip of this very shot, if it is long enough."""
    clip = made.clips.get(scene.id)
    if clip is None:
        return None
    before = made.graph.scene(scene.id)
    same = before == scene or rendered_part(before) == rendered_part(scene)
    return clip if same and _lasts(clip, before, scene) else None


def _lasts(clip: Clip, before: Scene, scene: Scene) -> bool:
    """A still's way is paced to whole seconds; footage is as long as it is; an engine's clip must not be too short."""
    was, wanted = frames_of(before.duration_ms), frames_of(scene.duration_ms)
    if clip.kind == "still":
        return round(was / FPS) == round(wanted / FPS)
    is_footage = scene.media.kind == "video"
    return is_footage or wanted <= was or clip.length_ms is None or wanted <= frames_of(clip.length_ms)


def _coming(scene: Scene, assets: Mapping[str, Asset], film: str) -> Clip:
    """A stand-in for the clip that will be filmed: as long as footage is, else as long as it is wanted."""
    identity = fingerprint("to be filmed", rendered_part(scene), film, scene.duration_ms)
    footage = assets.get(scene.media.asset or "")
    if footage is None or footage.kind != "video" or footage.length_ms is None:
        return Clip(scene.id, "still", "to be filmed", identity, "to be found")
    length_ms = max(1, footage.length_ms - scene.media.start_ms)
    return Clip(scene.id, "video", footage.key, identity, "to be found", length_ms=length_ms)


# -- sound -----------------------------------------------------------------------------------------------------------


def _has_music(graph: SceneGraph) -> bool:
    return graph.global_audio.music.kind != "none"


def _bed(graph: SceneGraph, look: Preset, film: Timeline) -> list[Any]:
    """All that the bed of music depends on."""
    music = graph.global_audio.music
    mood = music.mood or look.sound.mood
    starts = [scene.start_ms for scene in film.scenes]
    return [music.kind, music.asset or mood, graph.seed, film.length_ms, starts] if _has_music(graph) else []


def _sound(graph: SceneGraph, look: Preset, film: Timeline) -> list[Any]:
    """All that the mix depends on."""
    heard = [AudioItemSchema.plain(item) | {"scene_id": None} for item in film.tracks.audio]
    levels = [graph.global_audio.music_db, graph.global_audio.target_lufs, SoundStyleSchema.plain(look.sound)]
    return [heard, levels, _bed(graph, look, film), film.length_ms]


# -- how long it takes -----------------------------------------------------------------------------------------------


def _seconds(told: Preview, frames: int, made: Sequence[RenderedFilm]) -> float:
    cost = {name: _cost_ms(name, made) for name in DEFAULT_MS}
    total = len(told.scenes) * cost["scene"] + len(told.voice) * cost["voice"] + frames * cost["segment"]
    total += told.film * cost["mux"] + told.music * _bed_ms(made) + cost["deliver"]
    return round(total / MILLI, 1)


def _bed_ms(made: Sequence[RenderedFilm]) -> float:
    """What a bed of music adds to mux: nothing where mux was measured in a run that made one."""
    has_made_one = any("mux" in each.timings_ms and _has_music(each.graph) for each in made)
    return 0.0 if has_made_one else DEFAULT_BED_MS


def _cost_ms(step: str, made: Sequence[RenderedFilm]) -> float:
    """Of one thing that the step makes. The dearest run counts: in the others things were found and not made."""
    return max(
        (each.timings_ms[step] / _things(step, each) for each in made if step in each.timings_ms),
        default=DEFAULT_MS[step],
    )


def _things(step: str, made: RenderedFilm) -> int:
    counts = {"scene": len(made.clips), "voice": len(made.speech.lines), "segment": made.timeline.total_frames}
    return max(1, counts.get(step, 1))
