"""``differences``: the differences of two scene graphs as data and as sentences."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings

from app.planning.editing.apply import apply_changes
from app.planning.editing.diff import Difference, differences
from schemas.edit import EditSchema
from schemas.scene_graph import Media, SceneGraph
from tests.unit.planning import films


def film() -> SceneGraph:
    scenes = [
        films.spoken(films.text(5, first=k), caption=f"Caption {k}", media=Media("image", "a1")) for k in range(3)
    ]
    return replace(films.graph_of(*scenes), preset_id="clean_bold")


def differences_after(*changes: dict[str, Any]) -> tuple[Difference, ...]:
    graph = film()
    return differences(graph, apply_changes(graph, EditSchema.read({"changes": list(changes)}).changes))


@given(films.any_graph())
@settings(max_examples=25, deadline=None)
def test_graph_has_no_differences_from_itself(graph: SceneGraph) -> None:
    assert differences(graph, graph) == ()


def test_changed_caption_is_data_and_a_sentence() -> None:
    assert differences_after({"scene": 2, "caption": "New"}) == (
        Difference(2, "caption", "Caption 1", "New", "Scene 2: caption “Caption 1” → “New”."),
    )


def test_every_changed_field_has_its_path() -> None:
    changes = differences_after(
        {"scene": 1, "focus": {"x": 0.25, "y": 1}, "duration_ms": 900, "take": "new"},
        {"film": {"captions": False, "music_db": -9.5, "voice": {"speed": 1.25}}},
    )
    sentences = {(difference.scene_id, difference.field): difference.words for difference in changes}
    assert sentences[1, "media.focus"] == "Scene 1: focal point none → 0.25, 1."
    assert sentences[1, "take"] == "Scene 1: take 1 → 2."
    assert sentences[None, "captions"] == "Film: captions on → off."
    assert sentences[None, "global_audio.music_db"] == "Film: music level (dB) none → -9.5."
    assert sentences[None, "global_audio.voice.speed"] == "Film: speech speed 1 → 1.25."
    assert (1, "duration_ms") in sentences


def test_fields_that_are_not_written_by_default_are_compared() -> None:
    exposed = apply_changes(film(), EditSchema.read({"changes": [{"scene": 1, "media": {"exposure": 0.5}}]}).changes)
    (brighter,), (darker,) = differences(film(), exposed), differences(exposed, film())
    assert brighter.words == "Scene 1: exposure (stops) none → 0.5."
    assert darker.words == "Scene 1: exposure (stops) 0.5 → none."
    (turn,) = [each for each in differences_after({"scene": 2, "turn": True}) if each.field == "turn"]
    assert turn.words == "Scene 2: longer pause before it off → on."
    (effects,) = differences_after({"film": {"effects": True}})
    assert effects.words == "Film: sound effects none → on."


def test_overlays_are_described_by_text_or_asset() -> None:
    (difference,) = differences_after({"scene": 1, "overlays": [{"text": "Sale"}, {"kind": "image", "asset": "logo"}]})
    assert difference.words == "Scene 1: overlays none → Sale, logo."


def test_inserted_and_removed_scene_is_one_difference_each() -> None:
    changes = differences_after({"remove": 2}, {"insert": {"caption": "Between"}, "after": 1})
    assert [(change.scene_id, change.field, change.words) for change in changes] == [
        (4, "scene", "Scene 4 is new."),
        (2, "scene", "Scene 2 is removed."),
    ]
    assert changes[0].before is None and changes[0].after["caption"] == "Between" and changes[1].after is None


def test_new_order_is_one_difference() -> None:
    (difference,) = differences_after({"order": [3, 1, 2]})
    assert difference == Difference(
        None, "order", [1, 2, 3], [3, 1, 2], "The order of the scenes is 3, 1, 2 instead of 1, 2, 3."
    )


def test_long_values_are_shortened_in_the_sentence() -> None:
    (difference,) = differences_after({"scene": 1, "caption": "word " * 90})
    assert len(difference.words) < 120 and "…" in difference.words and difference.after == "word " * 90
