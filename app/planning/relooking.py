"""A film in another look: what the old look chose by itself is chosen again, what a person chose stays."""

from __future__ import annotations

from dataclasses import replace

from app.planning.dressing import CLEAR_OF, TRANSITION_PART
from schemas.preset import Preset
from schemas.scene_graph import Media, Overlay, Scene, SceneGraph, Transition


def in_the_look(graph: SceneGraph, old: Preset, new: Preset) -> SceneGraph:
    """``graph`` in the look ``new``: colours that are the old palette's, transitions that are the old look's, and words
    that would lie on the new look's captions."""
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
    pairs = _grounds(old)
    if media.asset or media.colours not in pairs:
        return media
    others = _grounds(new)
    return replace(media, colours=others[pairs.index(media.colours) % len(others)])


def _grounds(look: Preset) -> list[tuple[str, ...]]:
    """What the planner may have made of a palette: neighbouring colours, one alone where both are the same."""
    return [tuple(dict.fromkeys(pair)) for pair in zip(look.palette, (*look.palette[1:], look.palette[0]), strict=True)]


def _clear(overlay: Overlay, graph: SceneGraph, old: Preset, new: Preset) -> Overlay:
    taken = new.captions.position
    meets = graph.captions and overlay.kind == "text" and overlay.position == taken != old.captions.position
    return replace(overlay, position=CLEAR_OF[taken]) if meets else overlay


def _transition(before: Scene | None, scene: Scene, old: Preset, new: Preset) -> Transition:
    """The new look's in the place of the old one's; a longer one than the old look makes was somebody's wish."""
    was = scene.transition
    if before is None or was.kind not in old.transition.kinds or was.duration_ms > old.transition.duration_ms:
        return was
    kinds = new.transition.kinds
    kind = was.kind if was.kind in kinds else kinds[old.transition.kinds.index(was.kind) % len(kinds)]
    room_ms = min(before.duration_ms, scene.duration_ms) // TRANSITION_PART
    return Transition() if kind == "cut" else Transition(kind, min(new.transition.duration_ms, room_ms))
