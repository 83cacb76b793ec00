"""Motions of the camera over a picture."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.stills.camera import View, choose_motion, plan_motion
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
motion_args = st.tuples(st.sampled_from(MOTIONS), views, st.floats(1, 1.6), st.floats(0.2, 60), st.integers(0, 9))


def edges(view, window):
    half_width, half_height = window.width / 2, view.window_height(window.width) / 2
    return window.x - half_width, window.y - half_height, window.x + half_width, window.y + half_height


@settings(max_examples=150, deadline=None)
@given(motion_args, share)
def test_every_window_lies_inside_the_picture(args, at):
    left, top, right, bottom = edges(args[1], plan_motion(*args).window_at(at))
    assert min(left, top) >= -1e-6
    assert max(right, bottom) <= 1 + 1e-6


@settings(max_examples=150, deadline=None)
@given(motion_args, share)
def test_every_window_contains_the_focus(args, at):
    focus = args[1].focus
    left, top, right, bottom = edges(args[1], plan_motion(*args).window_at(at))
    assert left - 1e-6 <= focus.x <= right + 1e-6
    assert top - 1e-6 <= focus.y <= bottom + 1e-6


@settings(max_examples=80, deadline=None)
@given(motion_args)
def test_windows_stay_within_the_zoom_limit(args):
    view, zoom = args[1], args[2]
    motion = plan_motion(*args)
    assert min(motion.start.width, motion.end.width) >= view.max_width / zoom - 1e-9
    assert max(motion.start.width, motion.end.width) <= view.max_width + 1e-9


@settings(max_examples=80, deadline=None)
@given(motion_args)
def test_only_motions_of_kind_still_have_equal_ends(args):
    motion = plan_motion(*args)
    assert (motion.start == motion.end) == (motion.kind == "still")


@settings(max_examples=80, deadline=None)
@given(motion_args)
def test_pan_speed_is_limited(args):
    view, seconds = args[1], args[3]
    motion = plan_motion(*args)
    if motion.kind.startswith(("pan", "tilt")):
        across = abs(motion.end.x - motion.start.x) / motion.start.width
        down = abs(motion.end.y - motion.start.y) / view.window_height(motion.start.width)
        assert max(across, down) <= 0.13 * seconds + 1e-6


PORTRAIT = View(900, 1600, 9 / 16, Focus(0.5, 0.4))
WIDE = View(3000, 1000, 9 / 16, Focus(0.5, 0.5))


@pytest.mark.parametrize(
    ("kind", "is_expected"),
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
def test_each_kind_moves_in_its_direction(kind, is_expected):
    motion = plan_motion(kind, PORTRAIT, 1.2, 5, 0)
    assert motion.kind == kind
    assert is_expected(motion.start, motion.end)


def test_pan_over_a_wide_picture_shows_its_full_height():
    motion = plan_motion("pan_right", WIDE, 1.2, 6, 0)
    assert WIDE.window_height(motion.start.width) == pytest.approx(1)


def test_drifts_have_different_directions():
    middle = View(900, 1600, 9 / 16, Focus())
    assert len({plan_motion("drift", middle, 1.2, 5, turn).start for turn in range(4)}) == 4


@pytest.mark.parametrize("kind", ["push_in", "pan_left", "tilt_up", "drift"])
def test_motion_without_zoom_and_space_is_still(kind):
    assert plan_motion(kind, PORTRAIT, 1.0, 5, 0).kind == "still"


def test_pan_without_space_becomes_a_push_in():
    assert plan_motion("pan_left", View(900, 1600, 9 / 16, Focus(0, 0)), 1.02, 5, 0).kind == "push_in"


ALL = ("push_in", "pull_out", "pan_left", "pan_right", "tilt_up", "tilt_down")


def test_wide_picture_is_panned_and_tall_picture_is_tilted():
    assert choose_motion(WIDE, ALL, 0) in ("pan_left", "pan_right")
    assert choose_motion(View(400, 3000, 1.0, Focus()), ALL, 0) in ("tilt_up", "tilt_down")


def test_off_centre_focus_gets_a_push_in():
    assert choose_motion(View(900, 1600, 9 / 16, Focus(0.8, 0.5)), ALL, 3) == "push_in"


def test_only_kinds_of_the_preset_are_chosen():
    assert choose_motion(PORTRAIT, ("tilt_up",), 5) == "tilt_up"
    assert choose_motion(View(1700, 1000, 1.0, Focus()), ("push_in",), 5) == "push_in"


def test_panorama_is_panned_even_if_the_preset_has_no_pans():
    assert choose_motion(View(6000, 800, 9 / 16, Focus()), ("push_in",), 0).startswith("pan")


def test_panorama_is_still_with_a_still_preset():
    assert choose_motion(View(6000, 800, 9 / 16, Focus()), ("still",), 0) == "still"


def test_consecutive_turns_get_different_kinds():
    kinds = [choose_motion(PORTRAIT, ALL, turn) for turn in range(6)]
    assert sorted(kinds) == sorted(ALL)
