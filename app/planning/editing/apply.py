"""Apply an edit to a scene graph: the requested changes and their consequences, and nothing else.

The consequences are defined in ``consequences`` (words, title, lengths) and ``restyle`` (another preset).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.core.errors import BadRequest
from app.planning.editing.consequences import fit_lengths_to_words, preset_of, with_author, with_narration, with_title
from app.planning.editing.restyle import restyle
from app.planning.illustration.icons import without_icons_of
from app.planning.scenes.archetypes import GROUNDS, NEEDS, Look, with_archetype, with_meme_words, without_archetype
from app.planning.scenes.layouts import check_pictures, picture_count, suits_layout
from app.planning.scenes.transitions import usual_ms
from presets.library import UnknownPreset, preset
from schemas.asset import PICTURE_KINDS, Asset
from schemas.edit import (
    KEEP,
    Change,
    FilmEdit,
    FilmFields,
    Insertion,
    MediaEdit,
    Removal,
    Reorder,
    SceneEdit,
    TransitionEdit,
    changed_fields,
)
from schemas.job import music_choice
from schemas.preset import CUTS
from schemas.scene_graph import MAX_SCENE_TAKES, MAX_SCENES, OVERLAY, Media, Scene, SceneGraph, Transition, VoiceChoice

# Length of a new transition when the preset has only cuts.
DEFAULT_TRANSITION_MS = 500
# What a new file does not take over from the old one.
_OF_THE_OLD_FILE = {
    "focus": None,
    "subject": None,
    "start_ms": 0,
    "sound": None,
    "exposure": None,
    "contrast": None,
    "reason": "",
}


NO_ASSETS: Mapping[str, Asset] = {}


def apply_changes(
    graph: SceneGraph,
    changes: Sequence[Change],
    used: Collection[int] = (),
    assets: Mapping[str, Asset] = NO_ASSETS,
) -> SceneGraph:
    """Return ``graph`` after ``changes``, applied in order; a new scene gets an id that is not in ``used``.

    ``assets`` are the files of graph and changes by id, whose shapes decide how large products are.

    Raises ``BadRequest`` with the dotted path of an impossible change, or when nothing would change.
    """
    edited = graph
    for index, change in enumerate(changes):
        edited = _apply_change(edited, change, f"changes.{index}", {*used, *_scene_ids(graph)}, assets)
    edited = fit_lengths_to_words(graph, edited, changes)
    if edited == graph:
        raise BadRequest("changes", "nothing would change")
    return edited


def _apply_change(
    graph: SceneGraph, change: Change, path: str, used: Collection[int], assets: Mapping[str, Asset]
) -> SceneGraph:
    match change:
        case SceneEdit():
            return _edit_scene(graph, change, path, assets)
        case Reorder():
            return _reorder(graph, change, path)
        case Removal():
            return _remove(graph, change, path)
        case Insertion():
            return _insert(graph, change, path, used, assets)
        case FilmEdit():
            return _edit_film(graph, change.film, f"{path}.film")


def _scene_ids(graph: SceneGraph) -> list[int]:
    return [scene.id for scene in graph.scenes]


def _find_scene(graph: SceneGraph, scene_id: int, field: str) -> Scene:
    try:
        return graph.scene(scene_id)
    except KeyError:
        raise BadRequest(field, f"there is no scene {scene_id}; there are {_scene_ids_text(graph)}") from None


def _scene_ids_text(graph: SceneGraph) -> str:
    return ", ".join(map(str, _scene_ids(graph)))


# -- order -----------------------------------------------------------------------------------------------------------


def _reorder(graph: SceneGraph, change: Reorder, path: str) -> SceneGraph:
    if sorted(change.order) != sorted(_scene_ids(graph)):
        raise BadRequest(f"{path}.order", f"must name each scene once; the scenes are {_scene_ids_text(graph)}")
    return replace(graph, scenes=tuple(graph.scene(scene_id) for scene_id in change.order))


def _remove(graph: SceneGraph, change: Removal, path: str) -> SceneGraph:
    target = _find_scene(graph, change.remove, f"{path}.remove")
    if len(graph.scenes) == 1:
        raise BadRequest(f"{path}.remove", "this is the only scene; a film needs at least one")
    return replace(graph, scenes=tuple(scene for scene in graph.scenes if scene is not target))


def _insert(
    graph: SceneGraph, change: Insertion, path: str, used: Collection[int], assets: Mapping[str, Asset]
) -> SceneGraph:
    scene, ids = change.insert, _scene_ids(graph)
    if len(ids) >= MAX_SCENES:
        raise BadRequest(f"{path}.insert", f"a film has at most {MAX_SCENES} scenes")
    if scene.id and scene.id in (*ids, *used):
        raise BadRequest(f"{path}.insert.id", f"scene id {scene.id} is or was in use; omit the id to get a new one")
    if scene.media.kind in PICTURE_KINDS and not scene.media.asset:
        raise BadRequest(f"{path}.insert.media.asset", f"kind {scene.media.kind} needs a file")
    if change.after:
        _find_scene(graph, change.after, f"{path}.after")
    index = len(ids) if change.after is None else ids.index(change.after) + 1 if change.after else 0
    check_pictures(scene, f"{path}.insert")
    numbered = replace(scene, id=scene.id or max((*ids, *used)) + 1)
    inserted = _of_archetype(numbered, graph, assets, f"{path}.insert") if scene.archetype else numbered
    return replace(graph, scenes=(*graph.scenes[:index], inserted, *graph.scenes[index:]))


# -- scene -----------------------------------------------------------------------------------------------------------


def _edit_scene(graph: SceneGraph, change: SceneEdit, path: str, assets: Mapping[str, Asset]) -> SceneGraph:
    before = _find_scene(graph, change.scene, f"{path}.scene")
    values = changed_fields(change)
    names = ("description", "duration_ms", "overlays", "engine", "key_words", "layout", "pictures", "item", "turn")
    plain_values = {name: values[name] for name in names if name in values}
    after = replace(before, **plain_values, style=replace(before.style, **_nested_fields(values, "style")))
    if "voice_script" in values:
        after = with_narration(after, graph, change.voice_script)
    if "attribution" in values:
        after = with_author(after, graph, change.attribution, rewrites="voice_script" not in values)
    if "caption" in values:
        after = with_meme_words(replace(after, caption=change.caption), before.caption, change.caption)
    if "media" in values or "focus" in values:
        after = replace(after, media=_edit_media(before.media, _media_edit(change), f"{path}.media"))
    if "transition" in values:
        after = replace(after, transition=_edit_transition(before.transition, change.transition, graph, path))
    if "take" in values:
        take = _next_take(before, f"{path}.take") if change.take == "new" else int(change.take)
        after = replace(after, take=take)
    if "archetype" in values:
        after = replace(without_archetype(after), archetype=change.archetype)
    if after.archetype and {"archetype", "media", "overlays"} & set(values):
        after = _of_archetype(_with_ground(after, before), graph, assets, path)
    if "media" in values and "layout" not in values and not after.pictures and not suits_layout(after):
        after = replace(
            after, layout=None, overlays=without_icons_of(after.overlays, before.voice_script, graph.language)
        )
    if "layout" in values and "pictures" not in values:
        # A layout with fewer panels shows the first pictures.
        after = replace(after, pictures=after.pictures[: picture_count(after) - 1])
    if {"layout", "pictures", "media"} & set(values):
        check_pictures(after, path)
    return graph.with_scene(after)


def _with_ground(scene: Scene, before: Scene) -> Scene:
    """Return a scene with another product over the sort of background that it had."""
    has_ground = scene.archetype == before.archetype == OVERLAY and before.media.kind in GROUNDS
    if not has_ground or scene.media.asset is None:
        return scene
    return replace(scene, media=replace(scene.media, kind=before.media.kind))


def _of_archetype(scene: Scene, graph: SceneGraph, assets: Mapping[str, Asset], path: str) -> Scene:
    """Return the scene with what its archetype shows. Raises ``BadRequest`` if it has not what the archetype needs."""
    look = Look(preset_of(graph.preset_id, "preset_id"), graph.aspect)
    made = with_archetype(scene, look, assets)
    if scene.archetype and made.archetype != scene.archetype:
        raise BadRequest(f"{path}.archetype", f"{scene.archetype} needs {NEEDS[scene.archetype]}")
    return made


def _nested_fields(values: dict[str, Any], name: str) -> dict[str, Any]:
    return changed_fields(values[name]) if name in values else {}


def _next_take(scene: Scene, field: str) -> int:
    if scene.take >= MAX_SCENE_TAKES:
        raise BadRequest(field, f"scene {scene.id} already has {MAX_SCENE_TAKES} takes, the maximum")
    return scene.take + 1


def _media_edit(change: SceneEdit) -> MediaEdit:
    edit = MediaEdit() if change.media is KEEP else change.media
    return edit if change.focus is KEEP else replace(edit, focus=change.focus)


def _edit_media(before: Media, edit: MediaEdit, path: str) -> Media:
    values = changed_fields(edit)
    kind = values.get("kind", before.kind)
    if "asset" not in values and kind != before.kind:
        if kind in PICTURE_KINDS:
            raise BadRequest(f"{path}.asset", f"kind {kind} needs a file")
        values["asset"] = None
    if values.get("asset", before.asset) is None and kind in PICTURE_KINDS:
        if "kind" in values:
            raise BadRequest(f"{path}.asset", f"kind {kind} needs a file")
        kind = "colour"
    if values.get("asset", before.asset) != before.asset:
        values = {**_OF_THE_OLD_FILE, **values}
    after = replace(before, **{**values, "kind": kind})
    if after.asset and after.colours != before.colours:
        raise BadRequest(f"{path}.colours", 'the picture covers them; set "kind": "colour" to show colours instead')
    if after.start_ms and after.kind == "image":
        raise BadRequest(f"{path}.start_ms", "only a video has a start time")
    return after


def _edit_transition(before: Transition, edit: TransitionEdit, graph: SceneGraph, path: str) -> Transition:
    after = replace(before, **changed_fields(edit))
    if after.kind in CUTS:
        if edit.duration_ms is not KEEP and edit.duration_ms:
            raise BadRequest(f"{path}.transition.duration_ms", "a cut has no duration")
        return Transition(after.kind)
    if edit.duration_ms is KEEP and not after.duration_ms:
        preset = preset_of(graph.preset_id, "preset_id")
        return replace(after, duration_ms=usual_ms(after.kind, preset) or DEFAULT_TRANSITION_MS)
    return after


# -- film ------------------------------------------------------------------------------------------------------------


def _edit_film(graph: SceneGraph, edit: FilmFields, path: str) -> SceneGraph:
    values = changed_fields(edit)
    if "title" in values:
        graph = with_title(graph, edit.title)
    if "preset_id" in values:
        graph = _with_preset(graph, edit.preset_id, f"{path}.preset_id")
    audio = graph.global_audio
    levels = {name: values[name] for name in ("music_db", "target_lufs", "clip_sound", "effects") if name in values}
    music = replace(music_choice(edit.music), seed=audio.music.seed) if "music" in values else audio.music
    voice = _edit_voice(audio.voice, _nested_fields(values, "voice"))
    shown = {name: values[name] for name in ("captions", "progress", "credits") if name in values}
    return replace(graph, **shown, global_audio=replace(audio, voice=voice, music=music, **levels))


def _with_preset(graph: SceneGraph, preset_id: str, field: str) -> SceneGraph:
    new = preset_of(preset_id, field)
    try:
        old = preset(graph.preset_id)
    except UnknownPreset:  # Without the old preset, its choices cannot be told from those of a person.
        return replace(graph, preset_id=preset_id)
    return restyle(graph, old, new)


def _edit_voice(before: VoiceChoice, values: dict[str, Any]) -> VoiceChoice:
    """Change the voice; a new provider resets it unless the edit names one, because voices belong to providers."""
    if values.get("provider", before.provider) != before.provider:
        values = {"voice": None, **values}
    return replace(before, **values)
