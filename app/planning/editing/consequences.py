"""The consequences of an edit: values that were derived from what is changed are derived again.

- A caption that repeats the old line (all of it or its beginning, as the planner writes it) repeats the new line. A
  caption with other words stays, and so does an empty one, because the spoken words are shown anyway.
- A title or key word over the picture that was taken from the old title or line is taken from the new one.
- A scene whose words decided its length becomes as long as its new words; a longer length that a person set stays.
- The picture stays: a new line renders nothing again, not even when the old line was the engine's prompt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from app.core.errors import BadRequest
from app.planning.scenes.decoration import HOOK_COLUMNS, word_over
from app.planning.scenes.given_scenes import OPEN_MS
from app.planning.text.sentences import caption_of, headline
from app.planning.timing.lengths import asked_ms, expected_ms
from presets.library import UnknownPreset, preset
from schemas.edit import KEEP, Change, SceneEdit
from schemas.preset import Pacing, Preset
from schemas.scene_graph import Scene, SceneGraph
from schemas.text_width import is_unspaced


def preset_of(preset_id: str, field: str) -> Preset:
    """Return a preset; raises ``BadRequest`` for ``field`` when there is none with this id."""
    try:
        return preset(preset_id)
    except UnknownPreset as error:
        raise BadRequest(field, str(error)) from error


# -- words ----------------------------------------------------------------------------------------------------------


def with_narration(scene: Scene, graph: SceneGraph, words: str) -> Scene:
    """Return the scene with another line, and with everything that was derived from the old line derived again."""
    old = scene.voice_script
    caption = caption_of(words) if scene.caption and is_taken_from(scene.caption, old) else scene.caption
    overlays = scene.overlays
    if old and overlays and scene.media.kind == "colour":
        preset_of_film = preset_of(graph.preset_id, "preset_id")
        if overlays == word_over(old, graph.language, preset_of_film, graph.captions):
            overlays = word_over(words, graph.language, preset_of_film, graph.captions)
    return replace(scene, voice_script=words, caption=caption, overlays=overlays)


def is_taken_from(caption: str, line: str) -> bool:
    """Return whether a caption repeats a line: all of it or its first words, whatever the case and punctuation."""
    letters = _letters(caption)
    if not letters or not _letters(line).startswith(letters):
        return False
    ends = accumulate(len(_letters(word)) for word in line.split())
    return len(letters) in ends or is_unspaced(letters[-1])


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def titled(graph: SceneGraph, title: str) -> SceneGraph:
    """Return the film with another title, also in overlays that show the old one."""
    old, new = headline(graph.title, HOOK_COLUMNS), headline(title, HOOK_COLUMNS)
    scenes = tuple(
        replace(scene, overlays=tuple(replace(o, text=new) if o.text == old != "" else o for o in scene.overlays))
        for scene in graph.scenes
    )
    return replace(graph, title=title, scenes=scenes)


def notes(before: SceneGraph, after: SceneGraph) -> tuple[str, ...]:
    """Return warnings for the editor: scenes whose caption differs from the words that are spoken now."""
    known = {scene.id: scene for scene in before.scenes}
    return tuple(
        f"the spoken words of scene {scene.id} have changed but its caption has not: {scene.caption}"
        for scene in after.scenes
        if (old := known.get(scene.id)) and old.voice_script != scene.voice_script and old.caption == scene.caption
        if after.captions and scene.caption and not is_taken_from(scene.caption, scene.voice_script)
    )


# -- lengths ---------------------------------------------------------------------------------------------------------


def as_long_as_their_words(before: SceneGraph, after: SceneGraph, changes: Sequence[Change]) -> SceneGraph:
    """Give scenes whose words decide their length the length that their words need now."""
    pacing, speed = _pace(after, preset_of(after.preset_id, "preset_id"))
    expected = expected_ms(after.scenes, pacing, after.language, speed)
    free = _led_by_words(before, after, (pacing, speed))
    free -= {change.scene for change in changes if isinstance(change, SceneEdit) and change.duration_ms is not KEEP}
    scenes = tuple(
        replace(scene, duration_ms=ms) if scene.id in free and scene.voice_script.strip() else scene
        for scene, ms in zip(after.scenes, expected, strict=True)
    )
    return replace(after, scenes=scenes)


def _led_by_words(before: SceneGraph, after: SceneGraph, pace: tuple[Pacing, float]) -> set[int]:
    """Return the ids of new scenes with the default length, and of scenes whose words decided their length before and
    have changed in text or pace."""
    known = {scene.id for scene in before.scenes}
    new = {scene.id for scene in after.scenes if scene.id not in known and scene.duration_ms == OPEN_MS}
    try:
        old_preset = preset(before.preset_id)
    except UnknownPreset:
        return new
    same_pace = _pace(before, old_preset) == pace
    led = {scene.id: scene for scene, ms in zip(before.scenes, asked_ms(before, old_preset), strict=True) if ms == 0}
    other = {s.id for s in after.scenes if s.id in led and not (same_pace and s.voice_script == led[s.id].voice_script)}
    return new | other


def _pace(graph: SceneGraph, preset_of_film: Preset) -> tuple[Pacing, float]:
    return preset_of_film.pacing, graph.global_audio.voice.speed * preset_of_film.voice_speed
