"""What an edit changes without being told to, because it only followed from what is changed.

- A caption that only says the old words (the whole line or its beginning, as the planner writes it) says the new ones;
  one that somebody wrote otherwise stays, and so does an empty one (then the spoken words show anyway).
- A title or a key word over the picture that was taken from the old title or line is taken from the new one.
- A scene whose words decided its length is as long as its new words; one that somebody made longer stays so.
- The picture stays: a new line films nothing anew, not even where the old line had been the engine's prompt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from app.core.errors import BadRequest
from app.planning.dressing import HOOK_COLUMNS, word_over
from app.planning.lengths import asked_ms, expected_ms
from app.planning.outright import OPEN_MS
from app.planning.words import caption_of, headline
from presets.library import UnknownPreset, preset
from schemas.change import KEEP, Change, SceneEdit
from schemas.preset import Pacing, Preset
from schemas.scene_graph import Scene, SceneGraph
from schemas.writing import is_unspaced


def look_of(preset_id: str, field: str) -> Preset:
    """Raises ``BadRequest`` naming ``field`` when there is no such look."""
    try:
        return preset(preset_id)
    except UnknownPreset as error:
        raise BadRequest(field, str(error)) from error


# -- words ----------------------------------------------------------------------------------------------------------


def saying(scene: Scene, graph: SceneGraph, words: str) -> Scene:
    """The scene with another line, and with what was taken from the old one taken from it."""
    old = scene.voice_script
    caption = caption_of(words) if scene.caption and is_taken_from(scene.caption, old) else scene.caption
    overlays = scene.overlays
    if old and overlays and scene.media.kind == "colour":
        look = look_of(graph.preset_id, "preset_id")
        if overlays == word_over(old, graph.language, look, graph.captions):
            overlays = word_over(words, graph.language, look, graph.captions)
    return replace(scene, voice_script=words, caption=caption, overlays=overlays)


def is_taken_from(caption: str, line: str) -> bool:
    """Whether a caption says what the line says: all of it or its first words, however it is set."""
    letters = _letters(caption)
    if not letters or not _letters(line).startswith(letters):
        return False
    ends = accumulate(len(_letters(word)) for word in line.split())
    return len(letters) in ends or is_unspaced(letters[-1])


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def titled(graph: SceneGraph, title: str) -> SceneGraph:
    """The film with another title, also where the old one lies over a picture."""
    old, new = headline(graph.title, HOOK_COLUMNS), headline(title, HOOK_COLUMNS)
    scenes = tuple(
        replace(scene, overlays=tuple(replace(o, text=new) if old and o.text == old else o for o in scene.overlays))
        for scene in graph.scenes
    )
    return replace(graph, title=title, scenes=scenes)


def notes(before: SceneGraph, after: SceneGraph) -> tuple[str, ...]:
    """What whoever edits may have overlooked, in words: captions that say other words than are spoken now."""
    known = {scene.id: scene for scene in before.scenes}
    return tuple(
        f"scene {scene.id} says other words now and keeps its caption: {scene.caption}"
        for scene in after.scenes
        if (old := known.get(scene.id)) and old.voice_script != scene.voice_script and old.caption == scene.caption
        if after.captions and scene.caption and not is_taken_from(scene.caption, scene.voice_script)
    )


# -- lengths ---------------------------------------------------------------------------------------------------------


def as_long_as_their_words(before: SceneGraph, after: SceneGraph, changes: Sequence[Change]) -> SceneGraph:
    """Scenes whose words decided their length, with the length that their words have now."""
    look = look_of(after.preset_id, "preset_id")
    pacing, speed = _pace(after, look)
    expected = expected_ms(after.scenes, pacing, after.language, speed)
    free = _led_by_words(before, after, (pacing, speed))
    free -= {change.scene for change in changes if isinstance(change, SceneEdit) and change.duration_ms is not KEEP}
    scenes = tuple(
        replace(scene, duration_ms=ms) if scene.id in free and scene.voice_script.strip() else scene
        for scene, ms in zip(after.scenes, expected, strict=True)
    )
    return replace(after, scenes=scenes)


def _led_by_words(before: SceneGraph, after: SceneGraph, pace: tuple[Pacing, float]) -> set[int]:
    """Those that come new with the default length, and those whose words led before and are others or paced
    otherwise now."""
    known = {scene.id for scene in before.scenes}
    new = {scene.id for scene in after.scenes if scene.id not in known and scene.duration_ms == OPEN_MS}
    try:
        old_look = preset(before.preset_id)
    except UnknownPreset:
        return new
    same_pace = _pace(before, old_look) == pace
    led = {scene.id: scene for scene, ms in zip(before.scenes, asked_ms(before, old_look), strict=True) if ms == 0}
    other = {s.id for s in after.scenes if s.id in led and not (same_pace and s.voice_script == led[s.id].voice_script)}
    return new | other


def _pace(graph: SceneGraph, look: Preset) -> tuple[Pacing, float]:
    return look.pacing, graph.global_audio.voice.speed * look.voice_speed
