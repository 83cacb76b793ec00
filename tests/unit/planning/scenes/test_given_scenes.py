"""Scenes of a request keep their fields; only default fields are completed."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.scenes.planner import plan
from app.planning.text.spoken_length import spoken_ms
from schemas.asset import Asset
from schemas.brand import Brand
from schemas.job import JobRequest, JobRequestSchema
from schemas.preset import Pacing, Preset
from schemas.scene_graph import Media, Overlay, Scene, SceneGraphSchema, SceneStyle, Transition

PRESET = Preset("clean_bold", "Clean", "For tests.", pacing=Pacing(hook=True, closing=True))
LINE = "Nobody waits for the boat."


def pictures(*names, kind="image"):
    return [Asset(name, kind, f"assets/{name}", "0" * 64, 1, "image/jpeg") for name in names]


def planned(*scenes, media=(), preset=PRESET, **more):
    return plan(JobRequest(scenes=tuple(scenes), **more), media, preset)


def asset_ids(graph):
    return [scene.media.asset for scene in graph.scenes]


def test_complete_scene_is_unchanged():
    complete = Scene(
        0,
        "A harbour",
        "closing",
        2345,
        Media("colour", colours=("#112233",)),
        "Be early!",
        LINE,
        SceneStyle("tilt_up", 1.2),
        (Overlay(text="07:00"),),
        Transition("wipe_left", 321),
        "runway",
        3,
    )
    (scene,) = planned(complete).scenes
    assert scene == replace(complete, id=1)


def test_scenes_are_numbered_in_order():
    graph = planned(Scene(9, caption="a"), Scene(9, caption="b"), Scene(0, caption="c"))
    assert [(scene.id, scene.caption) for scene in graph.scenes] == [(1, "a"), (2, "b"), (3, "c")]


def test_no_hook_and_no_closing_is_added():
    graph = planned(Scene(0, voice_script=LINE), media=pictures("a"))
    assert len(graph.scenes) == 1 and graph.scenes[0].overlays == ()


def test_missing_media_are_assigned_in_order_and_named_media_stay():
    graph = planned(Scene(0), Scene(0, media=Media("image", "b")), Scene(0), media=pictures("a", "b", "c"))
    assert asset_ids(graph) == ["a", "b", "c"]


def test_media_repeat_but_never_in_adjacent_scenes():
    graph = planned(*[Scene(0)] * 5, media=pictures("a", "b"))
    assert asset_ids(graph) == ["a", "b", "a", "b", "a"]
    graph = planned(Scene(0), Scene(0, media=Media("image", "a")), Scene(0), media=pictures("a", "b"))
    assert asset_ids(graph) == ["b", "a", "b"]


def test_single_picture_is_used_for_all_scenes():
    assert asset_ids(planned(Scene(0), Scene(0), media=pictures("a"))) == ["a", "a"]


def test_scenes_without_media_get_backgrounds_from_the_palette():
    for scene in planned(Scene(0, caption="a"), Scene(0, caption="b")).scenes:
        assert scene.media.kind == "colour" and set(scene.media.colours) == set(PRESET.palette)


def test_scene_with_an_engine_gets_its_description_as_query():
    (scene,) = planned(Scene(0, description="A harbour at dawn", engine="luma")).scenes
    assert (scene.media.kind, scene.media.query) == ("generated", "A harbour at dawn")


def test_media_kind_is_taken_from_the_named_asset():
    (scene,) = planned(Scene(0, media=Media(asset="a")), media=pictures("a", kind="video")).scenes
    assert scene.media.kind == "video"


def test_spoken_scene_without_a_duration_is_as_long_as_its_words():
    (scene,) = planned(Scene(0, voice_script=LINE)).scenes
    assert scene.duration_ms == max(PRESET.pacing.min_scene_ms, 200 + spoken_ms(LINE) + 1500)


def test_given_duration_is_kept():
    assert [s.duration_ms for s in planned(Scene(0, voice_script=LINE, duration_ms=9000), Scene(0)).scenes] == [
        9000,
        4000,
    ]


def test_engine_preference_applies_to_scenes_without_an_engine():
    graph = planned(Scene(0, engine="luma"), Scene(0), engine_preference="runway")
    assert [scene.engine for scene in graph.scenes] == ["luma", "runway"]


def test_title_and_language_are_derived_from_the_spoken_words():
    graph = planned(Scene(0), Scene(0, voice_script="Der Kaffee bleibt den ganzen Morgen lang schön heiß."))
    assert graph.title == "Der Kaffee bleibt den ganzen Morgen lang schön heiß"
    assert graph.language == "de"
    assert planned(Scene(0), title="Mine").title == "Mine"


def test_scenes_without_words_can_be_planned():
    graph = planned(Scene(0), Scene(0), media=pictures("a", "b"))
    assert (graph.title, graph.language) == ("", "en")
    assert SceneGraphSchema.read(SceneGraphSchema.plain(graph)) == graph


def test_deserialised_request_can_be_planned():
    request = JobRequestSchema.read({"scenes": [{"voice_script": LINE}, {"media": {"kind": "image", "asset": "b"}}]})
    graph = plan(request, pictures("a", "b"), PRESET)
    assert asset_ids(graph) == ["a", "b"]


@given(st.lists(st.sampled_from([None, "a", "b", "c", "d"]), min_size=1, max_size=12), st.integers(0, 4))
@settings(max_examples=80, deadline=None)
def test_assigned_media_differ_from_their_neighbours_if_possible(named, count):
    media = pictures(*"abcd"[:count])
    scenes = [Scene(0, media=Media("image", name) if name else Media()) for name in named]
    graph = planned(*scenes, media=media)
    for index, name in enumerate(named):
        assert name is None or asset_ids(graph)[index] == name
        if name is None and count > 2:
            neighbours = {asset_ids(graph)[k] for k in (index - 1, index + 1) if 0 <= k < len(named)}
            assert asset_ids(graph)[index] not in neighbours


def test_brand_adds_a_closing_to_given_scenes():
    graph = planned(Scene(0, voice_script=LINE), media=pictures("a"), title="Ferry", brand=Brand("@ferry"))
    assert [(scene.id, scene.role) for scene in graph.scenes] == [(1, "body"), (2, "closing")]
    assert [overlay.text for overlay in graph.scenes[-1].overlays] == ["Ferry", "@ferry"]
