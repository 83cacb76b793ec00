"""Preview an edit: what has to be rendered, spoken and encoded again, computed before any of it is done.

The preview uses the functions that time the film and cut it into segments. A result stays valid as long as all of its
inputs are the same: a scene's clip by the scene and the rendered style, a spoken line by the line and the voice, a
segment by its identity. Lines that are not spoken yet have an estimated length; the preview is then not exact, because
the timeline follows the recorded speech.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from app.planning.music.choice import ChosenMusic, music_of_film
from app.planning.text.spoken_length import spoken_ms
from app.planning.timing import timeline as timing
from app.planning.timing.segments import segments
from schemas.asset import Asset
from schemas.clip import Clip
from schemas.contract import fingerprint
from schemas.frame import frame_size
from schemas.money import ZERO
from schemas.music import MusicBeats
from schemas.preset import Preset, rendered_style
from schemas.scene_graph import Scene, SceneGraph, rendered_part
from schemas.segment import ENCODINGS, Segment
from schemas.speech import Speech, SpokenLine
from schemas.timeline import AudioItemSchema, Timeline
from schemas.timing import FPS, frames_of

# Media whose clips have a length that is known only after rendering.
UNPREDICTABLE_KINDS = ("generated", "stock")
# Durations without a measurement: per scene, per spoken line, per frame; mux and deliver once per film.
DEFAULT_MS = {"scene": 1500.0, "voice": 800.0, "segment": 40.0, "mux": 2000.0, "deliver": 4000.0}
# Additional time of mux when it makes the music bed as well.
DEFAULT_BED_MS = 3000.0
MS_PER_S = 1000


@dataclass(frozen=True, slots=True)
class RenderedFilm:
    """The results of a finished run of the job, down to its segments, and the duration of each step.

    ``music_beats`` are those of its music, if they are known.
    """

    graph: SceneGraph
    preset: Preset
    timeline: Timeline
    speech: Speech
    clips: Mapping[int, Clip]
    segments: tuple[Segment, ...]
    timings_ms: Mapping[str, int] = field(default_factory=dict)
    music_beats: MusicBeats | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What an edit makes again: ids of the ``scenes`` to render, lines to speak (``voice``) and ``segments`` to encode.

    The ids are in film order; a segment has the id of its incoming scene. ``music``: the music bed, ``mix``: the sound
    mix, ``film``: the film file. ``seconds`` is an estimate from the durations of earlier steps. ``exact``: only the
    seconds and the dollars are estimated.
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
class _PreviewedSpeech:
    speech: Speech
    to_speak: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _PreviewedClips:
    clips: Mapping[int, Clip]
    to_render: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _PreviewedMusic:
    """``beats`` decide on the cuts; ``is_known`` is false for a file whose beats no film of the job has found yet."""

    chosen: ChosenMusic | None
    beats: MusicBeats | None
    is_known: bool = True


def preview(
    graph: SceneGraph,
    preset: Preset,
    rendered: Sequence[RenderedFilm],
    assets: Mapping[str, Asset],
    quality: str,
    *,
    music_kind: str = "tracks",
) -> Preview:
    """Return what has to be made for ``graph`` when the results of ``rendered`` (newest first) can be reused.

    ``assets`` are the assets that the graph names, by id. ``music_kind`` is the operator's setting ("tracks" or
    "composer").
    """
    lines, clips = _previewed_speech(graph, preset, rendered), _previewed_clips(graph, preset, rendered, assets)
    planned = timing.build(graph, frame_size(graph.aspect, quality))
    music = _previewed_music(graph, preset, rendered, music_kind)
    timeline = timing.retime(graph, planned, lines.speech, clips.clips, preset, assets=assets, music=music.beats)
    keys = {asset_id: asset.key for asset_id, asset in assets.items()}
    new_segments = segments(graph, timeline, clips.clips, preset, encoding=ENCODINGS[quality], overlay_keys=keys)
    known = {segment.identity for film in rendered for segment in film.segments}
    identities = [segment.identity for segment in new_segments]
    to_encode = [segment for segment, identity in zip(new_segments, identities, strict=True) if identity not in known]
    bed = _bed_inputs(music.chosen, timeline)
    mix = _mix_inputs(graph, preset, timeline, bed)
    earlier = [_sound_inputs(film, music_kind) for film in rendered]
    is_new_mix = mix not in (earlier_mix for _, earlier_mix in earlier)
    untimed = Preview(
        scenes=clips.to_render,
        voice=lines.to_speak,
        segments=tuple(segment.scene_id for segment in to_encode),
        music=bool(bed) and bed not in (earlier_bed for earlier_bed, _ in earlier),
        mix=is_new_mix,
        film=is_new_mix or all([segment.identity for segment in film.segments] != identities for film in rendered),
        exact=bool(rendered)
        and not lines.to_speak
        and music.is_known
        and not _has_unpredictable_length(graph, clips.to_render),
        length_ms=timeline.length_ms,
        seconds=0.0,
    )
    return replace(untimed, seconds=_seconds(untimed, sum(segment.frames for segment in to_encode), rendered))


def _has_unpredictable_length(graph: SceneGraph, scene_ids: Sequence[int]) -> bool:
    return any(graph.scene(scene_id).media.kind in UNPREDICTABLE_KINDS for scene_id in scene_ids)


# -- lines -----------------------------------------------------------------------------------------------------------


def _previewed_speech(graph: SceneGraph, preset: Preset, rendered: Sequence[RenderedFilm]) -> _PreviewedSpeech:
    lines: list[SpokenLine] = []
    to_speak: list[int] = []
    film_of_line = {key: film for film in reversed(rendered) for key in _line_keys(film.graph, film.preset).values()}
    for scene_id, key in _line_keys(graph, preset).items():
        if key not in film_of_line:
            lines.append(_expected_line(graph, preset, graph.scene(scene_id)))
            to_speak.append(scene_id)
        elif line := film_of_line[key].speech.line(scene_id):  # None if no voice could speak the line.
            lines.append(line)
    return _PreviewedSpeech(Speech(graph.language, tuple(lines)), tuple(to_speak))


def _line_keys(graph: SceneGraph, preset: Preset) -> dict[int, str]:
    """Return for each scene with spoken words a key of everything that the recording depends on."""
    voice = graph.global_audio.voice
    if voice.provider == "none":
        return {}
    inputs = [
        voice.provider,
        voice.voice,
        voice.language or graph.language,
        voice.speed * preset.voice_speed,
        graph.seed,
    ]
    return {
        scene.id: fingerprint("line", scene.id, scene.voice_script, scene.take, inputs)
        for scene in graph.scenes
        if any(char.isalnum() for char in scene.voice_script)
    }


def _expected_line(graph: SceneGraph, preset: Preset, scene: Scene) -> SpokenLine:
    speed = graph.global_audio.voice.speed * preset.voice_speed
    length_ms = spoken_ms(scene.voice_script, speed, graph.language)
    return SpokenLine(scene.id, scene.voice_script, "to be spoken", length_ms, (), "to be found")


# -- clips -----------------------------------------------------------------------------------------------------------


def _previewed_clips(
    graph: SceneGraph, preset: Preset, rendered: Sequence[RenderedFilm], assets: Mapping[str, Asset]
) -> _PreviewedClips:
    clips: dict[int, Clip] = {}
    to_render: list[int] = []
    style = rendered_style(preset)
    same_style = [film for film in rendered if film.graph.seed == graph.seed and rendered_style(film.preset) == style]
    for scene in graph.scenes:
        reusable = (_reusable_clip(film, scene) for film in same_style)
        if clip := next((clip for clip in reusable if clip), None):
            clips[scene.id] = clip
        else:
            clips[scene.id] = _expected_clip(scene, assets, fingerprint(style, graph.seed))
            to_render.append(scene.id)
    return _PreviewedClips(clips, tuple(to_render))


def _reusable_clip(film: RenderedFilm, scene: Scene) -> Clip | None:
    """Return the clip of the same scene in ``film`` if it was rendered from the same values and is long enough."""
    clip = film.clips.get(scene.id)
    if clip is None:
        return None
    before = film.graph.scene(scene.id)
    same = before == scene or rendered_part(before) == rendered_part(scene)
    return clip if same and _is_long_enough(clip, before, scene) else None


def _is_long_enough(clip: Clip, before: Scene, scene: Scene) -> bool:
    """Return whether ``clip`` can be reused at the new length.

    The camera motion over a still is paced to whole seconds; footage has its own length; a generated clip must not be
    too short.
    """
    old_frames, new_frames = frames_of(before.duration_ms), frames_of(scene.duration_ms)
    if clip.kind == "still":
        return round(old_frames / FPS) == round(new_frames / FPS)
    is_footage = scene.media.kind == "video"
    return is_footage or new_frames <= old_frames or clip.length_ms is None or new_frames <= frames_of(clip.length_ms)


def _expected_clip(scene: Scene, assets: Mapping[str, Asset], style_key: str) -> Clip:
    """Return a placeholder for the clip to render: as long as the footage, else as long as the scene needs."""
    identity = fingerprint("to be filmed", rendered_part(scene), style_key, scene.duration_ms)
    footage = assets.get(scene.media.asset or "")
    if footage is None or footage.kind != "video" or footage.length_ms is None:
        return Clip(scene.id, "still", "to be rendered", identity, "to be found")
    start_ms = scene.media.start_ms
    length_ms = None if footage.is_animation else max(1, footage.length_ms - start_ms)
    return Clip(scene.id, "video", footage.key, identity, "to be found", start_ms=start_ms, length_ms=length_ms)


# -- sound -----------------------------------------------------------------------------------------------------------


def _has_music(graph: SceneGraph) -> bool:
    return graph.global_audio.music.kind != "none"


def _previewed_music(
    graph: SceneGraph, preset: Preset, rendered: Sequence[RenderedFilm], music_kind: str
) -> _PreviewedMusic:
    """Return the music of ``graph``; the beats of a user's file are those that were found for an earlier film."""
    chosen = music_of_film(graph, preset, music_kind)
    if chosen is None or chosen.kind != "asset":
        return _PreviewedMusic(chosen, chosen.beats if chosen else None)
    asset = graph.global_audio.music.asset
    with_same_file = [film for film in rendered if film.graph.global_audio.music.asset == asset]
    beats = with_same_file[0].music_beats if with_same_file else None
    return _PreviewedMusic(chosen, beats, is_known=bool(with_same_file))


