"""Cut the film into segments: the transition into a scene, then its body until the transition out begins."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from app.planning.timing.counters import FREE_STYLES, counter_of
from app.planning.timing.credits import credits_overlay
from app.planning.timing.effects import STILL_TRANSITIONS
from app.planning.timing.headlines import hidden_cues
from app.planning.timing.progress import below_progress, progress_area, progress_bar
from app.planning.timing.text_zones import TextZones, text_zones
from schemas.clip import TEMPLATE, Clip
from schemas.frame import ASPECTS
from schemas.preset import Preset
from schemas.scene_graph import MAX_SCALE, MEME_TEXT, Overlay, Scene, SceneGraph
from schemas.segment import ClipRange, Encoding, Segment, TimedOverlay
from schemas.timeline import Cue, OverlayItem, TimedScene, TimedTransition, Timeline
from schemas.timing import frames_of

# How much larger an amount is in the place of icons, if there is space.
AMOUNT_SCALE = 1.8


@dataclass(frozen=True, slots=True)
class _Cut:
    """The frames of one segment, the transitions at its beginning and its end, and the captions that it shows."""

    index: int
    timed: TimedScene
    transition: TimedTransition | None
    next_transition: TimedTransition | None
    frames: int
    cues: tuple[Cue, ...]


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

    ``overlay_keys`` maps the asset id of each overlay picture to its storage key. Raises ``KeyError`` if a scene of
    the timeline has no clip or an overlay picture has no key.
    """
    bar = progress_area(graph, preset)
    preset = below_progress(preset, graph)
    plain = tuple(
        Segment(
            index=cut.index,
            scene_id=cut.timed.scene_id,
            start_frame=cut.timed.start_frame,
            frames=cut.frames,
            fps=timeline.fps,
            width=timeline.width,
            height=timeline.height,
            incoming=_clip_range(timeline, clips, cut.timed, 0, cut.frames),
            outgoing=_outgoing_range(timeline, clips, cut.transition) if cut.transition else None,
            transition=cut.transition.kind if cut.transition else "cut",
            cues=cut.cues,
            overlays=(
                *_counter(graph, preset, cut),
                *_overlays(graph, timeline, clips, cut, overlay_keys),
                *_credits(graph, clips, cut),
            ),
            grade=preset.grade,
            language=graph.language,
            encoding=encoding,
            progress=progress_bar(graph, bar, cut.index),
            fades_out=cut.next_transition is not None and cut.next_transition.kind in STILL_TRANSITIONS,
        )
        for cut in _cuts(timeline, hidden_cues(graph, timeline))
    )
    return tuple(_with_words_placed(segment, graph, preset) for segment in plain)


def _with_words_placed(segment: Segment, graph: SceneGraph, preset: Preset) -> Segment:
    """Return the segment with its words where the layout of its scene and the preset have them."""
    places = text_zones(graph.scene(segment.scene_id), preset, graph.aspect)
    before = segment.outgoing.clip.scene_id if segment.outgoing else None
    has_free = any(timed.overlay.style in FREE_STYLES for timed in segment.overlays)
    overlays = tuple(replace(timed, overlay=_placed(timed.overlay, places)) for timed in segment.overlays)
    return replace(
        segment,
        overlays=overlays,
        captions=places.captions,
        safe_zone=places.caption_zone,
        title_zone=places.title_zone,
        dim=places.dim,
        outgoing_dim=0.0 if before is None else text_zones(graph.scene(before), preset, graph.aspect).dim,
        free_zone=preset.safe_zone_of(*ASPECTS[graph.aspect]) if has_free else None,
        icon_zone=places.icon_zone,
        image_zone=places.image_zone if any(timed.overlay.shadow for timed in segment.overlays) else None,
    )


def _placed(overlay: Overlay, places: TextZones) -> Overlay:
    """Return the overlay at the position that the layout has for titles; an amount is large in the place of icons."""
    if overlay.kind != "text" or overlay.style in FREE_STYLES or not places.title_position:
        return overlay
    if overlay.style == "amount" and places.icon_zone:
        return replace(overlay, position="middle", scale=min(MAX_SCALE, overlay.scale * AMOUNT_SCALE))
    return replace(overlay, position=places.title_position)


