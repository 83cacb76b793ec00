"""``apply_changes``: the requested changes and their consequences are applied, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.core.errors import BadRequest
from app.planning.editing.apply import apply_changes
from app.planning.editing.consequences import caption_warnings
from app.planning.scenes.planner import plan
from app.planning.text.sentences import caption_of
from app.planning.timing.lengths import expected_ms, requested_ms
from presets.library import preset, presets
from schemas.edit import EditSchema
from schemas.job import JobRequest
from schemas.scene_graph import (
    Focus,
    Media,
    MusicChoice,
    Overlay,
    Scene,
    SceneGraph,
    SceneGraphSchema,
    Transition,
    VoiceChoice,
)
from tests.unit.planning import films

LINES = "Bread takes time. Good bread takes much longer than that. Nobody at the harbour waits for it."
MEDIA = (Media("image", "a1"), Media("video", "v1", start_ms=500), Media("colour", colours=("#111111", "#222222")))


def edited(graph: SceneGraph, *changes: dict[str, Any], used: tuple[int, ...] = ()) -> SceneGraph:
    return apply_changes(graph, EditSchema.read({"changes": list(changes)}).changes, used)


def film(*scenes: Scene) -> SceneGraph:
    return replace(films.graph_of(*scenes), preset_id="clean_bold")


def planned_film() -> SceneGraph:
    """Return a graph of three scenes from the planner."""
    return plan(JobRequest(script=LINES), (), preset("clean_bold"))


def rejection(graph: SceneGraph, *changes: dict[str, Any], used: tuple[int, ...] = ()) -> BadRequest:
    with pytest.raises(BadRequest) as caught:
        edited(graph, *changes, used=used)
    return caught.value


def any_film(min_scenes: int = 1) -> st.SearchStrategy[SceneGraph]:
    """Return films without turns, because an edit of a scene also changes the pauses at the turns beside it."""
    return films.any_graph(min_scenes, 6).map(
        lambda graph: replace(
            graph, preset_id="clean_bold", scenes=tuple(replace(scene, turn=False) for scene in graph.scenes)
        )
    )


# -- order -----------------------------------------------------------------------------------------------------------


@given(st.data(), any_film(min_scenes=2))
@settings(deadline=None)
def test_reordering_keeps_the_scenes(data: st.DataObject, graph: SceneGraph) -> None:
    ids = [scene.id for scene in graph.scenes]
    order = data.draw(st.permutations(ids))
    assume(order != ids)
    after = edited(graph, {"order": list(order)})
    assert [scene.id for scene in after.scenes] == list(order)
    assert set(after.scenes) == set(graph.scenes)


@given(st.data(), any_film())
@settings(deadline=None)
def test_any_edit_keeps_ids_unique_and_other_scenes_unchanged(data: st.DataObject, graph: SceneGraph) -> None:
    changes, edited_ids = data.draw(any_changes(graph))
    try:
        after = edited(graph, *changes)
    except BadRequest as error:
        assert error.reason in ("nothing would change", "this is the only scene; a film needs at least one")
        return
    ids = [scene.id for scene in after.scenes]
    assert len(set(ids)) == len(ids)
    before = {scene.id: scene for scene in graph.scenes}
    assert all(scene == before[scene.id] for scene in after.scenes if scene.id in before and scene.id not in edited_ids)
    assert SceneGraphSchema.read(SceneGraphSchema.plain(after)) == after


@st.composite
def any_changes(draw: st.DrawFn, graph: SceneGraph) -> tuple[list[dict[str, Any]], set[int]]:
    """Return changes that can be applied one after the other, and the ids of the scenes that they edit."""
    ids = [scene.id for scene in graph.scenes]
    changes: list[dict[str, Any]] = []
    edited_ids: set[int] = set()
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(("scene", "order", "remove", "insert")))
        if kind == "scene":
            scene_id = draw(st.sampled_from(ids))
            edited_ids.add(scene_id)
            changes.append({"scene": scene_id, **draw(scene_fields())})
        elif kind == "order":
            ids = list(draw(st.permutations(ids)))
            changes.append({"order": ids})
        elif kind == "remove" and len(ids) > 1:
            removed = draw(st.sampled_from(ids))
            ids = [scene_id for scene_id in ids if scene_id != removed]
            changes.append({"remove": removed})
        elif kind == "insert":
            # The new id is not known yet, so a later change could not name all scenes.
            changes.append({"insert": {"voice_script": films.text(4)}, "after": draw(st.sampled_from([0, *ids]))})
            break
    return changes or [{"scene": ids[0], "take": "new"}], edited_ids | {ids[0]}


def scene_fields() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"caption": st.sampled_from(("", "Now", "Then"))},
        optional={
            "voice_script": st.integers(0, 9).map(films.text),
            "duration_ms": st.integers(200, 9000),
            "take": st.just("new"),
            "transition": st.sampled_from(({"kind": "cut"}, {"kind": "fade"}, {"kind": "blur", "duration_ms": 300})),
            "style": st.sampled_from(({"motion": "drift"}, {"zoom": None})),
        },
    )


@pytest.mark.parametrize("order", [[1, 2], [1, 2, 2], [1, 2, 4], [1, 2, 3, 4]])
def test_order_must_name_every_scene_once(order: list[int]) -> None:
    error = rejection(planned_film(), {"order": order})
    assert error.field == "changes.0.order" and "1, 2, 3" in error.reason


def test_scene_can_be_removed_unless_it_is_the_only_one() -> None:
    graph = planned_film()
    after = edited(graph, {"remove": 2})
    assert after.scenes == (graph.scenes[0], graph.scenes[2])
    error = rejection(graph, {"remove": 2}, {"remove": 1}, {"remove": 3})
    assert error.field == "changes.2.remove"


@pytest.mark.parametrize(
    ("after", "ids"), [({"after": 2}, [1, 2, 4, 3]), ({"after": 0}, [4, 1, 2, 3]), ({}, [1, 2, 3, 4])]
)
def test_scene_is_inserted_after_the_named_scene(after: dict[str, int], ids: list[int]) -> None:
    graph = edited(planned_film(), {"insert": {"caption": "New"}, **after})
    assert [scene.id for scene in graph.scenes] == ids and graph.scene(4).caption == "New"


def test_new_scene_never_gets_a_used_id() -> None:
    graph = planned_film()
    assert [s.id for s in edited(graph, {"remove": 3}, {"insert": {}}).scenes] == [1, 2, 4]
    assert [s.id for s in edited(graph, {"insert": {}}, used=(1, 2, 3, 9)).scenes] == [1, 2, 3, 10]
    assert rejection(graph, {"insert": {"id": 9}}, used=(9,)).field == "changes.0.insert.id"
    assert [s.id for s in edited(graph, {"insert": {"id": 8}}, used=(9,)).scenes] == [1, 2, 3, 8]


def test_new_spoken_scene_is_as_long_as_its_words() -> None:
    graph = planned_film()
    after = edited(graph, {"insert": {"voice_script": films.text(30)}}, {"insert": {"voice_script": "Hm."}})
    clean_bold = preset("clean_bold")
    expected = expected_ms(after.scenes, clean_bold.pacing, after.language, clean_bold.voice_speed)
    assert [scene.duration_ms for scene in after.scenes[-2:]] == list(expected[-2:])
    fixed = edited(graph, {"insert": {"voice_script": "Hm.", "duration_ms": 3000}})
    assert fixed.scenes[-1].duration_ms == 3000


def test_changes_are_applied_in_order() -> None:
    after = edited(planned_film(), {"insert": {}, "after": 1}, {"scene": 4, "caption": "New"}, {"order": [4, 3, 2, 1]})
    assert [scene.id for scene in after.scenes] == [4, 3, 2, 1] and after.scene(4).caption == "New"


# -- rejections ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"scene": 9, "caption": "x"}, "scene"),
        ({"remove": 9}, "remove"),
        ({"insert": {}, "after": 9}, "after"),
        ({"insert": {"media": {"kind": "image"}}}, "insert.media.asset"),
        ({"film": {"preset_id": "no_such_preset"}}, "film.preset_id"),
        ({"scene": 1, "media": {"kind": "image"}}, "media.asset"),
        ({"scene": 1, "media": {"kind": "video", "asset": None}}, "media.asset"),
        ({"scene": 1, "transition": {"kind": "cut", "duration_ms": 300}}, "transition.duration_ms"),
    ],
)
def test_error_names_the_path_of_the_invalid_field(change: dict[str, Any], field: str) -> None:
    assert rejection(planned_film(), {"scene": 1, "take": "new"}, change).field == f"changes.1.{field}"


@pytest.mark.parametrize(
    "change",
    [
        lambda graph: {"scene": 1, "caption": graph.scenes[0].caption},
        lambda graph: {"scene": 1, "media": {}},
        lambda graph: {"scene": 2},
        lambda graph: {"order": [1, 2, 3]},
        lambda graph: {"film": {"title": graph.title}},
        lambda graph: {"film": {"preset_id": graph.preset_id}},
        lambda graph: {"film": {"voice": {"speed": 1.0}}},
        lambda graph: {"scene": 1, "voice_script": graph.scenes[0].voice_script},
    ],
)
def test_edit_that_changes_nothing_is_rejected(change: Callable[[SceneGraph], dict[str, Any]]) -> None:
    graph = planned_film()
    error = rejection(graph, change(graph))
    assert (error.field, error.reason) == ("changes", "nothing would change")


def test_changes_that_cancel_out_are_rejected() -> None:
    graph = planned_film()
    undo = {"scene": 1, "caption": graph.scenes[0].caption}
    assert rejection(graph, {"scene": 1, "caption": "x"}, undo).reason == "nothing would change"


def test_take_above_the_maximum_is_rejected() -> None:
    graph = film(replace(films.silent(2000), take=1000))
    assert rejection(graph, {"scene": 1, "take": "new"}).field == "changes.0.take"


def test_scene_above_the_maximum_count_is_rejected() -> None:
    graph = film(*(films.silent(1000) for _ in range(400)))
    assert rejection(graph, {"insert": {}}).field == "changes.0.insert"


# -- words -----------------------------------------------------------------------------------------------------------

LONG = "A line so long that nobody would want to read all of it at a single glance, so it was cut."


@pytest.mark.parametrize("caption", [LONG, caption_of(LONG), "A LINE SO LONG", "a line, so long that nobody!"])
def test_caption_that_repeats_the_old_words_repeats_the_new_words(caption: str) -> None:
    graph = film(films.spoken(LONG, caption=caption), films.silent(2000))
    assert edited(graph, {"scene": 1, "voice_script": "Short now."}).scenes[0].caption == "Short now."


def test_caption_without_spaces_that_repeats_the_old_words_repeats_the_new_words() -> None:
    graph = film(films.spoken("面包需要时间,好面包需要更长的时间。", caption="面包需要"), films.silent(2000))
    assert edited(graph, {"scene": 1, "voice_script": "蛋糕很快。"}).scenes[0].caption == "蛋糕很快。"


@pytest.mark.parametrize("caption", ["", "Only €3!", "A line so lo", "so long that nobody"])
def test_caption_with_other_words_stays(caption: str) -> None:
    graph = film(films.spoken(LONG, caption=caption), films.silent(2000))
    after = edited(graph, {"scene": 1, "voice_script": "Short now."})
    assert after.scenes[0].caption == caption
    assert len(caption_warnings(graph, after)) == bool(caption)


def test_caption_in_the_same_edit_as_the_words_is_used() -> None:
    after = edited(planned_film(), {"scene": 1, "voice_script": "Short now.", "caption": "Own"})
    assert after.scenes[0].caption == "Own"
    assert caption_warnings(planned_film(), after) == ()


def test_new_line_keeps_the_picture() -> None:
    scene = replace(planned_film().scenes[0], media=Media("generated", query="Bread takes time", colours=("#101418",)))
    graph = film(scene, films.silent(2000))
    after = edited(graph, {"scene": 1, "voice_script": "Cake is quick."}).scenes[0]
    assert (after.media, after.description) == (scene.media, scene.description)


def test_words_over_a_background_follow_the_line() -> None:
    graph = plan(JobRequest(script=LINES, captions=False), (), preset("clean_bold"))
    background = next(scene for scene in graph.scenes if scene.overlays and scene.role != "hook")
    after = edited(graph, {"scene": background.id, "voice_script": "Strawberries ripen in the sun."})
    (overlay,) = after.scene(background.id).overlays
    assert overlay != background.overlays[0] and overlay.text.lower() in "strawberries ripen in the sun."


def test_overlay_text_of_the_user_stays() -> None:
    graph = film(replace(planned_film().scenes[1], overlays=(Overlay(text="Sale"),)), films.silent(2000))
    assert edited(graph, {"scene": 1, "voice_script": "Cake."}).scenes[0].overlays == (Overlay(text="Sale"),)


def test_new_title_replaces_the_title_over_the_picture() -> None:
    graph = plan(JobRequest(script=LINES, title="Our bread"), (), preset("clean_bold"))
    assert "Our bread" in [overlay.text for scene in graph.scenes for overlay in scene.overlays]
    after = edited(graph, {"film": {"title": "Our cake"}})
    texts = [overlay.text for scene in after.scenes for overlay in scene.overlays]
    assert "Our cake" in texts and "Our bread" not in texts and after.title == "Our cake"


def film_of_bread() -> SceneGraph:
    request = JobRequest(script="Our bread takes time. Good bread waits.", title="Our bread")
    return plan(request, (), preset("clean_bold"))


@pytest.mark.parametrize(
    ("script", "headline"),
    [
        ("Our bread takes time. Good bread waits.", "Our bread takes time"),
        ("If you only have one day for bread, buy these three loaves.", "If you only have one day for bread"),
    ],
)
def test_new_title_replaces_the_headline_that_is_made_of_the_first_line(script: str, headline: str) -> None:
    graph = plan(JobRequest(script=script), (), preset("clean_bold"))
    assert graph.scenes[0].overlays[0].text == headline
    after = edited(graph, {"film": {"title": "Our cake"}})
    assert after.scenes[0].overlays[0].text == "Our cake"


def test_headline_of_the_first_line_follows_its_words() -> None:
    script = "Our bread takes time. Good bread waits."
    graph = plan(JobRequest(script=script), (), preset("clean_bold"))
    after = edited(graph, {"scene": 1, "voice_script": "Our bread is slow."})
    assert after.scenes[0].overlays[0].text == "Our bread is slow"
    graph = plan(JobRequest(script=script, title="Our bread"), (), preset("clean_bold"))
    after = edited(graph, {"scene": 1, "voice_script": "Our bread is slow."})
    assert after.scenes[0].overlays[0].text == "Our bread"


def test_card_of_an_amount_follows_the_line() -> None:
    script = "Never cold again. The mug was $49, now it is $39. It lasts."
    graph = plan(JobRequest(script=script), (), preset("product_hero"))
    scene = next(scene for scene in graph.scenes if "$39" in scene.voice_script)
    after = edited(graph, {"scene": scene.id, "voice_script": "The mug is now only $29."}).scene(scene.id)
    assert [(overlay.text, overlay.was) for overlay in after.overlays if overlay.style == "amount"] == [("$29", "")]
    without = edited(graph, {"scene": scene.id, "voice_script": "The mug is warm."}).scene(scene.id)
    assert [overlay for overlay in without.overlays if overlay.style == "amount"] == []


def test_key_words_can_be_chosen_and_left_to_the_planner_again() -> None:
    chosen = edited(planned_film(), {"scene": 1, "key_words": ["time"]})
    assert chosen.scenes[0].key_words == ("time",)
    assert edited(chosen, {"scene": 1, "key_words": None}) == planned_film()


# -- lengths ---------------------------------------------------------------------------------------------------------


def has_length_of_words(graph: SceneGraph, index: int) -> bool:
    return requested_ms(graph, preset(graph.preset_id))[index] == 0


@pytest.mark.parametrize("words", ["Cake.", films.text(40)])
def test_scene_as_long_as_its_words_gets_the_length_of_the_new_words(words: str) -> None:
    graph = planned_film()
    assert has_length_of_words(graph, 1)
    after = edited(graph, {"scene": 2, "voice_script": words})
    assert has_length_of_words(after, 1) and after.scenes[1].duration_ms != graph.scenes[1].duration_ms


def test_scene_with_a_longer_duration_keeps_it() -> None:
    graph = edited(planned_film(), {"scene": 2, "duration_ms": 20_000})
    assert not has_length_of_words(graph, 1)
    assert edited(graph, {"scene": 2, "voice_script": "Cake."}).scenes[1].duration_ms == 20_000


def test_duration_in_the_same_edit_as_the_words_is_used() -> None:
    after = edited(planned_film(), {"scene": 2, "voice_script": "Cake.", "duration_ms": 9000})
    assert after.scenes[1].duration_ms == 9000


def test_faster_voice_makes_shorter_scenes() -> None:
    graph = planned_film()
    after = edited(graph, {"film": {"voice": {"speed": 1.5}}})
    assert all(has_length_of_words(after, index) for index in range(3))
    assert all(b.duration_ms < a.duration_ms for a, b in zip(graph.scenes, after.scenes, strict=True))


# -- media -----------------------------------------------------------------------------------------------------------


def edited_media(change: dict[str, Any], media: Media = MEDIA[1]) -> Media:
    return edited(film(films.silent(2000, media=media)), {"scene": 1, **change}).scenes[0].media


def test_new_file_resets_focus_and_start() -> None:
    before = Media("video", "v1", "crop", Focus(0.1, 0.1), 500)
    assert edited_media({"media": {"asset": "a2", "kind": "image"}}, before) == Media("image", "a2", "crop")
    other_video = edited_media({"media": {"asset": "v2", "start_ms": 9}, "focus": {"x": 1, "y": 0}}, before)
    assert other_video == Media("video", "v2", "crop", Focus(1, 0), 9)


def test_new_file_sounds_like_the_film_unless_the_edit_says_otherwise() -> None:
    before = Media("video", "v1", sound="mute")
    assert edited_media({"media": {"asset": "v2"}}, before).sound is None
    assert edited_media({"media": {"asset": "v2", "sound": "keep"}}, before).sound == "keep"
    assert edited_media({"media": {"start_ms": 9}}, before).sound == "mute"


def test_exposure_is_set_and_is_not_that_of_a_new_file() -> None:
    before = Media("image", "a", exposure=0.5, contrast=1.5)
    assert edited_media({"media": {"exposure": -1}}, before) == replace(before, exposure=-1)
    assert edited_media({"media": {"exposure": None, "contrast": None}}, before) == Media("image", "a")
    assert edited_media({"media": {"asset": "b"}}, before) == Media("image", "b")


def test_sound_of_clips_is_a_setting_of_the_film() -> None:
    graph = edited(film(films.silent(2000)), {"film": {"clip_sound": "mute"}})
    assert graph.global_audio.clip_sound == "mute"


@pytest.mark.parametrize("effects", [True, False, None])
def test_sound_effects_are_a_setting_of_the_film(effects: bool | None) -> None:
    before = film(films.silent(2000))
    before = replace(before, global_audio=replace(before.global_audio, effects=effects is False))
    assert edited(before, {"film": {"effects": effects}}).global_audio.effects is effects


def test_focal_point_is_set_and_removed() -> None:
    assert edited_media({"focus": {"x": 0.2, "y": 0.3}}).focus == Focus(0.2, 0.3)
    assert edited_media({"focus": None}, replace(MEDIA[0], focus=Focus(0.2, 0.3))).focus is None


@pytest.mark.parametrize("change", [{"kind": "colour"}, {"asset": None}, {"kind": "colour", "colours": ["#ABCDEF"]}])
def test_scene_without_its_file_becomes_a_background(change: dict[str, Any]) -> None:
    media = edited_media({"media": change}, MEDIA[0])
    assert (media.kind, media.asset, list(media.colours)) == ("colour", None, change.get("colours", []))


@pytest.mark.parametrize(
    ("media", "change", "field"),
    [
        (MEDIA[0], {"colours": ["#000000"]}, "colours"),
        (MEDIA[0], {"start_ms": 4}, "start_ms"),
        (MEDIA[0], {"kind": "video"}, "asset"),
        (MEDIA[2], {"kind": "video"}, "asset"),
    ],
)
def test_media_change_without_effect_is_rejected(media: Media, change: dict[str, Any], field: str) -> None:
    graph = film(films.silent(2000, media=media))
    assert rejection(graph, {"scene": 1, "media": change}).field == f"changes.0.media.{field}"


def test_new_take_increments_the_take() -> None:
    after = edited(planned_film(), {"scene": 2, "take": "new"}, {"scene": 2, "take": "new"})
    assert [scene.take for scene in after.scenes] == [1, 3, 1]


def test_take_of_a_number_is_chosen() -> None:
    taken = edited(planned_film(), {"scene": 2, "take": 4})
    assert [scene.take for scene in taken.scenes] == [1, 4, 1]
    assert edited(taken, {"scene": 2, "take": 1}) == planned_film()


def test_engine_of_a_scene_is_set_with_its_model() -> None:
    after = edited(planned_film(), {"scene": 2, "engine": "runway:gen4_turbo"})
    assert [scene.engine for scene in after.scenes] == [None, "runway:gen4_turbo", None]


def test_transition_without_a_duration_gets_that_of_the_preset() -> None:
    graph = film(films.silent(3000), films.silent(3000))
    blur = edited(graph, {"scene": 2, "transition": {"kind": "blur"}}).scenes[1].transition
    assert blur == Transition("blur", preset("clean_bold").transition.duration_ms)
    cut = edited(film(films.silent(3000), films.silent(3000, "fade", 700)), {"scene": 2, "transition": {"kind": "cut"}})
    assert cut.scenes[1].transition == Transition()


# -- film ------------------------------------------------------------------------------------------------------------


def test_music_loudness_and_voice_are_changed() -> None:
    graph = planned_film()
    seed = graph.global_audio.music.seed
    voiced = replace(graph, global_audio=replace(graph.global_audio, voice=VoiceChoice("hibari", "amy")))
    audio = edited(
        voiced, {"film": {"music": "none", "target_lufs": -16, "voice": {"provider": "espeak"}}}
    ).global_audio
    assert (audio.music, audio.target_lufs, audio.voice) == (MusicChoice("none", seed=seed), -16, VoiceChoice("espeak"))
    faster = edited(voiced, {"film": {"voice": {"provider": "hibari", "speed": 1.5}}}).global_audio.voice
    assert faster == VoiceChoice("hibari", "amy", speed=1.5)
    assert edited(graph, {"film": {"music": {"asset": "m1"}}}).global_audio.music == MusicChoice(
        "asset", asset="m1", seed=seed
    )


def test_cuts_of_a_preset_with_cuts_only_become_transitions_at_every_nth_change() -> None:
    graph = replace(film(*(films.silent(3000) for _ in range(13))), preset_id="minimal_mono")
    kinds = [scene.transition.kind for scene in edited(graph, {"film": {"preset_id": "pop_meme"}}).scenes]
    assert [index for index, kind in enumerate(kinds) if kind != "cut"] == [4, 8, 12]
    assert "push_card" not in kinds


def test_edited_match_cut_has_no_duration() -> None:
    graph = edited(
        film(films.silent(3000), films.silent(3000, "fade", 700)), {"scene": 2, "transition": {"kind": "match_cut"}}
    )
    assert graph.scenes[1].transition == Transition("match_cut")


@pytest.mark.parametrize("preset_id", [other.id for other in presets() if other.id != "clean_bold"])
def test_choices_of_the_old_preset_are_replaced(preset_id: str) -> None:
    graph = planned_film()
    after, new = edited(graph, {"film": {"preset_id": preset_id}}), preset(preset_id)
    assert after.preset_id == preset_id
    assert {scene.transition.kind for scene in after.scenes[1:]} <= {"cut", *new.transition.kinds}
    assert {colour for scene in after.scenes for colour in scene.media.colours} <= set(new.palette)
    assert all(has_length_of_words(after, index) for index, scene in enumerate(after.scenes) if scene.voice_script)
    assert all(
        o.position != new.captions.position
        for scene in after.scenes
        for o in scene.overlays
        if o.kind == "text" and scene.voice_script
    )


def test_choices_of_the_user_stay_with_another_preset() -> None:
    own = films.silent(3000, "circle_open", 900, media=Media("colour", colours=("#ABCDEF",)))
    graph = film(films.silent(3000, media=MEDIA[0]), own)
    after = edited(graph, {"film": {"preset_id": "neon_night"}})
    assert after.scenes == graph.scenes


def test_new_file_of_words_without_a_picture_fills_the_frame() -> None:
    graph = plan(JobRequest(script=LINES), (), preset("clean_bold"))
    assert {scene.layout for scene in graph.scenes if scene.voice_script} == {"text_card", "icon_card"}
    after = edited(graph, {"scene": 1, "media": {"kind": "video", "asset": "ast_" + "a" * 26}})
    assert after.scenes[0].layout is None
    assert any(overlay.kind == "emoji" for overlay in graph.scenes[0].overlays)
    assert not any(overlay.kind == "emoji" for overlay in after.scenes[0].overlays)


def test_layout_with_fewer_panels_keeps_the_first_pictures() -> None:
    scene = replace(planned_film().scenes[0], media=Media("image", "a"), layout="grid_three")
    scene = replace(scene, pictures=(Media("image", "b"), Media("image", "c")))
    graph = film(scene, films.silent(2000))
    after = edited(graph, {"scene": 1, "layout": "stack_two"}).scenes[0]
    assert (after.layout, [media.asset for media in after.pictures]) == ("stack_two", ["b"])
    with pytest.raises(BadRequest, match="grid_four shows 4"):
        edited(graph, {"scene": 1, "layout": "grid_four"})
