"""The film as an editing program reads it: an OpenTimelineIO timeline."""

from __future__ import annotations

from fractions import Fraction

from opentimelineio import opentime, schema

from assembly.text import subtitles
from schemas.scene_graph import SceneGraph
from schemas.timeline import AudioItem, Timeline, VideoItem
from schemas.timing import frames_of


def otio_timeline(graph: SceneGraph, timeline: Timeline) -> schema.Timeline:
    """Scenes with their transitions on a video track, the voice and the music on a track each, captions as markers.

    Media are named relative to the job's folder. A transition lies across a cut in its middle, as editing programs
    have it: every clip is shown up to that cut and has handles beyond it.
    """
    made = schema.Timeline(name=graph.title, global_start_time=_time(0, timeline.fps))
    made.metadata["pytoon"] = {
        "version": timeline.version,
        "preset": graph.preset_id,
        "language": graph.language,
        "seed": graph.seed,
        "fps": str(timeline.fps),
        "width": timeline.width,
        "height": timeline.height,
    }
    made.tracks.append(_pictures(graph, timeline))
    for kind, name in (("voice", "Voice"), ("music", "Music")):
        items = [item for item in timeline.tracks.audio if item.kind == kind]
        if items:
            made.tracks.append(_sounds(name, items, timeline))
    made.tracks.markers.extend(_markers(timeline))
    return made


def otio(graph: SceneGraph, timeline: Timeline) -> str:
    """The same as an ``.otio`` file's text."""
    return str(otio_timeline(graph, timeline).to_json_string(indent=2))


def _time(frames: int, fps: Fraction) -> opentime.RationalTime:
    return opentime.RationalTime(frames, float(fps))


def _range(first: int, frames: int, fps: Fraction) -> opentime.TimeRange:
    return opentime.TimeRange(_time(first, fps), _time(frames, fps))


def _pictures(graph: SceneGraph, timeline: Timeline) -> schema.Track:
    track = schema.Track(name="Video", kind=schema.TrackKind.Video)
    coming = {transition.into: transition for transition in timeline.transitions}
    going = {transition.out_of: transition for transition in timeline.transitions}
    for item in timeline.tracks.video:
        into, out_of = coming.get(item.scene_id), going.get(item.scene_id)
        head = into.frames // 2 if into else 0
        tail = out_of.frames - out_of.frames // 2 if out_of else 0
        if into:
            track.append(_transition(into.kind, into.frames, timeline.fps))
        track.append(_clip(graph, timeline, item, head, tail))
    return track


def _transition(kind: str, frames: int, fps: Fraction) -> schema.Transition:
    dissolve = schema.TransitionTypes.SMPTE_Dissolve
    return schema.Transition(
        name=kind,
        transition_type=dissolve if kind == "fade" else schema.TransitionTypes.Custom,
        in_offset=_time(frames // 2, fps),
        out_offset=_time(frames - frames // 2, fps),
        metadata={"pytoon": {"kind": kind}},
    )


def _clip(graph: SceneGraph, timeline: Timeline, item: VideoItem, head: int, tail: int) -> schema.Clip:
    scene, frames = graph.scene(item.scene_id), item.end_frame - item.start_frame
    media = schema.ExternalReference(f"scenes/scene_{item.scene_id}.mp4", _range(0, frames, timeline.fps))
    facts = {"scene_id": item.scene_id, "in_ms": item.in_ms, "speed": item.speed, "hold_frames": item.hold_frames}
    clip = schema.Clip(
        name=f"Scene {item.scene_id}",
        media_reference=media,
        source_range=_range(head, frames - head - tail, timeline.fps),
        metadata={"pytoon": {**facts, "description": scene.description, "voice_script": scene.voice_script}},
    )
    if item.speed != 1:
        clip.effects.append(schema.LinearTimeWarp(name="slow motion", time_scalar=item.speed))
    return clip


def _sounds(name: str, items: list[AudioItem], timeline: Timeline) -> schema.Track:
    """Items in their order with gaps between; where two meet, the later one begins when the earlier ends."""
    track = schema.Track(name=name, kind=schema.TrackKind.Audio)
    at = 0
    for item in sorted(items, key=lambda one: one.start_ms):
        start = max(at, frames_of(item.start_ms, timeline.fps))
        end = frames_of(item.end_ms, timeline.fps)
        if end <= start:
            continue
        if start > at:
            track.append(schema.Gap(source_range=_range(0, start - at, timeline.fps)))
        track.append(_sound(name, item, _range(0, end - start, timeline.fps)))
        at = end
    return track


def _sound(name: str, item: AudioItem, span: opentime.TimeRange) -> schema.Clip:
    scene = f" {item.scene_id}" if item.scene_id is not None else ""
    media = schema.ExternalReference(item.key, span) if item.key else schema.MissingReference()
    facts = {"kind": item.kind, "gain_db": item.gain_db, "scene_id": item.scene_id}
    metadata = {"pytoon": {key: value for key, value in facts.items() if value is not None}}
    return schema.Clip(name=f"{name}{scene}", media_reference=media, source_range=span, metadata=metadata)


def _markers(timeline: Timeline) -> list[schema.Marker]:
    made = []
    for cue in timeline.tracks.captions:
        first, end = (frames_of(ms, timeline.fps) for ms in (cue.start_ms, cue.end_ms))
        marker = schema.Marker(
            name=" / ".join(subtitles.lines(cue)),
            marked_range=_range(first, end - first, timeline.fps),
            color=schema.MarkerColor.GREEN,
            metadata={"pytoon": {"scene_id": cue.scene_id, "start_ms": cue.start_ms, "end_ms": cue.end_ms}},
        )
        made.append(marker)
    return made
