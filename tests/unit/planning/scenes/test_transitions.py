"""Which changes of scene are cuts, match cuts or transitions, and of which kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.planning.scenes.beats import Pace
from app.planning.scenes.transitions import LONGEST_MOVE_MS, suitable_kinds, usual_ms, with_transitions
from presets.library import preset, presets
from schemas.preset import CUTS, TRANSITIONS, Preset, TransitionStyle
from schemas.region import Region
from schemas.scene_graph import Focus, Media, Scene
from schemas.subjects import Subjects

FACE = Subjects(faces=(Region(0.4, 0.2, 0.2, 0.2),), subject=Region(0.3, 0.1, 0.4, 0.8))
THING = Subjects(subject=Region(0.3, 0.3, 0.4, 0.4), focus=Focus())
ALL = Preset("all", "All", "All kinds.", transition=TransitionStyle(TRANSITIONS, 2000, 1))


def scene(asset: str | None, layout: str | None = "full", **more) -> Scene:
    media = Media("image", asset) if asset else Media()
    return Scene(1, duration_ms=3000, media=media, layout=layout, **more)


def kinds_of(scenes: Sequence[Scene], look: Preset, seed: int = 0, **subjects: Subjects) -> list[str]:
    changed = with_transitions(scenes, Pace(look.pacing, "en", 1.0), look, seed, subjects)
    return [each.transition.kind for each in changed]


def test_cards_alone_are_pushed_between_cards_and_nowhere_else() -> None:
    assert suitable_kinds(scene("a", "card"), scene("b", "card_wide"), ALL) == ("push_card",)
    for before, after in (("full", "card"), ("card", "full"), ("stack_two", "stack_two"), (None, None)):
        assert "push_card" not in suitable_kinds(scene("a", before), scene("b", after), ALL)


def test_pictures_are_mixed_only_if_their_edges_are_in_the_same_places() -> None:
    calm = replace(ALL, transition=TransitionStyle(("fade",), 500))
    assert suitable_kinds(scene("a", "card"), scene("b", "card"), calm) == ("fade",)
    assert suitable_kinds(scene("a", "full"), scene(None, "text_card"), calm) == ("fade",)
    assert suitable_kinds(scene("a", "card"), scene("b", "card_wide"), calm) == ()
    assert suitable_kinds(scene("a", "full"), scene("b", "card"), calm) == ()


def test_change_to_the_same_picture_is_a_cut() -> None:
    assert suitable_kinds(scene("a"), scene("a"), ALL) == ()
    assert kinds_of([scene("a"), scene("a"), scene("a")], ALL) == ["cut"] * 3


def test_change_that_suits_no_kind_hands_its_turn_to_the_next() -> None:
    look = replace(ALL, transition=TransitionStyle(("fade",), 500, 2))
    scenes = [scene(name, layout) for name, layout in (("a", "full"), ("b", "full"), ("c", "card"), ("d", "card"))]
    assert kinds_of(scenes, look) == ["cut", "cut", "cut", "fade"]


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (FACE, FACE, "match_cut"),
        (THING, THING, "match_cut"),
        (FACE, THING, "cut"),
        (THING, FACE, "cut"),
        (Subjects(), THING, "cut"),
        (THING, Subjects(subject=Region(0.45, 0.45, 0.1, 0.1)), "cut"),
        (Subjects(subject=Region(0.45, 0.45, 0.1, 0.1)), THING, "cut"),
    ],
)
def test_cut_between_similar_subjects_is_a_match_cut(before: Subjects, after: Subjects, kind: str) -> None:
    assert kinds_of([scene("a"), scene("b")], preset("documentary"), a=before, b=after) == ["cut", kind]


def test_subjects_that_match_are_not_mixed() -> None:
    scenes = [scene(name) for name in "abcdef"]
    same = dict.fromkeys("abcdef", THING)
    assert kinds_of(scenes, preset("documentary"), **same) == ["cut", *["match_cut"] * 5]
    assert kinds_of(scenes, preset("documentary"), **{**same, "e": FACE})[4:] == ["fade", "cut"]


def test_match_cut_needs_one_known_image_on_each_side_and_a_preset_that_has_it() -> None:
    look = preset("documentary")
    assert kinds_of([scene("a"), scene("b")], look, a=FACE) == ["cut", "cut"]
    assert kinds_of([scene("a"), scene("a")], look, a=FACE) == ["cut", "cut"]
    video = replace(scene("b"), media=Media("video", "b"))
    assert kinds_of([scene("a"), video], look, a=FACE, b=FACE) == ["cut", "cut"]
    several = replace(scene("b", "stack_two"), pictures=(Media("image", "c"),))
    assert kinds_of([scene("a"), several], look, a=FACE, b=FACE) == ["cut", "cut"]
    assert kinds_of([scene("a"), scene("b")], preset("pop_meme"), a=FACE, b=FACE) == ["cut", "cut"]


LAYOUTS = st.sampled_from(("full", "card", "card_wide", "stack_two", "text_card", None))
SCENES = st.lists(st.builds(scene, st.sampled_from("abcdef"), LAYOUTS), min_size=1, max_size=30)


@given(SCENES, st.sampled_from(presets()), st.integers(0, 50))
def test_at_least_seven_of_ten_changes_are_cuts_in_every_preset(scenes, look, seed) -> None:
    kinds = kinds_of(scenes, look, seed, a=FACE, b=FACE, c=THING, d=THING)
    assert kinds == kinds_of(scenes, look, seed, a=FACE, b=FACE, c=THING, d=THING)
    assert sum(kind not in CUTS for kind in kinds) <= 0.3 * max(0, len(kinds) - 1)
    assert set(kinds) <= {"cut", *look.transition.kinds}


@given(SCENES, st.sampled_from(presets()))
def test_cuts_have_no_length_and_moves_are_short(scenes, look) -> None:
    for each in with_transitions(scenes, Pace(look.pacing, "en", 1.0), look, 3):
        kind, length_ms = each.transition.kind, each.transition.duration_ms
        assert (length_ms == 0) == (kind in CUTS)
        assert length_ms <= LONGEST_MOVE_MS.get(kind, look.transition.duration_ms)


def test_calm_presets_have_no_whips() -> None:
    for look in presets():
        assert look.sound.effects_db is not None or not any(kind.startswith("whip") for kind in look.transition.kinds)


def test_length_of_a_move_is_limited_and_that_of_a_fade_is_the_preset_s() -> None:
    assert usual_ms("whip_up", ALL) == 267
    assert usual_ms("zoom_through", ALL) == 300
    assert usual_ms("push_card", ALL) == 400
    assert usual_ms("fade", ALL) == 2000
