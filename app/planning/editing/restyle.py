"""Change the preset of a scene graph: choices of the old preset are made again, choices of a person stay."""

from __future__ import annotations

from dataclasses import replace

from app.planning.scenes.decoration import CLEAR_OF, TRANSITION_PART
from schemas.preset import Preset
from schemas.scene_graph import Media, Overlay, Scene, SceneGraph, Transition


def restyle(graph: SceneGraph, old: Preset, new: Preset) -> SceneGraph:
    """Return ``graph`` with the preset ``new``.

    Colours of the old palette, transitions of the old preset and texts that would overlap the new preset's captions
    change; everything else stays.
    """
    scenes = tuple(
        replace(
            scene,
            media=_coloured(scene.media, old, new),
            overlays=tuple(_clear(overlay, graph, old, new) for overlay in scene.overlays),
        )
        for scene in graph.scenes
    )
    joined = tuple(
        replace(scene, transition=_transition(before, scene, old, new))
        for before, scene in zip((None, *scenes), scenes, strict=False)
    )
    return replace(graph, preset_id=new.id, scenes=joined)


def _coloured(media: Media, old: Preset, new: Preset) -> Media:
    pairs = _background_colours(old)
    if media.asset or media.colours not in pairs:
        return media
    others = _background_colours(new)
    return replace(media, colours=others[pairs.index(media.colours) % len(others)])


def _background_colours(preset: Preset) -> list[tuple[str, ...]]:
    """Return the colour pairs that the planner may choose from a palette; a pair of equal colours is a single one."""
    following = (*preset.palette[1:], preset.palette[0])
    return [tuple(dict.fromkeys(pair)) for pair in zip(preset.palette, following, strict=True)]


def _clear(overlay: Overlay, graph: SceneGraph, old: Preset, new: Preset) -> Overlay:
    taken = new.captions.position
    overlaps = graph.captions and overlay.kind == "text" and overlay.position == taken != old.captions.position
    return replace(overlay, position=CLEAR_OF[taken]) if overlaps else overlay


def _transition(before: Scene | None, scene: Scene, old: Preset, new: Preset) -> Transition:
    """Replace a transition of the old preset by one of the new; one that is longer than the old preset makes was set by
    a person and stays."""
    current = scene.transition
    if before is None or current.kind not in old.transition.kinds:
        return current
    if current.duration_ms > old.transition.duration_ms:
        return current
    kinds = new.transition.kinds
    kind = current.kind if current.kind in kinds else kinds[old.transition.kinds.index(current.kind) % len(kinds)]
    longest_ms = min(before.duration_ms, scene.duration_ms) // TRANSITION_PART
    return Transition() if kind == "cut" else Transition(kind, min(new.transition.duration_ms, longest_ms))
