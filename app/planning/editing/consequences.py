"""The consequences of an edit: values that are derived from changed values are derived again.

- A caption that repeats the old line (all of it or its beginning, as the planner writes it) repeats the new line. A
  caption with other words stays, and so does an empty one, because the spoken words are shown anyway.
- A title, key word or amount over the picture that was taken from the old title or line is taken from the new one, and
  so are the words of a meme.
- A scene whose length followed from its words becomes as long as its new words, and as a longer pause where the text
  turns needs; a longer length set by a person stays.
- The picture stays: a new line does not render the scene again, even if the old line was the engine's prompt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from app.core.errors import BadRequest
from app.planning.illustration.icons import with_icons_of
from app.planning.scenes.archetypes import with_meme_words
from app.planning.scenes.decoration import amount_cards, background_text, is_derived_from
from app.planning.scenes.given_scenes import DEFAULT_DURATION_MS
from app.planning.scenes.layouts import ICON_CARD, TEXT_CARD, words_layout
from app.planning.scenes.structure import lower_third
from app.planning.text.people import people
from app.planning.text.sentences import caption_of, sentences
from app.planning.text.titles import hook_headline
from app.planning.timing.lengths import expected_ms, requested_ms, turns_between
from presets.library import UnknownPreset, preset
from schemas.edit import KEEP, Change, SceneEdit
from schemas.preset import Pacing, Preset
from schemas.scene_graph import Overlay, Scene, SceneGraph


def preset_of(preset_id: str, field: str) -> Preset:
    """Return a preset; raises ``BadRequest`` for ``field`` if no preset has this id."""
    try:
        return preset(preset_id)
    except UnknownPreset as error:
        raise BadRequest(field, str(error)) from error


# -- words ----------------------------------------------------------------------------------------------------------


def with_narration(scene: Scene, graph: SceneGraph, words: str) -> Scene:
    """Return the scene with another line, and the caption and overlays that were derived from the old line updated."""
    old_words = scene.voice_script
    caption = caption_of(words) if scene.caption and is_derived_from(scene.caption, old_words) else scene.caption
    overlays = with_icons_of(_derived_overlays(scene, graph, words), scene.voice_script, words, graph.language)
    changed = replace(scene, voice_script=words, caption=caption, overlays=overlays)
    changed = with_meme_words(changed, old_words, words)
    return replace(changed, layout=words_layout(changed)) if scene.layout in (TEXT_CARD, ICON_CARD) else changed


def with_author(scene: Scene, graph: SceneGraph, author: str, *, rewrites: bool) -> Scene:
    """Return the scene with another ``author``, also at the end of its words if ``rewrites``; "" removes him."""
    before, after = (f" — {name}" if name else "" for name in (scene.attribution, author))
    words = scene.voice_script
    if rewrites and words and words.endswith(before):
        scene = with_narration(scene, graph, words.removesuffix(before) + after)
    if scene.caption.endswith(before) and scene.caption.strip() and before:
        scene = replace(scene, caption=scene.caption.removesuffix(before) + after)
    return replace(scene, attribution=author)


def _derived_overlays(scene: Scene, graph: SceneGraph, words: str) -> tuple[Overlay, ...]:
    """Return the overlays of a scene that is to speak ``words``: those that follow from its old words, from the new."""
    old_words, film_preset = scene.voice_script, preset_of(graph.preset_id, "preset_id")
    before = _line_before(scene, graph)
    old_cards, cards = (amount_cards(line, film_preset, before) for line in (old_words, words))
    has_cards = bool(old_cards) and set(old_cards) <= set(scene.overlays)
    others = tuple(overlay for overlay in scene.overlays if not (has_cards and overlay in old_cards))
    may_have_key_word = bool(old_words and others) and scene.media.kind == "colour"
    if may_have_key_word and others == background_text(old_words, graph.language, film_preset, graph.captions):
        others = background_text(words, graph.language, film_preset, graph.captions)
    others = tuple(_with_hook_text(overlay, graph, old_words, words) for overlay in others)
    others = _with_people(others, scene, graph, words)
    return (*others, *cards) if has_cards else others


def _with_people(overlays: tuple[Overlay, ...], scene: Scene, graph: SceneGraph, words: str) -> tuple[Overlay, ...]:
    """Return ``overlays`` without people whom only the old words name, with those whom only the new ones introduce."""
    kept = tuple(
        o for o in overlays if o.style != "lower_third" or not _names(scene.voice_script, o) or _names(words, o)
    )
    shown = {o.text for other in graph.scenes for o in other.overlays if o.style == "lower_third"}
    known = {lower_third(person).text for person in people([scene.voice_script], graph.language)}
    new = [lower_third(person) for person in people([words], graph.language)]
    return (*kept, *(overlay for overlay in new if overlay.text not in shown | known))


def _names(words: str, overlay: Overlay) -> bool:
    return overlay.at != "" and overlay.at in words


def _with_hook_text(overlay: Overlay, graph: SceneGraph, old_words: str, words: str) -> Overlay:
    """Return a headline with the new words of its scene if it has the old ones."""
    has_words = overlay.style == "headline" and overlay.text == _headline(old_words, graph)
    text = _headline(words, graph) if has_words else ""
    return replace(overlay, text=text) if text else overlay


def _headline(words: str, graph: SceneGraph) -> str:
    """Return the headline that is made of the words of the first scene."""
    opening = next(iter(sentences(words, graph.language)), "")
    return hook_headline(words, opening, graph.title, graph.language) if opening else graph.title


def _line_before(scene: Scene, graph: SceneGraph) -> str:
    ids = [other.id for other in graph.scenes]
    index = ids.index(scene.id)
    return graph.scenes[index - 1].voice_script if index else ""


def with_title(graph: SceneGraph, title: str) -> SceneGraph:
    """Return the film with another title, also in the overlays that show the old title."""
    scenes = tuple(
        replace(
            scene,
            overlays=tuple(replace(o, text=title) if _shows_title(o, scene, graph) else o for o in scene.overlays),
        )
        for scene in graph.scenes
    )
    return replace(graph, title=title, scenes=scenes)


def _shows_title(overlay: Overlay, scene: Scene, graph: SceneGraph) -> bool:
    """Return whether an overlay is the title, or the headline of the film."""
    is_headline = overlay.style == "headline" and scene.role == "hook"
    is_longer = is_headline and is_derived_from(graph.title, overlay.text)
    is_made = is_headline and overlay.text == _headline(scene.voice_script, graph)
    return graph.title != "" and (overlay.text == graph.title or is_longer or is_made)


def caption_warnings(before: SceneGraph, after: SceneGraph) -> tuple[str, ...]:
    """Return a warning for each scene whose spoken words changed and whose caption differs from them."""
    old_scenes = {scene.id: scene for scene in before.scenes}
    return tuple(
        f"the spoken words of scene {scene.id} have changed but its caption has not: {scene.caption}"
        for scene in after.scenes
        if (old := old_scenes.get(scene.id)) and old.voice_script != scene.voice_script and old.caption == scene.caption
        if after.captions and scene.caption and not is_derived_from(scene.caption, scene.voice_script)
    )


# -- lengths ---------------------------------------------------------------------------------------------------------


def fit_lengths_to_words(before: SceneGraph, after: SceneGraph, changes: Sequence[Change]) -> SceneGraph:
    """Give each scene whose length follows from its words the length that its words need now."""
    pacing, speed = _pace(after, preset_of(after.preset_id, "preset_id"))
    expected = expected_ms(after.scenes, pacing, after.language, speed)
    resized = _scenes_timed_by_words(before, after, (pacing, speed))
    resized -= {change.scene for change in changes if isinstance(change, SceneEdit) and change.duration_ms is not KEEP}
    scenes = tuple(
        replace(scene, duration_ms=ms) if scene.id in resized and scene.voice_script.strip() else scene
        for scene, ms in zip(after.scenes, expected, strict=True)
    )
    return replace(after, scenes=scenes)


def _scenes_timed_by_words(before: SceneGraph, after: SceneGraph, pace: tuple[Pacing, float]) -> set[int]:
    """Return the ids of new scenes with the default length, and of scenes whose length followed from their words
    before and whose text, pace or pauses where the text turns have changed."""
    old_ids = {scene.id for scene in before.scenes}
    new_ids = {
        scene.id for scene in after.scenes if scene.id not in old_ids and scene.duration_ms == DEFAULT_DURATION_MS
    }
    try:
        old_preset = preset(before.preset_id)
    except UnknownPreset:
        return new_ids
    same_pace = _pace(before, old_preset) == pace
    old_lines = {
        scene.id: scene.voice_script
        for scene, ms in zip(before.scenes, requested_ms(before, old_preset), strict=True)
        if ms == 0
    }
    turns, old_turns = _turns_around(after.scenes), _turns_around(before.scenes)
    changed_ids = {
        scene.id
        for scene in after.scenes
        if scene.id in old_lines
        and not (same_pace and scene.voice_script == old_lines[scene.id] and turns[scene.id] == old_turns[scene.id])
    }
    return new_ids | changed_ids


def _turns_around(scenes: Sequence[Scene]) -> dict[int, tuple[bool, bool]]:
    """Return for each scene, by id, whether there is a longer pause before it and after it."""
    turns = [turns_between(before, scene) for before, scene in pairwise((None, *scenes, None))]
    return {scene.id: around for scene, around in zip(scenes, pairwise(turns), strict=True)}


def _pace(graph: SceneGraph, film_preset: Preset) -> tuple[Pacing, float]:
    return film_preset.pacing, graph.global_audio.voice.speed * film_preset.voice_speed
