"""Scenes given outright are kept; only what they leave open is filled in."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.scenes.planner import plan
from app.planning.text.sentences import spoken_ms
from schemas.asset import Asset
from schemas.job import JobRequest, JobRequestSchema
from schemas.preset import Pacing, Preset
from schemas.scene_graph import Media, Overlay, Scene, SceneGraphSchema, SceneStyle, Transition

PRESET = Preset("clean_bold", "Clean", "For tests.", pacing=Pacing(hook=True, closing=True))
LINE = "Nobody waits for the boat."


def pictures(*names, kind="image"):
    return [Asset(name, kind, f"assets/{name}", "0" * 64, 1, "image/jpeg") for name in names]


def planned(*scenes, media=(), preset=PRESET, **more):
    return plan(JobRequest(scenes=tuple(scenes), **more), media, preset)


def assets(graph):
    return [scene.media.asset for scene in graph.scenes]


def test_what_is_given_is_kept():
    own = Scene(
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
    (scene,) = planned(own).scenes
    assert scene == replace(own, id=1)


def test_scenes_are_numbered_in_order():
    graph = planned(Scene(9, caption="a"), Scene(9, caption="b"), Scene(0, caption="c"))
    assert [(scene.id, scene.caption) for scene in graph.scenes] == [(1, "a"), (2, "b"), (3, "c")]


def test_no_hook_and_no_closing_is_added():
    graph = planned(Scene(0, voice_script=LINE), media=pictures("a"))
    assert len(graph.scenes) == 1 and graph.scenes[0].overlays == ()


def test_missing_pictures_are_taken_in_order_and_named_ones_are_left_where_they_are():
    graph = planned(Scene(0), Scene(0, media=Media("image", "b")), Scene(0), media=pictures("a", "b", "c"))
    assert assets(graph) == ["a", "b", "c"]


def test_pictures_come_again_but_not_beside_themselves():
    graph = planned(*[Scene(0)] * 5, media=pictures("a", "b"))
    assert assets(graph) == ["a", "b", "a", "b", "a"]
    graph = planned(Scene(0), Scene(0, media=Media("image", "a")), Scene(0), media=pictures("a", "b"))
    assert assets(graph) == ["b", "a", "b"]


def test_one_picture_serves_them_all():
    assert assets(planned(Scene(0), Scene(0), media=pictures("a"))) == ["a", "a"]


def test_without_media_there_are_grounds_from_the_palette():
    for scene in planned(Scene(0, caption="a"), Scene(0, caption="b")).scenes:
        assert scene.media.kind == "colour" and set(scene.media.colours) == set(PRESET.palette)


def test_a_scene_for_an_engine_is_described_to_it():
    (scene,) = planned(Scene(0, description="A harbour at dawn", engine="luma")).scenes
    assert (scene.media.kind, scene.media.query) == ("generated", "A harbour at dawn")


def test_a_named_asset_is_the_kind_it_is():
    (scene,) = planned(Scene(0, media=Media(asset="a")), media=pictures("a", kind="video")).scenes
    assert scene.media.kind == "video"


def test_a_spoken_scene_without_a_length_is_as_long_as_its_words():
    (scene,) = planned(Scene(0, voice_script=LINE)).scenes
    assert scene.duration_ms == max(PRESET.pacing.min_scene_ms, 200 + spoken_ms(LINE) + 350)


def test_a_length_that_was_given_is_kept():
    assert [s.duration_ms for s in planned(Scene(0, voice_script=LINE, duration_ms=9000), Scene(0)).scenes] == [
        9000,
        4000,
    ]


def test_the_requests_engine_is_for_scenes_that_name_none():
    graph = planned(Scene(0, engine="luma"), Scene(0), engine_preference="runway")
    assert [scene.engine for scene in graph.scenes] == ["luma", "runway"]


def test_title_and_language_come_from_what_is_said():
    graph = planned(Scene(0), Scene(0, voice_script="Der Kaffee bleibt den ganzen Morgen lang schön heiß."))
    assert (graph.title, graph.language) == ("Der Kaffee bleibt den ganzen Morgen lang schön heiß", "de")
    assert planned(Scene(0), title="Mine").title == "Mine"


def test_scenes_without_a_word_are_a_film_too():
    graph = planned(Scene(0), Scene(0), media=pictures("a", "b"))
    assert (graph.title, graph.language) == ("", "en")
    assert SceneGraphSchema.read(SceneGraphSchema.plain(graph)) == graph


def test_a_request_as_it_is_sent_can_be_planned():
    request = JobRequestSchema.read({"scenes": [{"voice_script": LINE}, {"media": {"kind": "image", "asset": "b"}}]})
    graph = plan(request, pictures("a", "b"), PRESET)
    assert assets(graph) == ["a", "b"]


@given(st.lists(st.sampled_from([None, "a", "b", "c", "d"]), min_size=1, max_size=12), st.integers(0, 4))
@settings(max_examples=80, deadline=None)
def test_no_picture_is_put_beside_itself_when_there_are_others(named, count):
    media = pictures(*"abcd"[:count])
    scenes = [Scene(0, media=Media("image", name) if name else Media()) for name in named]
    graph = planned(*scenes, media=media)
    for place, name in enumerate(named):
        assert name is None or assets(graph)[place] == name
        if name is None and count > 2:
            beside = {assets(graph)[k] for k in (place - 1, place + 1) if 0 <= k < len(named)}
            assert assets(graph)[place] not in beside
