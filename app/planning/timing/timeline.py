"""Time the scenes and tracks of a film: ``build`` from the plan, ``retime`` from the recorded speech and clips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import accumulate

from app.planning.camera.close_views import OWN, Opening
from app.planning.music.beats import film_beats, film_pulse
from app.planning.timing.beat_snap import MAX_DRIFT_MS, snap_to_beats
from app.planning.timing.captions import film_captions, scene_words
from app.planning.timing.card_shots import card_shots, card_starts
from app.planning.timing.clip_fit import ClipFit, fit_clip
from app.planning.timing.clip_sounds import clip_items
from app.planning.timing.effects import effect_items
from app.planning.timing.flexible_scenes import flexible_scenes
from app.planning.timing.headlines import hidden_cues
from app.planning.timing.lengths import ScenePart, Slack, ceil_frames, overlaps, readable_ms, requested_ms, slacks
from app.planning.timing.overlay_times import overlay_items
from app.planning.timing.reframing import scene_shots
from app.planning.timing.scene_changes import scene_changes
from app.planning.timing.scene_openings import with_openings
from app.planning.timing.shots import SceneSpan, scene_spans, shot_starts
from app.planning.timing.text_zones import text_zones
from app.planning.timing.whips import with_directions
from schemas.asset import Asset
from schemas.clip import CameraShot, Clip
from schemas.music import MusicBeats
from schemas.preset import MotionStyle, Pacing, Preset
from schemas.scene_graph import Scene, SceneGraph
from schemas.speech import Speech, SpokenLine
from schemas.timeline import AudioItem, TimedScene, TimedTransition, Timeline, TimelineSchema, Tracks, VideoItem
from schemas.timing import FPS, frames_of, ms_of

NO_ASSETS: Mapping[str, Asset] = {}


def build(graph: SceneGraph, size: tuple[int, int], fps: Fraction = FPS) -> Timeline:
    """Return the planned timeline: every scene has its own length and overlaps its neighbours by the transitions."""
    fits = [ClipFit(max(1, frames_of(s.duration_ms, fps))) for s in graph.scenes]
    film = _layout(graph.scenes, [fit.frames for fit in fits], size, fps)
    return replace(film, tracks=Tracks(video=_video_items(film, fits)))


def retime(
    graph: SceneGraph,
    planned: Timeline,
    speech: Speech,
    clips: Mapping[int, Clip],
    preset: Preset,
    *,
    assets: Mapping[str, Asset] = NO_ASSETS,
    music: MusicBeats | None = None,
) -> Timeline:
    """Return the final timeline: scenes follow the spoken words, clips are fitted to scenes, captions to both.

    If the beats of the ``music`` are known, scenes become a little shorter or longer, so that cuts are on beats.

    A scene without a line in ``speech`` keeps its planned length (limited by its clip) and shows its text. A scene
    without a clip counts as a still. Frame rate and size are those of ``planned``. ``assets`` are those of the scenes,
    by id; they tell which clips have sound.
    """
    fps = planned.fps
    lines = [_audible(speech.line(scene.id)) for scene in graph.scenes]
    around = slacks(graph.scenes, preset.pacing)
    parts = [
        ScenePart(scene, line, slack, clips.get(scene.id))
        for scene, line, slack in zip(graph.scenes, lines, around, strict=True)
    ]
    fits = _fits(parts, _wanted_frames(graph, lines, around, preset, fps), preset.pacing, fps)
    pulse_ms: Sequence[int] = ()
    if music and preset.sound.cut_to_beat:
        end_ms = ms_of(sum(fit.frames for fit in fits), fps) + MAX_DRIFT_MS
        pulse_ms, beats_ms = film_pulse(music, end_ms), film_beats(music, end_ms)
        fits, around = _on_beats(parts, fits, preset.pacing, fps, pulse_ms=pulse_ms, beats_ms=beats_ms)
    film = _layout(graph.scenes, [fit.frames for fit in fits], (planned.width, planned.height), fps)
    voice = _voice_items(film, lines, around)
    spans = scene_spans(film, voice, {line.scene_id: line.words for line in lines if line}, pulse_ms)
    film = _with_words(film, graph, lines, around, preset)
    items = _video_items(film, fits)
    shots_of = partial(
        _shots,
        scenes=graph.scenes,
        spans=spans,
        items=items,
        clips=clips,
        style=preset.motion,
        changes=scene_changes(film, hidden_cues(graph, film)),
        assets=assets,
    )
    plain = [replace(item, shots=shots_of(index, OWN)) for index, item in enumerate(items)]
    video = with_openings(plain, graph.scenes, clips, film, style=preset.motion, shots_of=shots_of)
    film = replace(film, transitions=with_directions(film.transitions, video, clips, graph.seed))
    own_sound = clip_items(graph, film, video, clips, assets)
    # Without voice and music, effects would be the loudest sounds of the film.
    accompanied = (*voice, *_music_items(graph, preset, film.length_ms))
    effects = effect_items(graph, film, preset.sound) if accompanied else ()
    tracks = replace(film.tracks, video=video, audio=(*accompanied, *own_sound, *effects))
    return replace(film, tracks=tracks, final=True)


def _with_words(
    film: Timeline, graph: SceneGraph, lines: Sequence[SpokenLine | None], around: Sequence[Slack], preset: Preset
) -> Timeline:
    """Return ``film`` with its captions, and the times of overlays that appear with a word."""
    words = scene_words(graph.scenes, film, lines, around)
    zones = [text_zones(scene, preset, graph.aspect) for scene in graph.scenes]
    captions = film_captions(words, film.fps, zones, graph.language) if graph.captions else ()
    return replace(film, tracks=Tracks(captions=captions, overlays=overlay_items(words, film.fps)))


def _fits(parts: Sequence[ScenePart], wanted: Sequence[int], pacing: Pacing, fps: Fraction) -> list[ClipFit]:
    return [
        fit_clip(frames, part.clip, pacing, fps, spoken=part.line is not None)
        for part, frames in zip(parts, wanted, strict=True)
    ]


def _on_beats(
    parts: Sequence[ScenePart],
    fits: Sequence[ClipFit],
    pacing: Pacing,
    fps: Fraction,
    *,
    pulse_ms: Sequence[int],
    beats_ms: Sequence[int],
) -> tuple[list[ClipFit], tuple[Slack, ...]]:
    """Return the fits and slacks of scenes that are changed a little, so that cuts are on the pulse of the music."""
    frames = [fit.frames for fit in fits]
    snapped = snap_to_beats(flexible_scenes(parts, frames, pacing, beats_ms, fps), pulse_ms, beats_ms, fps)
    wanted = [length + scene.change for length, scene in zip(frames, snapped, strict=True)]
    around = tuple(_with_lead(part.slack, scene.lead_change, fps) for part, scene in zip(parts, snapped, strict=True))
    return _fits(parts, wanted, pacing, fps), around


def _with_lead(slack: Slack, lead_change: int, fps: Fraction) -> Slack:
    """Return the slack of a scene whose line begins ``lead_change`` frames later."""
    if not lead_change:
        return slack
    return replace(slack, before_ms=int((ceil_frames(slack.before_ms, fps) + lead_change) * 1000 / fps))


def _audible(line: SpokenLine | None) -> SpokenLine | None:
    return line if line and line.length_ms > 0 else None


def _wanted_frames(
    graph: SceneGraph, lines: Sequence[SpokenLine | None], around: Sequence[Slack], preset: Preset, fps: Fraction
) -> list[int]:
    min_frames = ceil_frames(preset.pacing.min_scene_ms, fps)
    requested = [frames_of(ms, fps) for ms in requested_ms(graph, preset)]
    wanted = []
    readable = [ceil_frames(ms, fps) for ms in readable_ms(graph.scenes)]
    for scene, line, slack, frames, least in zip(graph.scenes, lines, around, requested, readable, strict=True):
        if line is None:
            wanted.append(max(1, frames_of(scene.duration_ms, fps)))
        else:
            after = ceil_frames(line.length_ms + slack.after_ms, fps)
            wanted.append(max(min_frames, least, frames, ceil_frames(slack.before_ms, fps) + after))
    return wanted


def _layout(scenes: Sequence[Scene], lengths: Sequence[int], size: tuple[int, int], fps: Fraction) -> Timeline:
    """Return a timeline of scenes of ``lengths`` frames, overlapping by their transitions, with empty tracks."""
    shared = overlaps(scenes, lengths, fps)
    starts = accumulate((length - overlap for length, overlap in zip(lengths, shared[1:], strict=False)), initial=0)
    timed = tuple(
        TimedScene(scene.id, start, start + length, ms_of(start, fps), ms_of(start + length, fps))
        for scene, start, length in zip(scenes, starts, lengths, strict=True)
    )
    transitions = tuple(
        TimedTransition(scenes[k].transition.kind, scenes[k - 1].id, scenes[k].id, timed[k].start_frame, end)
        for k in range(1, len(scenes))
        if (end := timed[k - 1].end_frame) > timed[k].start_frame
    )
    return Timeline(TimelineSchema.current, fps, *size, timed[-1].end_frame, timed, Tracks(), transitions)


def _video_items(film: Timeline, fits: Sequence[ClipFit]) -> tuple[VideoItem, ...]:
    return tuple(
        VideoItem(s.scene_id, s.start_frame, s.end_frame, speed=fit.speed, hold_frames=fit.hold_frames)
        for s, fit in zip(film.scenes, fits, strict=True)
    )


def _shots(
    index: int,
    opening: Opening,
    *,
    scenes: Sequence[Scene],
    spans: Sequence[SceneSpan],
    items: Sequence[VideoItem],
    clips: Mapping[int, Clip],
    style: MotionStyle,
    changes: Mapping[int, Sequence[int]],
    assets: Mapping[str, Asset],
) -> tuple[CameraShot, ...]:
    """Return the shots of one of the ``scenes`` with this ``opening``.

    They depend on that scene only; ``changes`` are those of its words and overlays.
    """
    scene, span, item = scenes[index], spans[index], items[index]
    clip = clips.get(scene.id)
    if clip is None:
        return ()
    if clip.views:
        return card_shots(clip, card_starts(span, changes.get(scene.id, ()), style.shot_ms, scene.style.shots), span)
    asset = assets.get(scene.media.asset or "")
    source_width = asset.width if asset and asset.key == clip.key else None
    starts = shot_starts(span, style.shot_ms, scene.style.shots)
    return scene_shots(clip, starts, span, style, item=item, source_width=source_width, opening=opening)


def _voice_items(film: Timeline, lines: Sequence[SpokenLine | None], around: Sequence[Slack]) -> tuple[AudioItem, ...]:
    items = []
    for timed, line, slack in zip(film.scenes, lines, around, strict=True):
        if line is not None:
            start_ms = ms_of(timed.start_frame + ceil_frames(slack.before_ms, film.fps), film.fps)
            items.append(AudioItem("voice", start_ms, start_ms + line.length_ms, line.key, timed.scene_id))
    return tuple(items)


def _music_items(graph: SceneGraph, preset: Preset, film_ms: int) -> tuple[AudioItem, ...]:
    audio = graph.global_audio
    if audio.music.kind == "none":
        return ()
    gain_db = preset.sound.music_db if audio.music_db is None else audio.music_db
    return (AudioItem("music", 0, film_ms, gain_db=gain_db),)
