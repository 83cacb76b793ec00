"""The choice of layouts, and the groups of pictures that scenes show."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import BadRequest
from app.planning.scenes.layouts import check_pictures, choose_layout, group_pictures, group_sizes, keeps_subject
from presets.library import preset
from schemas.asset import Asset
from schemas.region import Region
from schemas.scene_graph import Focus, ListItem, Media, Overlay, Scene
from schemas.subjects import Subjects

PRESET = replace(preset("documentary"), layouts=("full", "card", "card_wide", "stack_two", "grid_three", "grid_four"))
LANDSCAPE = Asset("a1", "image", "assets/a1", "0" * 64, 1, "image/png", width=1500, height=1000)
UPRIGHT = replace(LANDSCAPE, id="a2", width=1000, height=1500)
PLAIN = Scene(1)
VIDEO = replace(LANDSCAPE, id="v1", kind="video")
NARROW, WIDE = Region(0.45, 0.2, 0.1, 0.4), Region(0.1, 0.2, 0.8, 0.4)


def images(count: int) -> list[Asset]:
    return [replace(LANDSCAPE, id=f"i{index}") for index in range(count)]


def chosen(*group: Asset, subject: Region | None = None, scene: Scene = PLAIN, aspect: str = "9:16") -> str | None:
    subjects = {asset.id: Subjects((), subject, Focus()) for asset in group} if subject else {}
    return choose_layout(scene, group, PRESET, aspect, subjects)


def test_picture_whose_subject_fits_fills_the_frame() -> None:
    assert chosen(LANDSCAPE, subject=NARROW) == "full"
    assert chosen(UPRIGHT, subject=WIDE) == "full"
    assert chosen(UPRIGHT, subject=Region(0.02, 0.3, 0.96, 0.4)) == "card"


def test_wide_subject_is_shown_in_a_wide_card() -> None:
    assert chosen(LANDSCAPE, subject=WIDE) == "card_wide"
    assert chosen(LANDSCAPE, subject=WIDE, aspect="16:9") == "full"


def test_subject_that_leaves_captions_no_place_is_shown_in_a_card() -> None:
    tall, low = Region(0.45, 0.15, 0.1, 0.75), Region(0.1, 0.5, 0.8, 0.45)
    assert chosen(LANDSCAPE, subject=tall) == "card"
    assert chosen(UPRIGHT, subject=low) == "full"
    assert chosen(LANDSCAPE, subject=low, aspect="16:9") == "card"


def test_subject_that_fills_the_frame_leaves_captions_its_lower_third() -> None:
    assert chosen(replace(UPRIGHT, height=1778), subject=Region(0.05, 0.05, 0.9, 0.75)) == "full"


def headline(text: str) -> Overlay:
    return Overlay(text=text, style="headline")


def test_scene_with_a_headline_has_a_layout_with_a_place_for_it() -> None:
    scene = Scene(1, voice_script="The moon rises. It is late.", overlays=(headline("The moon rises"),))
    alone = replace(scene, voice_script="The moon rises.")
    assert chosen(LANDSCAPE, subject=WIDE, scene=scene) == "card_titled"
    assert chosen(LANDSCAPE, subject=WIDE, scene=alone) == "poster"
    assert chosen(LANDSCAPE, subject=NARROW, scene=alone) == "full"
    assert chosen(*images(2), subject=NARROW, scene=alone) == "poster_two"
    assert chosen(*images(2), subject=NARROW, scene=scene) == "split_titled"


def test_scene_with_a_card_of_an_amount_has_a_place_for_it() -> None:
    scene = Scene(1, voice_script="It costs $20.", overlays=(Overlay(text="$20", style="amount", at="$20"),))
    assert chosen(LANDSCAPE, subject=WIDE, scene=scene) == "card_titled"


def test_several_pictures_have_the_layout_for_their_number() -> None:
    assert chosen(*images(2), subject=NARROW) == "stack_two"
    assert chosen(*images(3), subject=NARROW) == "grid_three"
    assert chosen(*images(4), subject=NARROW) == "grid_four"


def test_board_has_a_layout_of_its_own() -> None:
    assert chosen(LANDSCAPE, subject=NARROW, scene=Scene(1, item=ListItem(2, 5))) == "full"
    for style in ("table", "code"):
        board = Scene(1, overlays=(Overlay(text="a | b", style=style),))
        assert chosen(LANDSCAPE, subject=WIDE, scene=board) == "board"
        assert chosen(scene=replace(board, voice_script="One.")) is None


def test_video_and_preset_without_layouts_have_none() -> None:
    assert chosen(VIDEO) is None
    assert choose_layout(Scene(1), (LANDSCAPE,), replace(PRESET, layouts=()), "9:16", {}) is None


def test_face_at_the_edge_of_the_crop_is_not_kept() -> None:
    face = Region(0.05, 0.3, 0.1, 0.15)
    assert keeps_subject(LANDSCAPE, 9 / 16, Subjects((face,), None))
    other = Region(0.8, 0.3, 0.1, 0.15)
    assert not keeps_subject(LANDSCAPE, 9 / 16, Subjects((face, other), None))
    assert keeps_subject(LANDSCAPE, 9 / 16, None)


@given(
    kinds=st.lists(st.sampled_from(["image", "image", "video"]), max_size=30),
    capacities=st.lists(st.integers(0, 6), max_size=12),
    sizes=st.sets(st.sampled_from([2, 3, 4])),
)
def test_groups_contain_every_picture_once_in_order(kinds, capacities, sizes) -> None:
    media = [replace(LANDSCAPE, id=f"m{index}", kind=kind) for index, kind in enumerate(kinds)]
    groups = group_pictures(media, capacities, {1, *sizes})
    assert [asset for group in groups for asset in group] == media
    for index, group in enumerate(groups):
        assert len(group) == 1 or (len(group) in sizes and all(asset.kind == "image" for asset in group))
        assert len(group) <= max(1, capacities[index] if index < len(capacities) else 1)


def test_pictures_are_spread_over_the_scenes() -> None:
    assert [len(group) for group in group_pictures(images(6), [4, 4, 4], group_sizes(PRESET))] == [2, 2, 2]
    assert [len(group) for group in group_pictures(images(3), [4, 4, 4], group_sizes(PRESET))] == [1, 1, 1]


@pytest.mark.parametrize(
    ("scene", "field"),
    [
        (Scene(1, layout="stack_two", media=Media("image", "a")), "scenes.0.pictures"),
        (Scene(1, pictures=(Media("image", "a"),)), "scenes.0.pictures"),
        (Scene(1, layout="card", media=Media("video", "v")), "scenes.0.layout"),
    ],
)
def test_layout_that_does_not_fit_its_pictures_is_refused(scene, field) -> None:
    with pytest.raises(BadRequest) as error:
        check_pictures(scene, "scenes.0")
    assert error.value.args[0] == field


def test_layout_with_its_pictures_is_accepted() -> None:
    check_pictures(Scene(1, layout="stack_two", media=Media("image", "a"), pictures=(Media("image", "b"),)), "x")
    check_pictures(Scene(1, layout="quote", media=Media("video", "v")), "x")


def test_picture_of_nearly_the_shape_of_the_frame_fills_it() -> None:
    tall = Region(0.2, 0.1, 0.5, 0.85)
    slim = replace(UPRIGHT, width=630, height=1000)
    assert chosen(slim, subject=tall) == "full"


@pytest.mark.parametrize("aspect", ["9:16", "16:9"])
def test_two_pictures_have_the_layout_that_fills_most_of_the_frame(aspect) -> None:
    pictures, small = images(2), Region(0.4, 0.35, 0.1, 0.2)
    subjects = {asset.id: Subjects((), small, Focus()) for asset in pictures}
    style = replace(PRESET, layouts=("split", "stack_two"))
    assert choose_layout(PLAIN, tuple(pictures), style, aspect, subjects) == "stack_two"
