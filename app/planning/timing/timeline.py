"""When everything is shown and heard: ``build`` plans it, ``retime`` settles it by what was really made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate

from app.planning.timing.captions import film_captions
from app.planning.timing.clip_fit import ClipFit, fit_clip
from app.planning.timing.lengths import Slack, asked_ms, ceil_frames, overlaps, slacks
from schemas.clip import Clip
from schemas.preset import Preset
from schemas.scene_graph import Scene, SceneGraph
from schemas.speech import Speech, SpokenLine
from schemas.timeline import AudioItem, TimedScene, TimedTransition, Timeline, TimelineSchema, Tracks, VideoItem
from schemas.timing import FPS, frames_of, ms_of


def build(graph: SceneGraph, size: tuple[int, int], fps: Fraction = FPS) -> Timeline:
    """The planned timeline: every scene as long as it asks to be, overlapping its neighbours by the transitions."""
    fillings = [ClipFit(max(1, frames_of(s.duration_ms, fps))) for s in graph.scenes]
    film = _laid(graph.scenes, [filling.frames for filling in fillings], size, fps)
    return replace(film, tracks=Tracks(video=_video(film, fillings)))


def retime(graph: SceneGraph, planned: Timeline, speech: Speech, clips: Mapping[int, Clip], preset: Preset) -> Timeline:
    """The final timeline: scenes follow the words that are spoken, clips are fitted into them, captions to both.

    A scene without a line in ``speech`` keeps the length it asks for (or what its clip can give) and shows its text; a
    scene without a clip counts as a still. Frame rate and size are those of ``planned``.
    """
    fps = planned.fps
    lines = [_heard(speech.line(scene.id)) for scene in graph.scenes]
    around = slacks(graph.scenes, preset.pacing)
    wanted = _wanted_frames(graph, lines, around, preset, fps)
    fillings = [
        fit_clip(frames, clips.get(scene.id), preset.pacing, fps, spoken=line is not None)
        for scene, line, frames in zip(graph.scenes, lines, wanted, strict=True)
    ]
    film = _laid(graph.scenes, [filling.frames for filling in fillings], (planned.width, planned.height), fps)
    tracks = Tracks(
        video=_video(film, fillings),
        audio=(*_voices(film, lines, around), *_music(graph, preset, film.length_ms)),
        captions=film_captions(graph.scenes, film, lines, around, preset.captions) if graph.captions else (),
    )
    return replace(film, tracks=tracks, final=True)


def _heard(line: SpokenLine | None) -> SpokenLine | None:
    return line if line and line.length_ms > 0 else None


def _wanted_frames(
    graph: SceneGraph, lines: Sequence[SpokenLine | None], around: Sequence[Slack], preset: Preset, fps: Fraction
) -> list[int]:
    least = ceil_frames(preset.pacing.min_scene_ms, fps)
    asked = [frames_of(ms, fps) for ms in asked_ms(graph, preset)]
    found = []
    for scene, line, room, frames in zip(graph.scenes, lines, around, asked, strict=True):
        if line is None:
            found.append(max(1, frames_of(scene.duration_ms, fps)))
        else:
            after = ceil_frames(line.length_ms + room.after_ms, fps)
            found.append(max(least, frames, ceil_frames(room.before_ms, fps) + after))
    return found


def _laid(scenes: Sequence[Scene], lengths: Sequence[int], size: tuple[int, int], fps: Fraction) -> Timeline:
    """Scenes of ``lengths`` frames one after the other, with nothing on the tracks yet."""
    shared = overlaps(scenes, lengths, fps)
    starts = accumulate((length - eaten for length, eaten in zip(lengths, shared[1:], strict=False)), initial=0)
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


def _video(film: Timeline, fillings: Sequence[ClipFit]) -> tuple[VideoItem, ...]:
    return tuple(
        VideoItem(s.scene_id, s.start_frame, s.end_frame, speed=filling.speed, hold_frames=filling.hold_frames)
        for s, filling in zip(film.scenes, fillings, strict=True)
    )


def _voices(film: Timeline, lines: Sequence[SpokenLine | None], around: Sequence[Slack]) -> tuple[AudioItem, ...]:
    found = []
    for timed, line, room in zip(film.scenes, lines, around, strict=True):
        if line is not None:
            start_ms = ms_of(timed.start_frame + ceil_frames(room.before_ms, film.fps), film.fps)
            found.append(AudioItem("voice", start_ms, start_ms + line.length_ms, line.key, timed.scene_id))
    return tuple(found)


def _music(graph: SceneGraph, preset: Preset, film_ms: int) -> tuple[AudioItem, ...]:
    sound = graph.global_audio
    if sound.music.kind == "none":
        return ()
    gain_db = preset.sound.music_db if sound.music_db is None else sound.music_db
    return (AudioItem("music", 0, film_ms, gain_db=gain_db),)
