"""The camera's ways."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.stills.camera import View, chosen, motion
from schemas.preset import MOTIONS
from schemas.scene_graph import Focus

share = st.floats(0, 1)
views = st.builds(
    View,
    width=st.floats(20, 12_000),
    height=st.floats(20, 12_000),
    aspect=st.sampled_from([9 / 16, 16 / 9, 1.0, 0.8]),
    focus=st.builds(Focus, x=share, y=share),
)
ways = st.tuples(st.sampled_from(MOTIONS), views, st.floats(1, 1.6), st.floats(0.2, 60), st.integers(0, 9))


def edges(view, window):
    wide, tall = window.width / 2, view.tall(window.width) / 2
    return window.x - wide, window.y - tall, window.x + wide, window.y + tall


@settings(max_examples=150, deadline=None)
@given(ways, share)
def test_every_window_on_the_way_lies_in_the_picture(way, at):
    left, top, right, bottom = edges(way[1], motion(*way).at(at))
    assert min(left, top) >= -1e-6
    assert max(right, bottom) <= 1 + 1e-6


@settings(max_examples=150, deadline=None)
@given(ways, share)
def test_the_focus_is_in_every_window_on_the_way(way, at):
    focus = way[1].focus
    left, top, right, bottom = edges(way[1], motion(*way).at(at))
    assert left - 1e-6 <= focus.x <= right + 1e-6
    assert top - 1e-6 <= focus.y <= bottom + 1e-6


@settings(max_examples=80, deadline=None)
@given(ways)
def test_the_camera_never_goes_closer_than_it_may(way):
    view, zoom = way[1], way[2]
    made = motion(*way)
    assert min(made.start.width, made.end.width) >= view.widest / zoom - 1e-9
    assert max(made.start.width, made.end.width) <= view.widest + 1e-9


@settings(max_examples=80, deadline=None)
@given(ways)
def test_a_motion_moves_unless_it_says_that_it_is_still(way):
    made = motion(*way)
    assert (made.start == made.end) == (made.kind == "still")


@settings(max_examples=80, deadline=None)
@given(ways)
def test_a_pan_is_never_hurried(way):
    view, seconds = way[1], way[3]
    made = motion(*way)
    if made.kind.startswith(("pan", "tilt")):
        across = abs(made.end.x - made.start.x) / made.start.width
        down = abs(made.end.y - made.start.y) / view.tall(made.start.width)
        assert max(across, down) <= 0.13 * seconds + 1e-6


PHOTO = View(900, 1600, 9 / 16, Focus(0.5, 0.4))
WIDE = View(3000, 1000, 9 / 16, Focus(0.5, 0.5))


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("push_in", lambda a, b: b.width < a.width),
        ("pull_out", lambda a, b: b.width > a.width),
        ("pan_left", lambda a, b: b.x < a.x and b.width == a.width),
        ("pan_right", lambda a, b: b.x > a.x and b.width == a.width),
        ("tilt_up", lambda a, b: b.y < a.y and b.width == a.width),
        ("tilt_down", lambda a, b: b.y > a.y and b.width == a.width),
        ("drift", lambda a, b: b.x != a.x and b.y != a.y and b.width < a.width),
        ("still", lambda a, b: a == b),
    ],
)
def test_each_kind_does_what_its_name_says(kind, changes):
    made = motion(kind, PHOTO, 1.2, 5, 0)
    assert made.kind == kind
    assert changes(made.start, made.end)


def test_a_wide_picture_is_panned_without_cutting_from_its_height():
    made = motion("pan_right", WIDE, 1.2, 6, 0)
    assert WIDE.tall(made.start.width) == pytest.approx(1)


def test_drifts_go_different_ways():
    middle = View(900, 1600, 9 / 16, Focus())
    assert len({motion("drift", middle, 1.2, 5, turn).start for turn in range(4)}) == 4


@pytest.mark.parametrize("kind", ["push_in", "pan_left", "tilt_up", "drift"])
def test_without_zoom_and_room_the_camera_rests(kind):
    assert motion(kind, PHOTO, 1.0, 5, 0).kind == "still"


def test_a_pan_with_nowhere_to_go_becomes_a_push():
    assert motion("pan_left", View(900, 1600, 9 / 16, Focus(0, 0)), 1.02, 5, 0).kind == "push_in"


ALL = ("push_in", "pull_out", "pan_left", "pan_right", "tilt_up", "tilt_down")


def test_a_wide_picture_is_panned_and_a_tall_one_tilted():
    assert chosen(WIDE, ALL, 0) in ("pan_left", "pan_right")
    assert chosen(View(400, 3000, 1.0, Focus()), ALL, 0) in ("tilt_up", "tilt_down")


def test_an_off_centre_subject_is_pushed_in_to():
    assert chosen(View(900, 1600, 9 / 16, Focus(0.8, 0.5)), ALL, 3) == "push_in"


def test_the_preset_says_what_is_allowed():
    assert chosen(PHOTO, ("tilt_up",), 5) == "tilt_up"
    assert chosen(View(1700, 1000, 1.0, Focus()), ("push_in",), 5) == "push_in"


def test_a_panorama_is_panned_even_where_the_preset_only_pushes():
    assert chosen(View(6000, 800, 9 / 16, Focus()), ("push_in",), 0).startswith("pan")


def test_a_still_look_keeps_even_a_panorama_still():
    assert chosen(View(6000, 800, 9 / 16, Focus()), ("still",), 0) == "still"


def test_neighbouring_scenes_move_differently():
    kinds = [chosen(PHOTO, ALL, turn) for turn in range(6)]
    assert sorted(kinds) == sorted(ALL)
