"""``media_order`` of a request: when pictures are matched to lines, when they keep their order, and why."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.editing.apply import apply_changes
from app.planning.scenes.planner import plan
from presets.library import preset
from schemas.asset import Asset
from schemas.brand import Brand
from schemas.edit import MediaEdit, SceneEdit
from schemas.job import JobRequest
from schemas.preset import Pacing, Preset
from schemas.region import Region
from schemas.scene_graph import Media, Scene, SceneGraphSchema, rendered_part
from schemas.subjects import Subjects

PLAIN = Preset("clean_bold", "Clean", "For tests.", pacing=Pacing(hook=False))
LINES = (
    "The rocket stood on the pad for nine days.",
    "One astronaut had waited half her life for this.",
    "Tonight she will see the Moon from close enough.",
    "Beyond it ten thousand galaxies are waiting.",
)
SCRIPT = " ".join(LINES)
MOST_IN_A_ROW = 3
TELLING = ("rocket.jpg", "astronaut.png", "moon.png", "galaxies.jpg")


def picture(name, kind="image", length_ms=None):
    return Asset(name, kind, f"assets/{name}", "0" * 64, 1, "image/jpeg", name, length_ms=length_ms)


def film(names, media_order=None, script=SCRIPT, **more):
    media = [name if isinstance(name, Asset) else picture(name) for name in names]
    return plan(JobRequest(script=script, media_order=media_order), media, PLAIN, **more)


def shown(graph):
    return [scene.media.asset for scene in graph.scenes if scene.role != "closing"]


def reasons(graph):
    return [media.reason for scene in graph.scenes for media in scene.all_media]


@given(st.permutations(TELLING), st.sampled_from([None, "story"]))
@settings(max_examples=24, deadline=None)
def test_telling_names_are_matched_in_any_order(names, media_order):
    assert shown(film(names, media_order)) == list(TELLING)


@given(st.permutations(TELLING))
@settings(max_examples=24, deadline=None)
def test_media_order_given_keeps_any_order(names):
    graph = film(names, "given")
    assert shown(graph) == list(names)
    assert not any(reasons(graph))


@pytest.mark.parametrize(
    "names",
    [
        ("IMG_0004.JPG", "IMG_0001.JPG", "IMG_0003.JPG", "IMG_0002.JPG"),
        ("WhatsApp Image 2024-05-12 at 18.42.33.jpeg", "DSC00012.jpg", "P1020304.JPG", "1.jpg"),
        ("1-moon.png", "2-rocket.jpg", "3-galaxies.jpg", "4-astronaut.png"),
        ("01.jpg", "02.jpg", "03.jpg", "04.jpg"),
        ("portrait.jpg", "sofa.jpg", "lamp.jpg", "table.jpg"),
    ],
)
def test_names_that_do_not_tell_keep_their_order(names):
    graph = film(names)
    assert shown(graph) == list(names)
    assert not any(reasons(graph))


def test_one_name_tells_and_the_other_pictures_keep_their_order():
    assert shown(film(("moon.png", "sofa.jpg", "lamp.jpg", "IMG_0001.JPG"))) == [
        "sofa.jpg",
        "lamp.jpg",
        "moon.png",
        "IMG_0001.JPG",
    ]


def test_descriptions_of_pictures_count_like_their_names():
    described = [
        replace(picture("IMG_1.JPG"), description="The moon over the sea"),
        replace(picture("IMG_2.JPG"), description="Launch of a rocket"),
    ]
    graph = film(described)
    assert shown(graph)[:3:2] == ["IMG_2.JPG", "IMG_1.JPG"]
    assert graph.scenes[0].media.reason == 'its description has "rocket" of the line'


def test_story_ignores_numbers_of_names():
    names = ("1-moon.png", "2-rocket.jpg", "3-galaxies.jpg", "4-astronaut.png")
    assert shown(film(names, "story")) == ["2-rocket.jpg", "4-astronaut.png", "1-moon.png", "3-galaxies.jpg"]


def test_pictures_without_words_keep_their_order_and_fill_the_rest():
    assert shown(film(("IMG_2.JPG", "moon.png", "IMG_1.JPG", "rocket.jpg"))) == [
        "rocket.jpg",
        "IMG_2.JPG",
        "moon.png",
        "IMG_1.JPG",
    ]


@given(st.lists(st.sampled_from([*TELLING, "IMG_1.JPG", "IMG_2.JPG", "cat.jpg"]), min_size=2, unique=True))
@settings(max_examples=30, deadline=None)
def test_no_picture_is_missing_and_none_is_shown_in_many_scenes_in_a_row(names):
    graph = film(names, "story")
    assert max(len([*run]) for _, run in groupby(shown(graph))) <= MOST_IN_A_ROW
    assert {media.asset for scene in graph.scenes for media in scene.all_media} == set(names)


def test_each_scene_says_why_it_shows_its_picture():
    graph = film(("IMG_2.JPG", "IMG_1.JPG", "moon.png", "rocket.jpg"), "story")
    assert reasons(graph) == [
        'its name has "rocket" of the line',
        "in the order given: no line has a word of its name",
        'its name has "moon" of the line',
        "in the order given: no line has a word of its name",
    ]
    assert SceneGraphSchema.read(SceneGraphSchema.plain(graph)) == graph


def test_reason_is_no_part_of_what_is_rendered():
    with_reason = Scene(1, media=Media("image", "a", reason="r"), pictures=(Media("image", "b", reason="s"),))
    assert rendered_part(with_reason) == rendered_part(
        Scene(1, media=Media("image", "a"), pictures=(Media("image", "b"),))
    )


def test_first_scene_shows_the_strongest_picture_if_its_line_names_none():
    script = "You have never seen this. " + " ".join(LINES[:2])
    names = ("a.jpg", "rocket.jpg", "astronaut.png", "b.jpg")
    face = Subjects(faces=(Region(0.3, 0.2, 0.3, 0.3),))
    speck = Subjects(subject=Region(0.4, 0.4, 0.1, 0.1))
    seen = {"a.jpg": speck, "b.jpg": face, "rocket.jpg": face}
    graph = film(names, "story", script, subjects=seen)
    assert shown(graph)[0] == "b.jpg"
    assert graph.scenes[0].media.reason == "the strongest picture first: the first line names none"


def test_rest_of_a_line_longer_than_its_clip_shows_another_picture():
    clip = picture("rocket.mp4", "video", 1500)
    script = "The rocket stood on the pad for nine days, and on the tenth morning the wind fell asleep. " + SCRIPT[43:]
    graph = film((picture("moon.png"), clip, picture("astronaut.png")), "story", script)
    names = shown(graph)
    assert names[0] == "rocket.mp4"
    assert names[1] not in {names[0], names[2]}
    lines = {scene.media.asset: scene.voice_script for scene in graph.scenes if scene.media.reason.startswith("its")}
    assert "Moon" in lines["moon.png"]
    assert "astronaut" in lines["astronaut.png"]


def test_scenes_of_several_pictures_have_those_of_their_line():
    names = ("moon-1.png", "rocket-1.jpg", "moon-2.png", "rocket-2.jpg")
    script = (
        "The rocket stood on the pad for nine long days while everybody waited for the wind to fall. "
        "Then the moon rose above the sea, as round and as bright as a coin that somebody has polished."
    )
    graph = plan(
        JobRequest(script=script, media_order="story"), [picture(name) for name in names], preset("clean_bold")
    )
    for word in ("rocket", "moon"):
        scenes = [scene for scene in graph.scenes if word in scene.voice_script]
        assert all(word in (media.asset or "") for scene in scenes for media in scene.all_media)


def test_media_of_a_film_without_words_keep_their_order():
    media = [picture(name) for name in TELLING]
    graph = plan(JobRequest(title="Moon and rocket", media_order="story"), media, PLAIN)
    assert shown(graph) == list(TELLING)


def test_edit_of_a_word_moves_no_picture():
    graph = film(tuple(reversed(TELLING)))
    edited = apply_changes(graph, [SceneEdit(scene=2, voice_script="One cat saw the rocket and the Moon.")])
    assert shown(edited) == shown(graph)
    assert reasons(edited) == reasons(graph)


def test_new_picture_of_a_scene_has_no_reason():
    graph = film(TELLING)
    edited = apply_changes(graph, [SceneEdit(scene=1, media=MediaEdit(kind="image", asset="other"))])
    assert edited.scenes[0].media.reason == ""


def test_closing_of_a_matched_film_shows_its_first_picture():
    closed = replace(PLAIN, pacing=Pacing(hook=False, closing=True))
    graph = plan(JobRequest(script=SCRIPT), [picture(name) for name in reversed(TELLING)], closed)
    assert [graph.scenes[0].media.asset, graph.scenes[-1].media.asset] == ["rocket.jpg", "rocket.jpg"]


def test_closing_of_a_matched_film_shows_its_brand():
    closed = replace(PLAIN, pacing=Pacing(hook=False, closing=True))
    request = JobRequest(script=SCRIPT, brand=Brand("@acme"))
    graph = plan(request, [picture(name) for name in reversed(TELLING)], closed)
    assert "@acme" in [overlay.text for overlay in graph.scenes[-1].overlays]


@pytest.mark.parametrize(
    ("script", "closing", "reason"),
    [
        ("Nobody waits here. " + SCRIPT + " Follow the astronaut.", "astronaut.png", 'its name has "astronaut" of'),
        (SCRIPT + " Follow for more.", "rocket.jpg", 'its name has "rocket" of'),
        ("Nobody waits here. " + SCRIPT + " Follow for more.", "cat.jpg", "the first picture of the film"),
    ],
)
def test_closing_shows_the_picture_of_its_words_or_of_the_title_or_the_first_one(script, closing, reason):
    closed = replace(PLAIN, pacing=Pacing(hook=False, closing=True))
    graph = plan(JobRequest(script=script), [picture(name) for name in (*reversed(TELLING), "cat.jpg")], closed)
    assert graph.scenes[-1].media.asset == closing
    assert graph.scenes[-1].media.reason.startswith(reason)