def _counter(graph: SceneGraph, preset: Preset, cut: _Cut) -> tuple[TimedOverlay, ...]:
    """Return the counter of a scene that shows an item of a list, at the same place in all of them."""
    first = cut.transition.frames if cut.transition else 0
    counter = counter_of(graph.scene(cut.timed.scene_id), preset)
    return (TimedOverlay(counter, first, cut.frames - first),) if counter and cut.frames > first else ()


def _credits(graph: SceneGraph, clips: Mapping[int, Clip], cut: _Cut) -> tuple[TimedOverlay, ...]:
    """Return the credits of the film, which the last scene shows in the space that its other texts leave."""
    if cut.timed.scene_id != graph.scenes[-1].id:
        return ()
    first = cut.transition.frames if cut.transition else 0
    overlay = credits_overlay(graph, clips)
    return (TimedOverlay(overlay, first, cut.frames - first),) if overlay and cut.frames > first else ()


def _cuts(timeline: Timeline, hidden: Collection[Cue]) -> Iterator[_Cut]:
    """Each segment begins with the transition into its scene and ends where the transition out of it begins.

    ``hidden`` captions are not burned in.
    """
    into = {transition.into: transition for transition in timeline.transitions}
    out_of = {transition.out_of: transition for transition in timeline.transitions}
    fps = timeline.fps
    burned = [cue for cue in timeline.tracks.captions if cue not in hidden]
    cues = [(frames_of(cue.start_ms, fps), frames_of(cue.end_ms, fps), cue) for cue in burned]
    for index, timed in enumerate(timeline.scenes):
        after = out_of.get(timed.scene_id)
        end = after.start_frame if after else timed.end_frame
        visible = tuple(cue for first, last, cue in cues if first < end and timed.start_frame < last)
        yield _Cut(index, timed, into.get(timed.scene_id), after, end - timed.start_frame, visible)


def _outgoing_range(timeline: Timeline, clips: Mapping[int, Clip], transition: TimedTransition) -> ClipRange:
    previous = timeline.scene(transition.out_of)
    return _clip_range(timeline, clips, previous, previous.frames - transition.frames, transition.frames)


def _clip_range(timeline: Timeline, clips: Mapping[int, Clip], timed: TimedScene, first: int, frames: int) -> ClipRange:
    item = next(item for item in timeline.tracks.video if item.scene_id == timed.scene_id)
    clip = clips[timed.scene_id]
    return ClipRange(clip, first, frames, timed.frames, item.in_ms, item.speed, item.hold_frames, item.shots)


def _overlays(
    graph: SceneGraph, timeline: Timeline, clips: Mapping[int, Clip], cut: _Cut, keys: Mapping[str, str]
) -> tuple[TimedOverlay, ...]:
    """Return the overlays of a scene, shown over its own frames or a part of them, not over the transition into it."""
    scene = graph.scene(cut.timed.scene_id)
    first = cut.transition.frames if cut.transition else 0
    overlays = (*scene.overlays, *_template_text(scene, clips[scene.id]))
    items = {item.overlay: item for item in timeline.tracks.overlays if item.scene_id == scene.id}
    placed = (
        _timed_overlay(overlay, items.get(index), cut, first, _overlay_key(overlay, keys))
        for index, overlay in enumerate(overlays)
    )
    return tuple(overlay for overlay in placed if overlay.frames > 0)


def _timed_overlay(overlay: Overlay, item: OverlayItem | None, cut: _Cut, first: int, key: str | None) -> TimedOverlay:
    if item is None:
        return TimedOverlay(overlay, first, cut.frames - first, key)
    start = max(first, item.start_frame - cut.timed.start_frame)
    end = min(cut.frames, item.end_frame - cut.timed.start_frame)
    turn = max(0, item.turn_frame - cut.timed.start_frame - start)
    rows = tuple(max(0, frame - cut.timed.start_frame - start) for frame in item.row_frames)
    return TimedOverlay(overlay, start, end - start, key, turn, rows)


def _template_text(scene: Scene, clip: Clip) -> tuple[Overlay, ...]:
    """Return the text of a static template; empty if the scene is spoken, shows its words or an engine made its
    picture."""
    text = scene.caption or scene.description
    has_words = scene.voice_script or scene.archetype == MEME_TEXT
    return (Overlay(text=text),) if clip.engine == TEMPLATE and text and not has_words else ()


def _overlay_key(overlay: Overlay, keys: Mapping[str, str]) -> str | None:
    return keys[overlay.asset] if overlay.kind == "image" and overlay.asset else None
