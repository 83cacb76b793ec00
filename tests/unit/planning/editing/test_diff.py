"""``differences``: two revisions side by side, as data and in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings

from app.planning.editing.apply import apply_changes
from app.planning.editing.diff import Difference, differences
from schemas.edit import EditSchema
from schemas.scene_graph import Media, SceneGraph
from tests.unit.planning import films


def story() -> SceneGraph:
    made = [films.spoken(films.text(5, first=k), caption=f"Caption {k}", media=Media("image", "a1")) for k in range(3)]
    return replace(films.scenes(*made), preset_id="clean_bold")


def found(*changes: dict[str, Any]) -> tuple[Difference, ...]:
    graph = story()
    return differences(graph, apply_changes(graph, EditSchema.read({"changes": list(changes)}).changes))


@given(films.any_graph())
@settings(max_examples=25, deadline=None)
def test_nothing_is_different_from_itself(graph: SceneGraph) -> None:
    assert differences(graph, graph) == ()


def test_a_caption_is_told_in_words_and_as_data() -> None:
    assert found({"scene": 2, "caption": "New"}) == (
        Difference(2, "caption", "Caption 1", "New", "Scene 2: caption “Caption 1” → “New”."),
    )


def test_every_changed_field_is_told_by_its_path() -> None:
    changes = found(
        {"scene": 1, "focus": {"x": 0.25, "y": 1}, "duration_ms": 900, "take": "new"},
        {"film": {"captions": False, "music_db": -9.5, "voice": {"speed": 1.25}}},
    )
    said = {(each.scene_id, each.field): each.words for each in changes}
    assert said[1, "media.focus"] == "Scene 1: focal point none → 0.25, 1."
    assert said[1, "take"] == "Scene 1: take 1 → 2."
    assert said[None, "captions"] == "Film: captions on → off."
    assert said[None, "global_audio.music_db"] == "Film: music level (dB) none → -9.5."
    assert said[None, "global_audio.voice.speed"] == "Film: speech speed 1 → 1.25."
    assert (1, "duration_ms") in said


def test_overlays_are_told_by_what_they_say() -> None:
    (one,) = found({"scene": 1, "overlays": [{"text": "Sale"}, {"kind": "image", "asset": "logo"}]})
    assert one.words == "Scene 1: overlays none → Sale, logo."


def test_scenes_that_come_and_go_are_told_once() -> None:
    changes = found({"remove": 2}, {"insert": {"caption": "Between"}, "after": 1})
    assert [(each.scene_id, each.field, each.words) for each in changes] == [
        (4, "scene", "Scene 4 is new."),
        (2, "scene", "Scene 2 is removed."),
    ]
    assert changes[0].before is None and changes[0].after["caption"] == "Between" and changes[1].after is None


def test_another_order_is_told() -> None:
    (one,) = found({"order": [3, 1, 2]})
    assert one == Difference(
        None, "order", [1, 2, 3], [3, 1, 2], "The order of the scenes is 3, 1, 2 instead of 1, 2, 3."
    )


def test_long_words_are_cut_short() -> None:
    (one,) = found({"scene": 1, "caption": "word " * 90})
    assert len(one.words) < 120 and "…" in one.words and one.after == "word " * 90
