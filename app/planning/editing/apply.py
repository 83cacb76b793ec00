"""Apply an edit to a scene graph: the requested changes and their consequences, and nothing else.

The consequences are defined in ``following`` (words, title, lengths) and ``relooking`` (another preset).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from app.core.errors import BadRequest
from app.planning.editing.consequences import as_long_as_their_words, preset_of, titled, with_narration
from app.planning.editing.restyle import restyle
from presets.library import UnknownPreset, preset
from schemas.asset import PICTURE_KINDS
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
    set_fields,
)
from schemas.job import music_choice
from schemas.scene_graph import MAX_SCENES, Media, Scene, SceneGraph, Transition, VoiceChoice

MOST_TAKES = 1000
# Used when the preset itself has only cuts.
TRANSITION_MS = 500


def apply_changes(graph: SceneGraph, changes: Sequence[Change], used: Collection[int] = ()) -> SceneGraph:
    """Return ``graph`` after ``changes``, applied in order; a new scene gets an id that is not in ``used``.

    Raises ``BadRequest`` with the dotted path of a change that is impossible, or when nothing would change.
    """
    edited = graph
    for index, change in enumerate(changes):
        edited = _changed(edited, change, f"changes.{index}", {*used, *_ids(graph)})
    edited = as_long_as_their_words(graph, edited, changes)
    if edited == graph:
        raise BadRequest("changes", "nothing would change")
    return edited


def _changed(graph: SceneGraph, change: Change, where: str, used: Collection[int]) -> SceneGraph:
    match change:
        case SceneEdit():
            return _scene_edited(graph, change, where)
        case Reorder():
            return _reordered(graph, change, where)
        case Removal():
            return _removed(graph, change, where)
        case Insertion():
            return _inserted(graph, change, where, used)
        case FilmEdit():
            return _film_edited(graph, change.film, f"{where}.film")


def _ids(graph: SceneGraph) -> list[int]:
    return [scene.id for scene in graph.scenes]


def _scene_of(graph: SceneGraph, scene_id: int, field: str) -> Scene:
    try:
        return graph.scene(scene_id)
    except KeyError:
        raise BadRequest(field, f"there is no scene {scene_id}; there are {_listed(graph)}") from None


def _listed(graph: SceneGraph) -> str:
    return ", ".join(map(str, _ids(graph)))


# -- the order -------------------------------------------------------------------------------------------------------


def _reordered(graph: SceneGraph, change: Reorder, where: str) -> SceneGraph:
    if sorted(change.order) != sorted(_ids(graph)):
        raise BadRequest(f"{where}.order", f"must name each scene once; the scenes are {_listed(graph)}")
    return replace(graph, scenes=tuple(graph.scene(scene_id) for scene_id in change.order))


def _removed(graph: SceneGraph, change: Removal, where: str) -> SceneGraph:
    removed = _scene_of(graph, change.remove, f"{where}.remove")
    if len(graph.scenes) == 1:
        raise BadRequest(f"{where}.remove", "this is the only scene; a film needs at least one")
    return replace(graph, scenes=tuple(scene for scene in graph.scenes if scene is not removed))


def _inserted(graph: SceneGraph, change: Insertion, where: str, used: Collection[int]) -> SceneGraph:
    scene, ids = change.insert, _ids(graph)
    if len(ids) >= MAX_SCENES:
        raise BadRequest(f"{where}.insert", f"a film has at most {MAX_SCENES} scenes")
    if scene.id and scene.id in (*ids, *used):
        raise BadRequest(f"{where}.insert.id", f"scene id {scene.id} is or was in use; omit the id to get a new one")
    if scene.media.kind in PICTURE_KINDS and not scene.media.asset:
        raise BadRequest(f"{where}.insert.media.asset", f"kind {scene.media.kind} needs a file")
    if change.after:
        _scene_of(graph, change.after, f"{where}.after")
    index = len(ids) if change.after is None else ids.index(change.after) + 1 if change.after else 0
    new = replace(scene, id=scene.id or max((*ids, *used)) + 1)
    return replace(graph, scenes=(*graph.scenes[:index], new, *graph.scenes[index:]))


# -- one scene -------------------------------------------------------------------------------------------------------


def _scene_edited(graph: SceneGraph, change: SceneEdit, where: str) -> SceneGraph:
    before = _scene_of(graph, change.scene, f"{where}.scene")
    wanted = set_fields(change)
    plain = {name: wanted[name] for name in ("description", "duration_ms", "overlays", "engine") if name in wanted}
    after = replace(before, **plain, style=replace(before.style, **_of(wanted, "style")))
    if "voice_script" in wanted:
        after = with_narration(after, graph, change.voice_script)
    if "caption" in wanted:
        after = replace(after, caption=change.caption)
    if "media" in wanted or "focus" in wanted:
        after = replace(after, media=_media(before.media, _media_edit(change), f"{where}.media"))
    if "transition" in wanted:
        after = replace(after, transition=_transition(before.transition, change.transition, graph, where))
    if "take" in wanted:
        after = replace(after, take=_next_take(before, f"{where}.take"))
    return graph.with_scene(after)


def _of(wanted: dict[str, Any], name: str) -> dict[str, Any]:
    return set_fields(wanted[name]) if name in wanted else {}


def _next_take(scene: Scene, field: str) -> int:
    if scene.take >= MOST_TAKES:
        raise BadRequest(field, f"scene {scene.id} already has {MOST_TAKES} takes, the maximum")
    return scene.take + 1


def _media_edit(change: SceneEdit) -> MediaEdit:
    edit = MediaEdit() if change.media is KEEP else change.media
    return edit if change.focus is KEEP else replace(edit, focus=change.focus)


def _media(before: Media, edit: MediaEdit, where: str) -> Media:
    wanted = set_fields(edit)
    kind = wanted.get("kind", before.kind)
    if "asset" not in wanted and kind != before.kind:
        if kind in PICTURE_KINDS:
            raise BadRequest(f"{where}.asset", f"kind {kind} needs a file")
        wanted["asset"] = None
    if wanted.get("asset", before.asset) is None and kind in PICTURE_KINDS:
        if "kind" in wanted:
            raise BadRequest(f"{where}.asset", f"kind {kind} needs a file")
        kind = "colour"
    if wanted.get("asset", before.asset) != before.asset:
        wanted = {"focus": None, "start_ms": 0, **wanted}
    after = replace(before, **{**wanted, "kind": kind})
    if after.asset and after.colours != before.colours:
        raise BadRequest(f"{where}.colours", 'the picture covers them; set "kind": "colour" to show colours instead')
    if after.start_ms and after.kind == "image":
        raise BadRequest(f"{where}.start_ms", "only a video has a start time")
    return after


def _transition(before: Transition, edit: TransitionEdit, graph: SceneGraph, where: str) -> Transition:
    after = replace(before, **set_fields(edit))
    if after.kind == "cut":
        if edit.duration_ms is not KEEP and edit.duration_ms:
            raise BadRequest(f"{where}.transition.duration_ms", "a cut has no duration")
        return Transition()
    if edit.duration_ms is KEEP and not after.duration_ms:
        style = preset_of(graph.preset_id, "preset_id").transition
        return replace(after, duration_ms=style.duration_ms or TRANSITION_MS)
    return after


# -- the film --------------------------------------------------------------------------------------------------------


def _film_edited(graph: SceneGraph, edit: FilmFields, where: str) -> SceneGraph:
    wanted = set_fields(edit)
    if "title" in wanted:
        graph = titled(graph, edit.title)
    if "preset_id" in wanted:
        graph = _with_preset(graph, edit.preset_id, f"{where}.preset_id")
    sound = graph.global_audio
    levels = {name: wanted[name] for name in ("music_db", "target_lufs") if name in wanted}
    music = music_choice(edit.music) if "music" in wanted else sound.music
    voice = _voice(sound.voice, _of(wanted, "voice"))
    captions = wanted.get("captions", graph.captions)
    return replace(graph, captions=captions, global_audio=replace(sound, voice=voice, music=music, **levels))


def _with_preset(graph: SceneGraph, preset_id: str, field: str) -> SceneGraph:
    new = preset_of(preset_id, field)
    try:
        old = preset(graph.preset_id)
    except UnknownPreset:  # not installed any more: its choices cannot be told from those of a person
        return replace(graph, preset_id=preset_id)
    return restyle(graph, old, new)


def _voice(before: VoiceChoice, wanted: dict[str, Any]) -> VoiceChoice:
    """Change the voice; a voice belongs to its provider, so another provider chooses its own unless one is named."""
    if wanted.get("provider", before.provider) != before.provider:
        wanted = {"voice": None, **wanted}
    return replace(before, **wanted)
