"""Change the preset of a scene graph: the old preset's choices are replaced, a person's choices stay."""

from __future__ import annotations

from dataclasses import replace

from app.planning.scenes.decoration import FREE_POSITION
from app.planning.scenes.structure import planned_progress
from app.planning.scenes.transitions import TRANSITION_DIVISOR, suitable_kinds, usual_ms
from app.planning.timing.counters import FREE_STYLES
from schemas.preset import Preset
from schemas.scene_graph import LONG_STYLES, Media, Overlay, Scene, SceneGraph, Transition


def restyle(graph: SceneGraph, old: Preset, new: Preset) -> SceneGraph:
    """Return ``graph`` with the preset ``new``.

    Colours of the old palette, its layouts of one picture, transitions and the progress bar of the old preset, and
    texts that would overlap the new preset's captions change; everything else stays.
    """
    scenes = tuple(
        replace(
            scene,
            media=_restyle_colours(scene.media, old, new),
            layout=_restyle_layout(scene, old, new),
            overlays=tuple(_restyle_overlay(overlay, graph, old, new) for overlay in scene.overlays),
        )
        for scene in graph.scenes
    )
    restyled = tuple(
        replace(
            scene, transition=_restyle_transition(before, scene, old, new, has_turn=index % new.transition.every == 0)
        )
        for index, (before, scene) in enumerate(zip((None, *scenes), scenes, strict=False))
    )
    is_planned = graph.progress == planned_progress(graph.scenes, old)
    progress = planned_progress(graph.scenes, new) if is_planned else graph.progress
    return replace(graph, preset_id=new.id, scenes=restyled, progress=progress)


def _restyle_layout(scene: Scene, old: Preset, new: Preset) -> str | None:
    """Return the scene's layout, unless the old preset chose it for one picture and the new one does not like it."""
    was_chosen = scene.layout in old.layouts and not scene.pictures
    return None if was_chosen and scene.layout not in new.layouts else scene.layout


def _restyle_colours(media: Media, old: Preset, new: Preset) -> Media:
    old_pairs = _background_colours(old)
    if media.asset or media.colours not in old_pairs:
        return media
    new_pairs = _background_colours(new)
    return replace(media, colours=new_pairs[old_pairs.index(media.colours) % len(new_pairs)])


def _background_colours(preset: Preset) -> list[tuple[str, ...]]:
    """Return the colour pairs that the planner may choose from a palette; two equal colours become one."""
    next_colours = (*preset.palette[1:], preset.palette[0])
    return [tuple(dict.fromkeys(pair)) for pair in zip(preset.palette, next_colours, strict=True)]


def _restyle_overlay(overlay: Overlay, graph: SceneGraph, old: Preset, new: Preset) -> Overlay:
    captions = new.captions.position
    is_title = overlay.kind == "text" and overlay.style not in (*FREE_STYLES, *LONG_STYLES)
    overlaps = graph.captions and is_title and overlay.position == captions != old.captions.position
    return replace(overlay, position=FREE_POSITION[captions]) if overlaps else overlay


def _restyle_transition(before: Scene | None, scene: Scene, old: Preset, new: Preset, *, has_turn: bool) -> Transition:
    """Replace a transition of the old preset with one of the new preset.

    A cut is replaced only if it ``has_turn`` to be another transition. A transition that is longer than the old
    preset's was set by a person and stays.
    """
    current = scene.transition
    if before is None or current.kind not in old.transition.kinds:
        return current
    if current.duration_ms > old.transition.duration_ms:
        return current
    if current.kind == "match_cut":
        return current if current.kind in new.transition.kinds else Transition()
    kinds = suitable_kinds(before, scene, new)
    if not kinds or (current.kind == "cut" and not has_turn):
        return Transition()
    kind = current.kind if current.kind in kinds else kinds[old.transition.kinds.index(current.kind) % len(kinds)]
    longest_ms = min(before.duration_ms, scene.duration_ms) // TRANSITION_DIVISOR
    return Transition() if kind == "cut" else Transition(kind, min(usual_ms(kind, new), longest_ms))
