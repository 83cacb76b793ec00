"""Time: whole milliseconds and whole frames, half-open, and no drift between them."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.timing import FPS, Span, frames_of, ms_of

rates = st.sampled_from([Fraction(24), Fraction(25), FPS, Fraction(30000, 1001), Fraction(60), Fraction(500)])
frames = st.integers(-10_000, 10_000_000)
millis = st.integers(-10_000, 10_000_000)


@given(frames, rates)
def test_a_frame_put_in_milliseconds_is_that_frame_again(frame: int, fps: Fraction) -> None:
    assert frames_of(ms_of(frame, fps), fps) == frame


@given(millis, millis, rates)
def test_what_is_later_is_never_an_earlier_frame(one: int, other: int, fps: Fraction) -> None:
    early, late = sorted((one, other))
    assert frames_of(early, fps) <= frames_of(late, fps)


@given(millis, rates)
def test_no_moment_is_moved_by_more_than_half_a_frame(ms: int, fps: Fraction) -> None:
    assert abs(Fraction(frames_of(ms, fps)) / fps - Fraction(ms, 1000)) <= 1 / (2 * fps)


@given(frames, rates)
def test_no_frame_is_moved_by_more_than_half_a_millisecond(frame: int, fps: Fraction) -> None:
    assert abs(Fraction(ms_of(frame, fps), 1000) - Fraction(frame) / fps) <= Fraction(1, 2000)


@given(st.lists(st.integers(1, 5_000), min_size=1, max_size=60), rates)
def test_lengths_put_on_the_frame_grid_never_drift(lengths: list[int], fps: Fraction) -> None:
    edges = [sum(lengths[:place]) for place in range(len(lengths) + 1)]
    grid = [frames_of(edge, fps) for edge in edges]
    in_frames = [later - sooner for sooner, later in pairwise(grid)]
    assert sum(in_frames) == frames_of(edges[-1], fps)


def test_halves_go_up() -> None:
    assert frames_of(50, Fraction(30)) == 2
    assert frames_of(50, Fraction(10)) == 1
    assert frames_of(-50, Fraction(10)) == 0


@pytest.mark.parametrize(("frame", "ms"), [(0, 0), (1, 33), (2, 67), (3, 100), (1798, 59993), (1800, 60060)])
def test_ntsc_seconds_are_longer_than_ours(frame: int, ms: int) -> None:
    assert ms_of(frame, Fraction(30000, 1001)) == ms


spans = st.tuples(millis, st.integers(0, 100_000)).map(lambda it: Span(it[0], it[0] + it[1]))


@given(millis, st.integers(1, 1000))
def test_a_span_cannot_end_before_it_starts(start_ms: int, less: int) -> None:
    with pytest.raises(ValueError, match="cannot end"):
        Span(start_ms, start_ms - less)


def test_spans_sort_by_their_start() -> None:
    assert sorted([Span(5, 9), Span(1, 2), Span(1, 1)]) == [Span(1, 1), Span(1, 2), Span(5, 9)]
