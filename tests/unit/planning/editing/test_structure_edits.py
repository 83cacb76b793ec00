"""Edits of places in lists, authors, people and the progress bar, and what has to be made again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.errors import BadRequest
from app.planning.editing.apply import apply_changes
from app.planning.editing.diff import differences
from app.planning.scenes.planner import plan
from app.planning.timing.segments import segments
from app.planning.timing.timeline import build, retime
from presets.library import preset
from schemas.edit import EditSchema
from schemas.frame import ASPECTS
from schemas.job import JobRequest
from schemas.scene_graph import ListItem, SceneGraph, rendered_part
from schemas.segment import Encoding
from tests.unit.planning import films

QUOTE = "He wrote a letter. “It is not because things are difficult that we do not dare.” — Seneca"
PERSON = "It was late. Maria Chen, chief engineer at Acme, fixed it. Everyone cheered for a long time after that."


def edited(graph: SceneGraph, change: dict[str, object]) -> SceneGraph:
    return apply_changes(graph, EditSchema.read({"changes": [change]}).changes)


def planned(script: str, preset_id: str = "clean_bold") -> SceneGraph:
    return plan(JobRequest(script=script, preset_id=preset_id), [], preset(preset_id))


def identities(graph: SceneGraph) -> list[str]:
    used, clips = preset(graph.preset_id), films.still_clips(graph)
    film = retime(graph, build(graph, ASPECTS[graph.aspect]), films.speech(graph), clips, used)
    return [segment.identity for segment in segments(graph, film, clips, used, encoding=Encoding(), overlay_keys={})]


def words_of(before: SceneGraph, after: SceneGraph) -> list[str]:
    return [difference.words for difference in differences(before, after)]


@pytest.mark.parametrize("old", [None, ListItem(1, 3)])
@pytest.mark.parametrize("new", [None, {"number": 2, "total": 5}, {"number": 2, "total": 5, "label": "Step"}])
def test_new_place_in_a_list_changes_the_segment_of_its_scene_only(old: ListItem | None, new: object) -> None:
    scenes = (films.spoken(films.text(7, first=k), item=old if k == 1 else None) for k in range(3))
    graph = replace(films.graph_of(*scenes), preset_id="clean_bold")
    if old is None and new is None:
        with pytest.raises(BadRequest):
            edited(graph, {"scene": 2, "item": new})
        return
    after = edited(graph, {"scene": 2, "item": new})
    before_ids, after_ids = identities(graph), identities(after)
    assert [a != b for a, b in zip(before_ids, after_ids, strict=True)] == [False, True, False]
    assert rendered_part(graph.scene(2)) == rendered_part(after.scene(2))
    assert len(words_of(graph, after)) == 1 and "place in the list" in words_of(graph, after)[0]


def test_new_author_is_spoken_and_shown() -> None:
    graph = planned(QUOTE)
    scene = next(scene for scene in graph.scenes if scene.attribution)
    after = edited(graph, {"scene": scene.id, "attribution": "Marcus Aurelius"}).scene(scene.id)
    assert after.attribution == "Marcus Aurelius"
    assert after.voice_script == scene.voice_script.replace("Seneca", "Marcus Aurelius")
    assert "Seneca" not in after.caption
    assert rendered_part(scene) == rendered_part(after)


def test_removed_author_is_not_spoken() -> None:
    graph = planned(QUOTE)
    scene = next(scene for scene in graph.scenes if scene.attribution)
    after = edited(graph, {"scene": scene.id, "attribution": ""}).scene(scene.id)
    assert after.attribution == "" and after.voice_script.endswith("”")


def test_author_beside_a_new_line_leaves_the_line_as_it_is() -> None:
    graph = planned(QUOTE)
    scene = next(scene for scene in graph.scenes if scene.attribution)
    change = {"scene": scene.id, "attribution": "Plato", "voice_script": "Know yourself."}
    after = edited(graph, change).scene(scene.id)
    assert (after.voice_script, after.attribution) == ("Know yourself.", "Plato")


def test_lower_third_follows_the_words_of_its_scene() -> None:
    graph = planned(PERSON)
    scene = next(scene for scene in graph.scenes if scene.overlays and "Maria" in scene.voice_script)
    without = edited(graph, {"scene": scene.id, "voice_script": "Somebody fixed it."}).scene(scene.id)
    assert not [overlay for overlay in without.overlays if overlay.style == "lower_third"]
    line = "Sam Lee, a nurse from Leeds, fixed it."
    other = edited(graph, {"scene": scene.id, "voice_script": line}).scene(scene.id)
    assert [overlay.text for overlay in other.overlays if overlay.style == "lower_third"] == [
        "Sam Lee\nNurse from Leeds"
    ]
    kept = edited(graph, {"scene": scene.id, "voice_script": "So Maria Chen fixed it."}).scene(scene.id)
    assert [overlay.at for overlay in kept.overlays if overlay.style == "lower_third"] == ["Maria Chen"]


def test_removed_lower_third_does_not_come_back_with_other_words() -> None:
    graph = planned(PERSON)
    scene = next(scene for scene in graph.scenes if "Maria" in scene.voice_script)
    graph = edited(graph, {"scene": scene.id, "overlays": []})
    line = f"Well: {scene.voice_script}"
    assert edited(graph, {"scene": scene.id, "voice_script": line}).scene(scene.id).overlays == ()


def test_progress_bar_is_a_field_of_the_film() -> None:
    graph = planned("Cats sleep. They purr. They jump.")
    after = edited(graph, {"film": {"progress": "bar"}})
    assert after.progress == "bar"
    assert words_of(graph, after) == ["Film: progress bar “none” → “bar”."]


def test_another_preset_brings_its_progress_bar_unless_a_person_chose_one() -> None:
    graph = planned("Three facts.\n1. They sleep.\n2. They purr.\n3. They jump.")
    assert graph.progress == preset("clean_bold").progress != "none"
    assert edited(graph, {"film": {"preset_id": "documentary"}}).progress == "none"
    chosen = edited(graph, {"film": {"progress": "bar"}})
    assert edited(chosen, {"film": {"preset_id": "documentary"}}).progress == "bar"


def test_overlays_of_new_styles_are_given_as_data() -> None:
    graph = planned("Cats sleep. They purr.")
    overlays = [
        {"text": "Name | Age\nTom | 3", "style": "table", "position": "middle"},
        {"text": "```python\nprint(1)", "style": "code", "position": "middle"},
        {"text": "Tom\nCat", "style": "lower_third", "at": "Cats"},
        {"text": "Part 1\n1/2", "style": "counter", "position": "top"},
    ]
    after = edited(graph, {"scene": 1, "overlays": overlays})
    assert [overlay.style for overlay in after.scenes[0].overlays] == ["table", "code", "lower_third", "counter"]
    assert len(identities(after)) == len(graph.scenes)
