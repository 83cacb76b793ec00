"""The structure of a narration in its scenes: the place in a list, with a counter, and the author of a quotation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from app.planning.scenes.beats import Joints
from app.planning.scenes.decoration import clear_of_captions
from app.planning.text.passages import Passage, passages_of_lines
from schemas.preset import Preset
from schemas.scene_graph import ListItem, Overlay, Scene

# The size of a counter such as "2/5", as a share of the preset's title size.
COUNTER_SCALE = 0.5


def joints_of(passages: Sequence[Passage]) -> Joints:
    """Return where the sentences of ``passages`` are not joined or split."""
    is_apart = [passage.item is not None or passage.author != "" for passage in passages]
    first_sentences = accumulate((len(passage.sentences) for passage in passages), initial=0)
    starts = frozenset(
        start
        for index, start in enumerate(first_sentences)
        if 0 < index < len(passages) and (is_apart[index] or is_apart[index - 1])
    )
    return Joints(starts, frozenset(passage.sentences[0] for passage in passages if passage.author))


def with_structure(scenes: Sequence[Scene], passages: Sequence[Passage], preset: Preset) -> list[Scene]:
    """Return ``scenes`` with the place in a list, its counter and the author of the passage that each one speaks."""
    lines = [scene.voice_script for scene in scenes]
    return [
        _with_passage(scene, passage, preset) if passage else scene
        for scene, passage in zip(scenes, passages_of_lines(lines, passages), strict=True)
    ]


def _with_passage(scene: Scene, passage: Passage, preset: Preset) -> Scene:
    if not passage.item:
        return replace(scene, attribution=passage.author)
    return replace(scene, item=passage.item, overlays=(*scene.overlays, counter(passage.item, preset)))


def counter(item: ListItem, preset: Preset) -> Overlay:
    """Return the counter of an item ("2/5"), clear of the captions."""
    position = clear_of_captions(preset, "top")
    return Overlay(text=f"{item.number}/{item.total}", position=position, scale=COUNTER_SCALE)
