"""The structure of a narration in its scenes: places in lists, authors of quotations, tables, code, and people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from app.planning.matching.parts import Part
from app.planning.scenes.beats import Joints
from app.planning.text.passages import Passage, passages_of_lines, turns_before_lines
from app.planning.text.people import Person, people
from app.planning.text.quotes import author_index
from app.planning.text.shown_blocks import ShownBlock
from schemas.preset import Preset
from schemas.scene_graph import LONG_STYLES, MAX_OVERLAY_TEXT, Overlay, Scene

# A film shows how far it is if it has a list of at least so many items.
MIN_ITEMS_WITH_PROGRESS = 2


def joints_of(passages: Sequence[Passage], parts: Sequence[Part] = ()) -> Joints:
    """Return where the sentences of ``passages`` are not joined or split.

    Parts with a picture of their own begin scenes too, except single sentences, which may lead on to the next one.
    """
    is_apart = [passage.is_apart for passage in passages]
    first_sentences = accumulate((len(passage.sentences) for passage in passages), initial=0)
    starts = frozenset(
        start
        for index, start in enumerate(first_sentences)
        if 0 < index < len(passages)
        and (is_apart[index] or is_apart[index - 1] or passages[index].turns or passages[index].begins_scene)
    )
    whole = (passage for passage in passages if passage.author or (passage.shown and not passage.item))
    apart = (part for part in parts if part.is_item or part.last - part.first > 1)
    bounds = frozenset(bound for part in apart for bound in (part.first, part.last))
    return Joints(starts | bounds, frozenset(passage.sentences[0] for passage in whole))


def with_structure(scenes: Sequence[Scene], passages: Sequence[Passage]) -> list[Scene]:
    """Return ``scenes`` with the place in a list, the author, and the table or code of the passage of each.

    They also have the turns of the text.
    """
    lines = [scene.voice_script for scene in scenes]
    turns = turns_before_lines(lines, passages)
    return [
        replace(_with_passage(scene, passage) if passage else scene, turn=turn)
        for scene, passage, turn in zip(scenes, passages_of_lines(lines, passages), turns, strict=True)
    ]


def _with_passage(scene: Scene, passage: Passage) -> Scene:
    scene = replace(scene, item=passage.item, attribution=passage.author)
    scene = _with_author(scene) if passage.author else scene
    return _with_block(scene, passage.shown) if passage.shown else scene


def _with_author(scene: Scene) -> Scene:
    """Return the scene of a quotation without cards, and with its author if the words before it name him."""
    overlays = tuple(overlay for overlay in scene.overlays if overlay.style != "amount")
    if scene.voice_script and author_index(scene.voice_script.split()) is None:
        author = Overlay(text=scene.attribution[:MAX_OVERLAY_TEXT], position="bottom", style="lower_third")
        overlays = (*overlays, author)
    return replace(scene, overlays=overlays)


def _with_block(scene: Scene, block: ShownBlock) -> Scene:
    """Return the scene with a table or code in the place of key words and amounts, which the block has itself."""
    headlines = tuple(overlay for overlay in scene.overlays if overlay.style == "headline")
    return replace(scene, overlays=(*headlines, Overlay(text=block.text, position="middle", style=block.style)))


def with_people(scenes: Sequence[Scene], sentences: Sequence[str], language: str) -> list[Scene]:
    """Return ``scenes`` with a lower third where a person whom ``sentences`` introduce is mentioned first."""
    result = list(scenes)
    for person in people(sentences, language):
        index = next((k for k, scene in enumerate(scenes) if _may_introduce(scene, person)), None)
        if index is not None:
            result[index] = replace(result[index], overlays=(*result[index].overlays, lower_third(person)))
    return result


def _may_introduce(scene: Scene, person: Person) -> bool:
    is_board = any(overlay.style in LONG_STYLES for overlay in scene.overlays)
    is_named = person.written in " ".join(scene.voice_script.split())
    return is_named and not is_board and person.name not in scene.attribution and not _is_in_headline(scene, person)


def _is_in_headline(scene: Scene, person: Person) -> bool:
    """Return whether a headline has the name and the role already."""
    headlines = [overlay.text.casefold() for overlay in scene.overlays if overlay.style == "headline"]
    words = (person.written, *person.role.split()[:1])
    return any(all(word.casefold() in headline for word in words) for headline in headlines)


def lower_third(person: Person) -> Overlay:
    text = f"{person.name}\n{person.role}"[:MAX_OVERLAY_TEXT]
    return Overlay(text=text, position="bottom", style="lower_third", at=person.written)


def planned_progress(scenes: Sequence[Scene], preset: Preset) -> str:
    """Return how a film of ``scenes`` shows how far it is: as the preset does if it has a list, else not at all.

    The dots of steps say it already.
    """
    items = [scene.item for scene in scenes if scene.item]
    has_dots = any(item.dots for item in items)
    return preset.progress if len(items) >= MIN_ITEMS_WITH_PROGRESS and not has_dots else "none"