def _bed_inputs(music: ChosenMusic | None, timeline: Timeline) -> list[Any]:
    """Return everything that the music bed depends on."""
    if music is None:
        return []
    cuts_ms = [scene.start_ms for scene in timeline.scenes] if music.kind == "composer" else []
    return [music.identity, timeline.length_ms, cuts_ms]


def _sound_inputs(film: RenderedFilm, music_kind: str) -> tuple[list[Any], list[Any]]:
    """Return everything that the music bed and the mix of ``film`` depend on."""
    bed = _bed_inputs(music_of_film(film.graph, film.preset, music_kind), film.timeline)
    return bed, _mix_inputs(film.graph, film.preset, film.timeline, bed)


def _mix_inputs(graph: SceneGraph, preset: Preset, timeline: Timeline, bed: list[Any]) -> list[Any]:
    """Return everything that the mix depends on; the level of the music is in the timeline's item."""
    items = [AudioItemSchema.plain(item) | {"scene_id": None} for item in timeline.tracks.audio]
    wanted_lufs, sound = graph.global_audio.target_lufs, preset.sound
    mastering = [sound.target_lufs if wanted_lufs is None else wanted_lufs, sound.true_peak_db]
    return [items, mastering, bed, timeline.length_ms]


# -- durations -------------------------------------------------------------------------------------------------------


