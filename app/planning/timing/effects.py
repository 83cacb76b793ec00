"""The sound effects of a film: which are heard, and at which ms their peaks are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from schemas.preset import CUTS, SoundStyle
from schemas.scene_graph import Scene, SceneGraph
from schemas.timeline import AudioItem, Timeline
from schemas.timing import ms_of

# More than one effect in two seconds distracts from the words.
MIN_DISTANCE_MS = 2000
# The level of effects that a film asks for in a preset without effects.
USUAL_DB = -14.0
# Transitions in which nothing crosses the frame; all others are heard.
STILL_TRANSITIONS = frozenset((*CUTS, "fade", "fade_black", "fade_white", "blur"))


@dataclass(frozen=True, slots=True)
class EffectShape:
    """How long an effect sounds before and after its peak; ``rank`` 0 is kept first if two are too close together."""

    before_ms: int
    after_ms: int
    rank: int


# A riser leads to the closing scene, a whoosh follows a move across the frame, a pop accompanies what appears on it.
SHAPES = {"riser": EffectShape(1200, 200, 0), "whoosh": EffectShape(320, 280, 1), "pop": EffectShape(0, 140, 2)}


@dataclass(frozen=True, slots=True)
class _Effect:
    name: str
    peak_ms: int
    scene_id: int

    @property
    def shape(self) -> EffectShape:
        return SHAPES[self.name]

    def item(self, gain_db: float) -> AudioItem:
        start_ms, end_ms = self.peak_ms - self.shape.before_ms, self.peak_ms + self.shape.after_ms
        return AudioItem("effect", start_ms, end_ms, scene_id=self.scene_id, gain_db=gain_db, effect=self.name)


def effects_db(graph: SceneGraph, style: SoundStyle) -> float | None:
    """Return the level of the effects relative to the voice, by the film's choice or the preset's; ``None`` is none."""
    if graph.global_audio.effects is None:
        return style.effects_db
    level_db = USUAL_DB if style.effects_db is None else style.effects_db
    return level_db if graph.global_audio.effects else None


def effect_items(graph: SceneGraph, film: Timeline, style: SoundStyle) -> tuple[AudioItem, ...]:
    """Return the effects of a film in order of time; none if the film or its preset has no effects.

    ``film`` has its scenes, its transitions and the times of its overlays. An effect that would begin before the film
    or last longer is left out, and of two that are closer than ``MIN_DISTANCE_MS`` one is.
    """
    level_db = effects_db(graph, style)
    if level_db is None:
        return ()
    chosen: list[_Effect] = []
    for effect in sorted(_possible_effects(graph, film), key=lambda effect: (effect.shape.rank, effect.peak_ms)):
        is_inside = effect.shape.before_ms <= effect.peak_ms <= film.length_ms - effect.shape.after_ms
        if is_inside and all(abs(effect.peak_ms - other.peak_ms) >= MIN_DISTANCE_MS for other in chosen):
            chosen.append(effect)
    return tuple(effect.item(level_db) for effect in sorted(chosen, key=lambda effect: effect.peak_ms))


def _possible_effects(graph: SceneGraph, film: Timeline) -> Iterator[_Effect]:
    transitions = {transition.into: transition for transition in film.transitions}
    for scene, timed in zip(graph.scenes, film.scenes, strict=True):
        transition = transitions.get(scene.id)
        frames = transition.frames if transition else 0
        middle_ms = ms_of(timed.start_frame + frames // 2, film.fps)
        if scene.role == "closing" and timed.start_frame > 0:
            yield _Effect("riser", middle_ms, scene.id)
        if transition and transition.kind not in STILL_TRANSITIONS:
            yield _Effect("whoosh", middle_ms, scene.id)
        if scene.overlays or scene.item:
            yield _Effect("pop", ms_of(_first_overlay(scene, film, timed.start_frame + frames), film.fps), scene.id)


def _first_overlay(scene: Scene, film: Timeline, start: int) -> int:
    """Return the frame of the film at which the first overlay of a scene appears, at ``start`` or with a word."""
    items = [item for item in film.tracks.overlays if item.scene_id == scene.id]
    has_one_at_start = scene.item is not None or len({item.overlay for item in items}) < len(scene.overlays)
    return start if has_one_at_start else max(start, min(item.start_frame for item in items))
