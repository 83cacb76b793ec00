"""The grade's table of colours."""

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.media.grading import affine, cube, graded, is_neutral, strays
from schemas.preset import Grade

unit = st.floats(0, 1)
grades = st.builds(
    Grade,
    brightness=st.floats(-0.5, 0.5),
    contrast=st.floats(0.5, 2),
    saturation=st.floats(0, 2),
    warmth=st.floats(-1, 1),
    fade=st.floats(0, 0.5),
)


def luma(rgb):
    return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]


def rows(text):
    return [tuple(map(float, line.split())) for line in text.splitlines()[1:]]


def test_a_grade_of_ones_and_zeros_is_neutral():
    assert is_neutral(Grade())


def test_a_vignette_does_not_need_a_table():
    assert is_neutral(Grade(vignette=0.5))


@pytest.mark.parametrize(
    "change", [{"brightness": 0.1}, {"contrast": 1.1}, {"saturation": 0.5}, {"warmth": 0.2}, {"fade": 0.1}]
)
def test_anything_else_makes_it_a_grade(change):
    assert not is_neutral(replace(Grade(), **change))


def test_the_neutral_table_gives_every_colour_back():
    for place, row in enumerate(rows(cube(Grade(), 5))):
        blue, rest = divmod(place, 25)
        green, red = divmod(rest, 5)
        assert row == pytest.approx((red / 4, green / 4, blue / 4), abs=1e-6)


def test_red_changes_fastest():
    first, second = rows(cube(Grade()))[:2]
    assert second[0] > first[0]
    assert second[1:] == first[1:]


def test_the_table_says_its_size_and_has_all_its_rows():
    text = cube(Grade(contrast=1.2), 9)
    assert text.splitlines()[0] == "LUT_3D_SIZE 9"
    assert len(rows(text)) == 9**3


@settings(max_examples=60, deadline=None)
@given(grades, unit, unit, unit)
def test_every_colour_stays_a_colour(grade, red, green, blue):
    assert all(0 <= v <= 1 for v in graded(grade, (red, green, blue)))


@given(unit)
def test_without_saturation_everything_is_grey(red):
    out = graded(Grade(saturation=0), (red, 0.4, 0.2))
    assert max(out) - min(out) < 1e-9
    assert out[0] == pytest.approx(luma((red, 0.4, 0.2)))


@given(st.floats(0.1, 0.8), st.floats(-1, 1))
def test_a_warm_grey_is_as_bright_as_the_grey_it_was(grey, warmth):
    assert luma(graded(Grade(warmth=warmth), (grey, grey, grey))) == pytest.approx(grey)


def test_warmth_goes_from_blue_to_amber():
    warm, cold = (graded(Grade(warmth=w), (0.5, 0.5, 0.5)) for w in (1, -1))
    assert warm[0] > 0.5 > warm[2]
    assert cold[0] < 0.5 < cold[2]


def test_contrast_turns_about_the_middle():
    grade = Grade(contrast=1.5)
    assert graded(grade, (0.5, 0.5, 0.5)) == pytest.approx((0.5, 0.5, 0.5))
    assert graded(grade, (0.3, 0.3, 0.3))[0] < 0.3
    assert graded(grade, (0.7, 0.7, 0.7))[0] > 0.7


def test_fade_lifts_black_and_leaves_white():
    assert graded(Grade(fade=0.2), (0, 0, 0)) == pytest.approx((0.2, 0.2, 0.2))
    assert graded(Grade(fade=0.2), (1, 1, 1)) == pytest.approx((1, 1, 1))


@settings(max_examples=40, deadline=None)
@given(grades, unit, unit)
def test_a_brighter_grey_never_becomes_darker_than_a_darker_one(grade, one, other):
    dark, light = sorted((one, other))
    below, above = (graded(grade, (v, v, v)) for v in (dark, light))
    assert all(a <= b + 1e-12 for a, b in zip(below, above, strict=True))


@given(grades, unit, unit, unit)
def test_the_affine_map_is_the_formula_where_nothing_is_clipped(grade, red, green, blue):
    wanted = graded(grade, (red, green, blue))
    assume(all(grade.fade + 1e-6 < v < 1 - 1e-6 for v in wanted))
    source = (*ycc((red, green, blue)), 1.0)
    got = [sum(a * b for a, b in zip(row, source, strict=True)) for row in affine(grade)]
    assert got == pytest.approx(ycc(wanted), abs=1e-6)


def test_a_neutral_grade_maps_everything_to_itself_and_strays_nowhere():
    rows = [(1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0)]
    assert list(affine(Grade())) == [pytest.approx(row, abs=1e-9) for row in rows]
    assert strays(Grade()) == pytest.approx(0, abs=1e-6)


def test_the_harder_a_grade_the_further_its_map_strays():
    distances = [strays(Grade(contrast=contrast)) for contrast in (1.0, 1.2, 1.5, 2.0)]
    assert distances == sorted(distances)
    assert distances[1] < 1 < distances[3]


def ycc(rgb):
    return (luma(rgb), (rgb[2] - luma(rgb)) / 1.8556, (rgb[0] - luma(rgb)) / 1.5748)
