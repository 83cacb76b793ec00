"""Export of the film as an OpenTimelineIO timeline for editing programs."""

from __future__ import annotations

from fractions import Fraction

from opentimelineio import opentime, schema

from assembly.text import subtitles
from schemas.scene_graph import SceneGraph
from schemas.timeline import AudioItem, Timeline, VideoItem
from schemas.timing import frames_of

AUDIO_TRACKS = (("voice", "Voice"), ("music", "Music"), ("clip", "Clip sound"), ("effect", "Effects"))


def otio_timeline(graph: SceneGraph, timeline: Timeline) -> schema.Timeline:
    """Return scenes with transitions on a video track, each kind of sound on a track, and captions as markers.

    Media paths are relative to the job's folder. A transition is centred on a cut, as editing programs expect: every
    clip ends at that cut and has handles beyond it.
    """
    result = schema.Timeline(name=graph.title, global_start_time=_time(0, timeline.fps))
    result.metadata["pytoon"] = {
        "version": timeline.version,
        "preset": graph.preset_id,
        "language": graph.language,
        "seed": graph.seed,
        "fps": str(timeline.fps),
        "width": timeline.width,
        "height": timeline.height,
    }
    result.tracks.append(_video_track(graph, timeline))
    for kind, name in AUDIO_TRACKS:
        items = [item for item in timeline.tracks.audio if item.kind == kind]
        if items:
            result.tracks.append(_audio_track(name, items, timeline))
    result.tracks.markers.extend(_markers(timeline))
    return result


def otio(graph: SceneGraph, timeline: Timeline) -> str:
    """Return the timeline as the text of an ``.otio`` file."""
    return str(otio_timeline(graph, timeline).to_json_string(indent=2))


def _time(frames: int, fps: Fraction) -> opentime.RationalTime:
    return opentime.RationalTime(frames, float(fps))


def _range(first: int, frames: int, fps: Fraction) -> opentime.TimeRange:
    return opentime.TimeRange(_time(first, fps), _time(frames, fps))


def _video_track(graph: SceneGraph, timeline: Timeline) -> schema.Track:
    track = schema.Track(name="Video", kind=schema.TrackKind.Video)
    transitions_in = {transition.into: transition for transition in timeline.transitions}
    transitions_out = {transition.out_of: transition for transition in timeline.transitions}
    for item in timeline.tracks.video:
        before, after = transitions_in.get(item.scene_id), transitions_out.get(item.scene_id)
        head = before.frames // 2 if before else 0
        tail = after.frames - after.frames // 2 if after else 0
        if before:
            track.append(_transition(before.kind, before.frames, timeline.fps))
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


def _audio_track(name: str, items: list[AudioItem], timeline: Timeline) -> schema.Track:
    """Return the items in order of time with gaps between; an item that overlaps the previous one begins at its end."""
    track = schema.Track(name=name, kind=schema.TrackKind.Audio)
    track_end = 0
    for item in sorted(items, key=lambda item: item.start_ms):
        start = max(track_end, frames_of(item.start_ms, timeline.fps))
        end = frames_of(item.end_ms, timeline.fps)
        if end <= start:
            continue
        if start > track_end:
            track.append(schema.Gap(source_range=_range(0, start - track_end, timeline.fps)))
        first = _first_source_frame(item, start, timeline.fps)
        track.append(_audio_clip(name, item, _range(first, end - start, timeline.fps)))
        track_end = end
    return track


def _first_source_frame(item: AudioItem, start: int, fps: Fraction) -> int:
    """Return where in its file an item is heard that begins at frame ``start``; other items are played from 0."""
    if item.kind != "clip":
        return 0
    skipped_frames = start - frames_of(item.start_ms, fps)
    return frames_of(item.in_ms, fps) + round(skipped_frames * Fraction(item.speed).limit_denominator(10_000))


def _audio_clip(name: str, item: AudioItem, span: opentime.TimeRange) -> schema.Clip:
    scene = f" {item.scene_id}" if item.scene_id is not None else ""
    media = schema.ExternalReference(item.key, span) if item.key else schema.MissingReference()
    facts = {"kind": item.kind, "gain_db": item.gain_db, "scene_id": item.scene_id, "effect": item.effect}
    metadata = {"pytoon": {key: value for key, value in facts.items() if value is not None}}
    clip = schema.Clip(name=f"{name}{scene}", media_reference=media, source_range=span, metadata=metadata)
    if item.speed != 1:
        clip.effects.append(schema.LinearTimeWarp(name="slow motion", time_scalar=item.speed))
    return clip


def _markers(timeline: Timeline) -> list[schema.Marker]:
    markers = []
    for cue in timeline.tracks.captions:
        first, end = (frames_of(ms, timeline.fps) for ms in (cue.start_ms, cue.end_ms))
        marker = schema.Marker(
            name=" / ".join(subtitles.cue_text_lines(cue)),
            marked_range=_range(first, end - first, timeline.fps),
            color=schema.MarkerColor.GREEN,
            metadata={"pytoon": {"scene_id": cue.scene_id, "start_ms": cue.start_ms, "end_ms": cue.end_ms}},
        )
        markers.append(marker)
    return markers
