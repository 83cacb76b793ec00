"""Cut the film into segments: the transition into a scene, then its body until the transition out begins."""

from __future__ import annotations

from collections.abc import Mapping

from schemas.clip import TEMPLATE, Clip
from schemas.preset import Preset
from schemas.scene_graph import Overlay, Scene, SceneGraph
from schemas.segment import ClipRange, Encoding, Segment, TimedOverlay
from schemas.timeline import TimedScene, TimedTransition, Timeline
from schemas.timing import frames_of


def segments(
    graph: SceneGraph,
    timeline: Timeline,
    clips: Mapping[int, Clip],
    preset: Preset,
    *,
    encoding: Encoding,
    overlay_keys: Mapping[str, str],
) -> tuple[Segment, ...]:
    """Return one segment per scene, in order; together they contain every frame of the film once.

    ``overlay_keys`` maps the asset id of each overlay picture to its storage key. Raises ``KeyError`` when a scene of
    the timeline has no clip or an overlay picture has no key.
    """
    into = {transition.into: transition for transition in timeline.transitions}
    out_of = {transition.out_of: transition for transition in timeline.transitions}
    fps = timeline.fps
    cues = [(frames_of(cue.start_ms, fps), frames_of(cue.end_ms, fps), cue) for cue in timeline.tracks.captions]
    segments_of_film = []
    for index, timed in enumerate(timeline.scenes):
        end = out_of[timed.scene_id].start_frame if timed.scene_id in out_of else timed.end_frame
        coming = into.get(timed.scene_id)
        frames = end - timed.start_frame
        segments_of_film.append(
            Segment(
                index=index,
                scene_id=timed.scene_id,
                start_frame=timed.start_frame,
                frames=frames,
                fps=fps,
                width=timeline.width,
                height=timeline.height,
                incoming=_strip(timeline, clips, timed, 0, frames),
                outgoing=_outgoing(timeline, clips, coming) if coming else None,
                transition=coming.kind if coming else "cut",
                cues=tuple(cue for first, last, cue in cues if first < end and timed.start_frame < last),
                overlays=_overlays(graph.scene(timed.scene_id), clips[timed.scene_id], coming, frames, overlay_keys),
                captions=preset.captions,
                safe_zone=preset.safe_zone,
                grade=preset.grade,
                language=graph.language,
                encoding=encoding,
            )
        )
    return tuple(segments_of_film)


def _outgoing(timeline: Timeline, clips: Mapping[int, Clip], coming: TimedTransition) -> ClipRange:
    before = timeline.scene(coming.out_of)
    return _strip(timeline, clips, before, before.frames - coming.frames, coming.frames)


def _strip(timeline: Timeline, clips: Mapping[int, Clip], timed: TimedScene, first: int, frames: int) -> ClipRange:
    item = next(item for item in timeline.tracks.video if item.scene_id == timed.scene_id)
    clip = clips[timed.scene_id]
    return ClipRange(clip, first, frames, timed.frames, item.in_ms, item.speed, item.hold_frames)


def _overlays(
    scene: Scene, clip: Clip, coming: TimedTransition | None, frames: int, keys: Mapping[str, str]
) -> tuple[TimedOverlay, ...]:
    """Return the overlays over the scene's own frames only; none lies over a transition."""
    first = coming.frames if coming else 0
    every = (*scene.overlays, *_words(scene, clip))
    return tuple(TimedOverlay(overlay, first, frames - first, _key(overlay, keys)) for overlay in every)


def _words(scene: Scene, clip: Clip) -> tuple[Overlay, ...]:
    """Return the text of a static template; empty when the scene is spoken or an engine made its picture."""
    text = scene.caption or scene.description
    return (Overlay(text=text),) if clip.engine == TEMPLATE and text and not scene.voice_script else ()


def _key(overlay: Overlay, keys: Mapping[str, str]) -> str | None:
    return keys[overlay.asset] if overlay.kind == "image" and overlay.asset else None