def _seconds(untimed: Preview, frames: int, rendered: Sequence[RenderedFilm]) -> float:
    unit_ms = {step: _unit_ms(step, rendered) for step in DEFAULT_MS}
    total_ms = len(untimed.scenes) * unit_ms["scene"] + len(untimed.voice) * unit_ms["voice"]
    total_ms += frames * unit_ms["segment"]
    total_ms += untimed.film * unit_ms["mux"] + untimed.music * _bed_ms(rendered) + unit_ms["deliver"]
    return round(total_ms / MS_PER_S, 1)


def _bed_ms(rendered: Sequence[RenderedFilm]) -> float:
    """Return the time that a music bed adds to mux: 0 if mux was measured in a run with music."""
    has_measured_bed = any("mux" in film.timings_ms and _has_music(film.graph) for film in rendered)
    return 0.0 if has_measured_bed else DEFAULT_BED_MS


def _unit_ms(step: str, rendered: Sequence[RenderedFilm]) -> float:
    """Return the time of one unit of a step, from the slowest run: in the others, results were reused."""
    return max(
        (film.timings_ms[step] / _unit_count(step, film) for film in rendered if step in film.timings_ms),
        default=DEFAULT_MS[step],
    )


def _unit_count(step: str, film: RenderedFilm) -> int:
    counts = {"scene": len(film.clips), "voice": len(film.speech.lines), "segment": film.timeline.total_frames}
    return max(1, counts.get(step, 1))
