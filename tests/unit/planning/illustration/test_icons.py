"""The icons of a film: which scenes have them, and never the same one twice in a row."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.planning.illustration.icons import film_icon, icon_overlays, with_icons, with_icons_of
from app.planning.scenes.planner import plan
from presets.library import preset
from schemas.job import JobRequest
from schemas.scene_graph import Media, Overlay, Scene

LINES = (
    "The coffee is hot.",
    "Coffee again.",
    "A dog and, far away, a cat.",
    "Nothing here.",
    "The dog drinks coffee.",
)


def icons_of(scenes) -> list[str]:
    return [overlay.text for scene in scenes for overlay in scene.overlays if overlay.kind == "emoji"]


@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=12))
def test_no_icon_comes_twice_in_a_row(lines: list[str]) -> None:
    shown = icons_of(with_icons([Scene(1, voice_script=line) for line in lines], "en"))
    assert all(before != after for before, after in pairwise(shown))


def test_icons_that_the_film_has_shown_come_after_new_ones() -> None:
    assert [icon.text for icon in icon_overlays("The dog drinks coffee.", "en", ["☕", "🏠"])] == ["🐶"]
    assert [icon.text for icon in icon_overlays("The coffee is ready.", "en", ["☕", "🏠"])] == ["☕"]
    assert icon_overlays("The coffee is ready.", "en", ["🏠", "☕"]) == ()


def test_icon_appears_with_its_own_word_and_not_with_the_same_letters_before() -> None:
    (icon,) = icon_overlays("Elephantine rooms scared the ant there.", "en")
    assert (icon.text, icon.at) == ("🐜", "ant there")


def test_pictures_quotations_and_silent_scenes_have_no_icons() -> None:
    line = "The dog drinks coffee."
    scenes = [
        Scene(1, voice_script=line, media=Media("image", "a")),
        Scene(2, voice_script=line, attribution="Seneca"),
        Scene(3),
    ]
    assert icons_of(with_icons(scenes, "en")) == []


def test_film_icon_is_the_first_that_is_not_shown_last() -> None:
    scenes = with_icons([Scene(1, voice_script="The dog sleeps."), Scene(2, voice_script="A house.")], "en")
    assert film_icon(scenes) == "🐶"
    assert film_icon([Scene(1)]) is None


def test_icons_follow_changed_words_and_own_icons_stay() -> None:
    own = Overlay("emoji", "🚀", at="now")
    overlays = (own, *icon_overlays("The dog sleeps.", "en"))
    changed = with_icons_of(overlays, "The dog sleeps.", "The cat is awake.", "en")
    assert [overlay.text for overlay in changed] == ["🚀", "🐱"]
    assert with_icons_of((own,), "The dog sleeps.", "The cat.", "en") == (own,)


def test_plan_gives_scenes_with_icons_their_own_layout_and_the_closing_the_emoji_of_the_film() -> None:
    request = JobRequest(script="Bread is very old. Nothing else is. Every house has a baker now. Eat more of it.")
    look = preset("product_hero")
    scenes = plan(request, [], replace(look, pacing=replace(look.pacing, max_scene_ms=2500))).scenes
    for scene in scenes[:-1]:
        assert scene.layout == ("icon_card" if icons_of([scene]) else "text_card")
    assert scenes[-1].role == "closing" and scenes[-1].layout == "closing_card"
    assert icons_of(scenes[-1:]) == ["🍞"]


def test_film_without_captions_has_no_icons() -> None:
    assert icons_of(plan(JobRequest(script="Bread is old.", captions=False), [], preset("clean_bold")).scenes) == []
