"""How much the view of a picture changes from one shot to the next."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.planning.camera.repeats import Seen, change_between, pictures_of, smallest_change, views_at
from schemas.clip import TEMPLATE, CameraShot, Clip, Motion, Panel, Window
from schemas.layout import WHOLE_FRAME
from schemas.region import Region
from schemas.scene_graph import Media, Scene
from schemas.segment import ClipRange

UPRIGHT = 9 / 16
CARD = Region(0.05, 0.1, 0.9, 0.4)
WHOLE = Region(0.0, 0.0, 1.0, 1.0)
RESTING = Motion("still", Window(0.5, 0.5, 1.0), Window(0.5, 0.5, 1.0))


def seen(left: float, top: float, size: float, area: Region = WHOLE_FRAME) -> Seen:
    return Seen(Region(left, top, size, size), area)


def test_closer_view_changes_by_how_much_closer_it_is_in_both_directions() -> None:
    wide, close = seen(0.0, 0.0, 1.0), seen(0.1, 0.1, 0.8)
    assert wide.change_to(close) == close.change_to(wide) == 0.25
    assert wide.change_to(wide) == 0


def test_another_part_of_the_picture_changes_by_its_distance() -> None:
    assert seen(0.0, 0.0, 0.5).change_to(seen(0.2, 0.0, 0.5)) == 0.4
    assert seen(0.0, 0.0, 0.5).change_to(seen(0.3, 0.4, 0.5)) == 1


def test_picture_that_only_moves_in_the_frame_does_not_change() -> None:
    lower = Region(CARD.left, 0.5, CARD.width, CARD.height)
    assert seen(0.0, 0.0, 1.0, CARD).change_to(seen(0.0, 0.0, 1.0, lower)) == 0


def test_picture_that_becomes_smaller_with_its_card_changes() -> None:
    small = Region(0.3, 0.1, 0.45, 0.2)
    assert seen(0.0, 0.0, 1.0, CARD).change_to(seen(0.0, 0.0, 1.0, small)) == 1


def test_views_of_other_pictures_have_no_change() -> None:
    view = seen(0.0, 0.0, 1.0)
    assert change_between({"a": view}, {"b": view}) is None
    assert change_between({"a": view}, {"a": view, "b": view}) is None
    assert change_between({}, {}) is None


def test_of_several_pictures_the_one_that_changes_most_counts() -> None:
    wide, close = seen(0.0, 0.0, 1.0), seen(0.1, 0.1, 0.8)
    assert change_between({"a": wide, "b": wide}, {"a": wide, "b": close}) == 0.25


def still(**facts) -> Clip:
    return replace(Clip(1, "still", "k", "i", "local", RESTING, aspect=UPRIGHT, part=WHOLE), **facts)


def view(clip: Clip, *assets: str, frame: int = 0, shots: tuple[CameraShot, ...] = ()) -> dict[str, Seen]:
    return dict(views_at(ClipRange(clip, 0, 60, 60, shots=shots), frame, assets or ("a",), UPRIGHT))


def test_part_of_a_picture_is_seen_through_its_plate() -> None:
    half = replace(RESTING, start=Window(0.5, 0.5, 0.5), end=Window(0.5, 0.5, 0.5))
    shown = view(still(motion=half, part=Region(0.4, 0.0, 0.6, 1.0)))["a"]
    assert shown.area == WHOLE_FRAME
    part = shown.part
    assert (part.left, part.top, part.width, part.height) == pytest.approx((0.55, 0.25, 0.3, 0.5))


def test_whole_picture_is_seen_beyond_its_edges() -> None:
    shown = view(still(part=None, picture=Region(0.0, 0.25, 1.0, 0.5)))["a"]
    assert shown.part == Region(0.0, -0.5, 1.0, 2.0)


def test_panels_show_their_pictures_in_their_areas() -> None:
    panels = tuple(Panel(area, "p", RESTING, aspect=1.0, part=WHOLE) for area in (CARD, Region(0.0, 0.5, 1.0, 0.5)))
    shown = view(still(panels=panels), "a", "b")
    assert [shown[asset].area for asset in "ab"] == [panel.area for panel in panels]


def test_footage_without_shots_is_seen_as_a_whole() -> None:
    video = Clip(1, "video", "k", "i", "local", aspect=UPRIGHT, fit="crop")
    assert view(video)["a"].part == WHOLE


@pytest.mark.parametrize("facts", [{"part": None}, {"aspect": None}, {"engine": TEMPLATE}, {"views": (RESTING,)}])
def test_nothing_is_known_of_a_clip_without_its_facts_or_without_a_picture(facts) -> None:
    assert view(still(**facts)) == {}


def test_smallest_change_is_that_of_the_cuts_inside_a_scene() -> None:
    close = Window(0.5, 0.5, 0.5)
    shots = (CameraShot(0, RESTING), CameraShot(20, Motion("still", close, close)))
    assert smallest_change(ClipRange(still(), 0, 60, 60, shots=shots), ("a",), UPRIGHT) == 1
    assert smallest_change(ClipRange(still(), 0, 60, 60), ("a",), UPRIGHT) == float("inf")


def test_scene_with_a_generated_picture_has_no_pictures() -> None:
    assert pictures_of(Scene(1, media=Media("image", "a"), pictures=(Media("image", "b"),))) == ("a", "b")
    assert pictures_of(Scene(1, media=Media("image", "a"), pictures=(Media("image"),))) == ()
