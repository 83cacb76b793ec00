"""Conversion between milliseconds and frames, and spans of time."""

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
def test_frame_survives_conversion_to_milliseconds(frame: int, fps: Fraction) -> None:
    assert frames_of(ms_of(frame, fps), fps) == frame


@given(millis, millis, rates)
def test_frames_of_is_monotonic(first: int, second: int, fps: Fraction) -> None:
    early, late = sorted((first, second))
    assert frames_of(early, fps) <= frames_of(late, fps)


@given(millis, rates)
def test_frames_of_rounds_by_at_most_half_a_frame(ms: int, fps: Fraction) -> None:
    assert abs(Fraction(frames_of(ms, fps)) / fps - Fraction(ms, 1000)) <= 1 / (2 * fps)


@given(frames, rates)
def test_ms_of_rounds_by_at_most_half_a_millisecond(frame: int, fps: Fraction) -> None:
    assert abs(Fraction(ms_of(frame, fps), 1000) - Fraction(frame) / fps) <= Fraction(1, 2000)


@given(st.lists(st.integers(1, 5_000), min_size=1, max_size=60), rates)
def test_rounded_lengths_do_not_drift(lengths: list[int], fps: Fraction) -> None:
    edges = [sum(lengths[:count]) for count in range(len(lengths) + 1)]
    grid = [frames_of(edge, fps) for edge in edges]
    in_frames = [later - earlier for earlier, later in pairwise(grid)]
    assert sum(in_frames) == frames_of(edges[-1], fps)


def test_halves_are_rounded_up() -> None:
    assert frames_of(50, Fraction(30)) == 2
    assert frames_of(50, Fraction(10)) == 1
    assert frames_of(-50, Fraction(10)) == 0


@pytest.mark.parametrize(("frame", "ms"), [(0, 0), (1, 33), (2, 67), (3, 100), (1798, 59993), (1800, 60060)])
def test_ms_of_is_exact_at_the_ntsc_frame_rate(frame: int, ms: int) -> None:
    assert ms_of(frame, Fraction(30000, 1001)) == ms


spans = st.tuples(millis, st.integers(0, 100_000)).map(lambda it: Span(it[0], it[0] + it[1]))


@given(millis, st.integers(1, 1000))
def test_span_that_ends_before_it_starts_is_refused(start_ms: int, difference_ms: int) -> None:
    with pytest.raises(ValueError, match="cannot end"):
        Span(start_ms, start_ms - difference_ms)


def test_spans_are_sorted_by_start() -> None:
    assert sorted([Span(5, 9), Span(1, 2), Span(1, 1)]) == [Span(1, 1), Span(1, 2), Span(5, 9)]
