"""The camera's way over a plate."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schemas.clip import Motion, Window

centres = st.floats(0.1, 0.9)
widths = st.floats(0.2, 1.0)
windows = st.builds(Window, x=centres, y=centres, width=widths)
ways = st.builds(Motion, kind=st.just("push_in"), start=windows, end=windows)
shares = st.floats(0, 1)


def near(one: Window, other: Window) -> bool:
    return (one.x, one.y, one.width) == pytest.approx((other.x, other.y, other.width), abs=1e-9)


def well_conditioned(way: Motion) -> bool:
    """Widths are equal or plainly different; between the two lies only rounding."""
    a, b = way.start.width, way.end.width
    return a == b or abs(a - b) > 1e-6


@given(ways)
def test_it_begins_at_its_start_and_ends_at_its_end(way: Motion) -> None:
    assume(well_conditioned(way))
    assert near(way.at(0), way.start)
    assert near(way.at(1), way.end)


@given(ways, st.floats(-5, 0), st.floats(1, 5))
def test_it_stands_still_before_and_after(way: Motion, before: float, after: float) -> None:
    assert way.at(before) == way.at(0)
    assert way.at(after) == way.at(1)


@given(ways, shares)
def test_it_never_leaves_the_way_between_its_two_windows(way: Motion, share: float) -> None:
    assume(well_conditioned(way))
    seen = way.at(share)
    for name in ("x", "y", "width"):
        low, high = sorted((getattr(way.start, name), getattr(way.end, name)))
        assert low - 1e-9 <= getattr(seen, name) <= high + 1e-9


@given(ways, shares, shares)
def test_it_never_turns_back(way: Motion, one: float, other: float) -> None:
    assume(well_conditioned(way))
    early, late = (way.at(share).width for share in sorted((one, other)))
    growing = way.end.width >= way.start.width
    assert early <= late + 1e-9 if growing else early >= late - 1e-9


@given(ways, shares)
def test_the_way_back_is_the_way_there_turned_round(way: Motion, share: float) -> None:
    assume(well_conditioned(way))
    back = Motion(way.kind, way.end, way.start)
    assert near(back.at(1 - share), way.at(share))


@given(windows, shares)
def test_a_still_camera_does_not_move_at_all(window: Window, share: float) -> None:
    assert near(Motion("still", window, window).at(share), window)


def test_a_zoom_keeps_the_point_it_goes_to_in_its_place() -> None:
    way = Motion("push_in", Window(0.5, 0.5, 1.0), Window(0.7, 0.4, 0.5))
    # The fixed point of the zoom, as a share of each window seen from its centre.
    fixed = (0.7 - 0.5 * 0.5) / 0.5, (0.4 - 0.5 * 0.5) / 0.5
    places = []
    for step in range(11):
        seen = way.at(step / 10)
        places.append(((fixed[0] - seen.x) / seen.width, (fixed[1] - seen.y) / seen.width))
    assert all(place == pytest.approx(places[0], abs=1e-9) for place in places)


def test_a_zoom_looks_even_in_the_middle_of_its_way() -> None:
    way = Motion("push_in", Window(0.5, 0.5, 1.0), Window(0.5, 0.5, 0.5))
    wide = [way.at(share).width for share in (0.45, 0.475, 0.5, 0.525, 0.55)]
    ratios = [later / sooner for sooner, later in pairwise(wide)]
    assert max(ratios) - min(ratios) < 0.001


def test_it_sets_off_and_arrives_gently() -> None:
    way = Motion("pan_left", Window(0.2, 0.5, 0.8), Window(0.8, 0.5, 0.8))
    steps = [later - sooner for sooner, later in pairwise(way.at(step / 20).x for step in range(21))]
    assert steps[0] < max(steps) / 4
    assert steps[-1] < max(steps) / 4
    assert sum(steps) == pytest.approx(0.6)
