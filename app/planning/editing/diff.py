"""Compare two scene graphs: their differences as data and as sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.scene_graph import GlobalAudioSchema, MediaSchema, Scene, SceneGraph, SceneGraphSchema, SceneSchema

MAX_VALUE_LENGTH = 60
SKIPPED_FIELDS = ("version", "scenes", "media.reason")
FIELD_LABELS = {
    "caption": "caption",
    "archetype": "archetype",
    "attribution": "author",
    "description": "description",
    "duration_ms": "length (ms)",
    "engine": "engine",
    "item": "place in the list",
    "key_words": "key words",
    "layout": "layout",
    "pictures": "pictures beside the first",
    "media.asset": "file",
    "media.colours": "colours",
    "media.contrast": "contrast",
    "media.exposure": "exposure (stops)",
    "media.fit": "fit",
    "media.focus": "focal point",
    "media.subject": "subject",
    "media.kind": "kind of picture",
    "media.query": "search query",
    "media.sound": "sound of the clip",
    "media.start_ms": "start in the video (ms)",
    "overlays": "overlays",
    "style.motion": "motion",
    "style.zoom": "zoom",
    "style.shots": "number of shots",
    "take": "take",
    "turn": "longer pause before it",
    "transition.duration_ms": "transition length (ms)",
    "transition.kind": "transition",
    "voice_script": "spoken words",
    "title": "title",
    "preset_id": "preset",
    "captions": "captions",
    "progress": "progress bar",
    "credits": "credits in the last scene",
    "global_audio.clip_sound": "sound of clips",
    "global_audio.effects": "sound effects",
    "global_audio.aliases": "words that are said otherwise",
    "global_audio.music.kind": "music",
    "global_audio.music.mood": "mood of the music",
    "global_audio.music.asset": "music file",
    "global_audio.music_db": "music level (dB)",
    "global_audio.target_lufs": "loudness (LUFS)",
    "global_audio.voice.provider": "voice provider",
    "global_audio.voice.voice": "voice",
    "global_audio.voice.language": "spoken language",
    "global_audio.voice.speed": "speech speed",
}

# The values of fields that are not written if they have their default.
FILM_DEFAULTS = SceneGraphSchema.later | {
    f"global_audio.{name}": value for name, value in GlobalAudioSchema.later.items()
}
SCENE_DEFAULTS = SceneSchema.later | {f"media.{name}": value for name, value in MediaSchema.later.items()}


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference; ``field`` is a dotted path in the scene, or in the film when ``scene_id`` is ``None``.

    ``field`` is "scene" for a scene that only one of the graphs has, and "order" when the scenes of both follow in
    another order. ``words`` is the difference as a sentence.
    """

    scene_id: int | None
    field: str
    before: Any
    after: Any
    words: str


def differences(before: SceneGraph, after: SceneGraph) -> tuple[Difference, ...]:
    """Return the differences of ``after`` from ``before``: of the film, then of the order, then scene by scene."""
    return (*_film_differences(before, after), *_order_difference(before, after), *_scene_differences(before, after))


def _film_differences(before: SceneGraph, after: SceneGraph) -> Iterator[Difference]:
    old, new = ({**FILM_DEFAULTS, **_leaves(SceneGraphSchema.plain(graph))} for graph in (before, after))
    yield from _field_differences(None, old, new)


def _order_difference(before: SceneGraph, after: SceneGraph) -> Iterator[Difference]:
    ids = [[scene.id for scene in graph.scenes] for graph in (before, after)]
    shared = [[scene_id for scene_id in ids[k] if scene_id in ids[1 - k]] for k in (0, 1)]
    if shared[0] != shared[1]:
        old, new = (", ".join(map(str, order)) for order in shared)
        yield Difference(None, "order", ids[0], ids[1], f"The order of the scenes is {new} instead of {old}.")


def _scene_differences(before: SceneGraph, after: SceneGraph) -> Iterator[Difference]:
    old_scenes = {scene.id: scene for scene in before.scenes}
    for scene in after.scenes:
        if scene.id in old_scenes:
            yield from _differences_of_scene(old_scenes[scene.id], scene)
        else:
            yield Difference(scene.id, "scene", None, SceneSchema.plain(scene), f"Scene {scene.id} is new.")
    new_ids = {scene.id for scene in after.scenes}
    for scene in before.scenes:
        if scene.id not in new_ids:
            yield Difference(scene.id, "scene", SceneSchema.plain(scene), None, f"Scene {scene.id} is removed.")


def _differences_of_scene(before: Scene, after: Scene) -> Iterator[Difference]:
    if before == after:
        return
    old, new = ({**SCENE_DEFAULTS, **_leaves(SceneSchema.plain(scene))} for scene in (before, after))
    yield from _field_differences(before.id, old, new)


def _field_differences(scene_id: int | None, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    for field, value in old.items():
        if field not in SKIPPED_FIELDS and new[field] != value:
            yield _field_difference(scene_id, field, value, new[field])


def _leaves(plain: dict[str, Any], path: str = "") -> dict[str, Any]:
    """Return every value by its dotted path; lists, focal points and places in lists count as values."""
    leaves: dict[str, Any] = {}
    for name, value in plain.items():
        leaf = f"{path}{name}"
        leaves |= (
            _leaves(value, f"{leaf}.")
            if isinstance(value, dict) and name not in ("focus", "subject", "item")
            else {leaf: value}
        )
    return leaves


def _field_difference(scene_id: int | None, field: str, old: Any, new: Any) -> Difference:
    subject = "Film" if scene_id is None else f"Scene {scene_id}"
    sentence = f"{subject}: {FIELD_LABELS.get(field, field)} {_value_text(old)} → {_value_text(new)}."
    return Difference(scene_id, field, old, new, sentence)


def _value_text(value: Any) -> str:
    match value:
        case None | "" | []:
            return "none"
        case bool():
            return "on" if value else "off"
        case str():
            return f"“{_short(value)}”"
        case {"x": x, "y": y}:
            return f"{x:g}, {y:g}"
        case {"number": number, "total": total}:
            return f"{value.get('label', '')} {number}/{total}".strip()
        case list():
            return _short(
                ", ".join(
                    item if isinstance(item, str) else str(item.get("text") or item.get("asset")) for item in value
                )
            )
        case _:
            return f"{value:g}" if isinstance(value, float) else str(value)


def _short(text: str) -> str:
    return text if len(text) <= MAX_VALUE_LENGTH else f"{text[: MAX_VALUE_LENGTH - 1]}…"
