"""The camera move over a plate."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schemas.clip import Motion, Window

centres = st.floats(0.1, 0.9)
widths = st.floats(0.2, 1.0)
windows = st.builds(Window, x=centres, y=centres, width=widths)
motion_values = st.builds(Motion, kind=st.just("push_in"), start=windows, end=windows)
shares = st.floats(0, 1)


def is_near(first: Window, second: Window) -> bool:
    return (first.x, first.y, first.width) == pytest.approx((second.x, second.y, second.width), abs=1e-9)


def well_conditioned(motion: Motion) -> bool:
    """Return whether the widths are equal or differ by more than rounding errors."""
    a, b = motion.start.width, motion.end.width
    return a == b or abs(a - b) > 1e-6


@given(motion_values)
def test_motion_begins_at_start_and_ends_at_end(motion: Motion) -> None:
    assume(well_conditioned(motion))
    assert is_near(motion.window_at(0), motion.start)
    assert is_near(motion.window_at(1), motion.end)


@given(motion_values, st.floats(-5, 0), st.floats(1, 5))
def test_motion_is_constant_before_and_after(motion: Motion, before: float, after: float) -> None:
    assert motion.window_at(before) == motion.window_at(0)
    assert motion.window_at(after) == motion.window_at(1)


@given(motion_values, shares)
def test_motion_stays_between_its_two_windows(motion: Motion, share: float) -> None:
    assume(well_conditioned(motion))
    window = motion.window_at(share)
    for name in ("x", "y", "width"):
        low, high = sorted((getattr(motion.start, name), getattr(motion.end, name)))
        assert low - 1e-9 <= getattr(window, name) <= high + 1e-9


@given(motion_values, shares, shares)
def test_width_changes_monotonically(motion: Motion, first: float, second: float) -> None:
    assume(well_conditioned(motion))
    early, late = (motion.window_at(share).width for share in sorted((first, second)))
    growing = motion.end.width >= motion.start.width
    assert early <= late + 1e-9 if growing else early >= late - 1e-9


@given(motion_values)
def test_speed_is_constant(motion: Motion) -> None:
    assume(well_conditioned(motion))
    frames = [motion.window_at(index / 10) for index in range(11)]
    zooms = [after.width / before.width for before, after in pairwise(frames)]
    assert max(zooms) - min(zooms) < 1e-9
    # A pan moves by the same distance in each frame.
    level = Motion(motion.kind, motion.start, replace(motion.end, width=motion.start.width))
    steps = [after.x - before.x for before, after in pairwise(map(level.window_at, [k / 10 for k in range(11)]))]
    assert max(steps) - min(steps) < 1e-9


@given(motion_values, shares)
def test_reversed_motion_is_the_motion_backwards(motion: Motion, share: float) -> None:
    assume(well_conditioned(motion))
    reverse = Motion(motion.kind, motion.end, motion.start)
    assert is_near(reverse.window_at(1 - share), motion.window_at(share))


@given(windows, shares)
def test_motion_between_equal_windows_does_not_move(window: Window, share: float) -> None:
    assert is_near(Motion("still", window, window).window_at(share), window)


def test_zoom_keeps_its_fixed_point_in_place() -> None:
    motion = Motion("push_in", Window(0.5, 0.5, 1.0), Window(0.7, 0.4, 0.5))
    # The fixed point of the zoom; its position in a window is a share of the width, from the centre.
    fixed = (0.7 - 0.5 * 0.5) / 0.5, (0.4 - 0.5 * 0.5) / 0.5
    positions = []
    for step in range(11):
        window = motion.window_at(step / 10)
        positions.append(((fixed[0] - window.x) / window.width, (fixed[1] - window.y) / window.width))
    assert all(position == pytest.approx(positions[0], abs=1e-9) for position in positions)


def test_zoom_ratio_is_constant_in_the_middle() -> None:
    motion = Motion("push_in", Window(0.5, 0.5, 1.0), Window(0.5, 0.5, 0.5))
    widths = [motion.window_at(share).width for share in (0.45, 0.475, 0.5, 0.525, 0.55)]
    ratios = [later / earlier for earlier, later in pairwise(widths)]
    assert max(ratios) - min(ratios) < 0.001


@given(motion_values, shares)
def test_motion_backwards_is_on_the_same_path(motion: Motion, share: float) -> None:
    assume(well_conditioned(motion))
    back = motion.backwards
    assert is_near(back.window_at(share), motion.window_at(1 - share))
    assert back.kind == "pull_out" and back.backwards == motion
