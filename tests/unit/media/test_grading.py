"""Colour grading: the formula, the lookup table and the affine map."""

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.media.grading import affine_error, affine_map, cube_text, grade_colour, is_neutral
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


def test_default_grade_is_neutral():
    assert is_neutral(Grade())


def test_vignette_alone_is_neutral():
    assert is_neutral(Grade(vignette=0.5))


@pytest.mark.parametrize(
    "change", [{"brightness": 0.1}, {"contrast": 1.1}, {"saturation": 0.5}, {"warmth": 0.2}, {"fade": 0.1}]
)
def test_changed_field_makes_a_grade_not_neutral(change):
    assert not is_neutral(replace(Grade(), **change))


def test_neutral_table_is_the_identity():
    for index, row in enumerate(rows(cube_text(Grade(), 5))):
        blue, rest = divmod(index, 25)
        green, red = divmod(rest, 5)
        assert row == pytest.approx((red / 4, green / 4, blue / 4), abs=1e-6)


def test_red_changes_fastest_in_the_table():
    first, second = rows(cube_text(Grade()))[:2]
    assert second[0] > first[0]
    assert second[1:] == first[1:]


def test_table_states_its_size_and_has_size_cubed_rows():
    text = cube_text(Grade(contrast=1.2), 9)
    assert text.splitlines()[0] == "LUT_3D_SIZE 9"
    assert len(rows(text)) == 9**3


@settings(max_examples=60, deadline=None)
@given(grades, unit, unit, unit)
def test_graded_colours_stay_between_0_and_1(grade, red, green, blue):
    assert all(0 <= v <= 1 for v in grade_colour(grade, (red, green, blue)))


@given(unit)
def test_saturation_0_gives_grey_of_equal_luma(red):
    out = grade_colour(Grade(saturation=0), (red, 0.4, 0.2))
    assert max(out) - min(out) < 1e-9
    assert out[0] == pytest.approx(luma((red, 0.4, 0.2)))


@given(st.floats(0.1, 0.8), st.floats(-1, 1))
def test_warmth_keeps_the_luma_of_grey(grey, warmth):
    assert luma(grade_colour(Grade(warmth=warmth), (grey, grey, grey))) == pytest.approx(grey)


def test_warmth_raises_red_and_coldness_raises_blue():
    warm, cold = (grade_colour(Grade(warmth=w), (0.5, 0.5, 0.5)) for w in (1, -1))
    assert warm[0] > 0.5 > warm[2]
    assert cold[0] < 0.5 < cold[2]


def test_contrast_keeps_middle_grey():
    grade = Grade(contrast=1.5)
    assert grade_colour(grade, (0.5, 0.5, 0.5)) == pytest.approx((0.5, 0.5, 0.5))
    assert grade_colour(grade, (0.3, 0.3, 0.3))[0] < 0.3
    assert grade_colour(grade, (0.7, 0.7, 0.7))[0] > 0.7


def test_fade_raises_black_and_keeps_white():
    assert grade_colour(Grade(fade=0.2), (0, 0, 0)) == pytest.approx((0.2, 0.2, 0.2))
    assert grade_colour(Grade(fade=0.2), (1, 1, 1)) == pytest.approx((1, 1, 1))


@settings(max_examples=40, deadline=None)
@given(grades, unit, unit)
def test_grading_is_monotonic_for_grey(grade, one, other):
    dark, light = sorted((one, other))
    below, above = (grade_colour(grade, (v, v, v)) for v in (dark, light))
    assert all(a <= b + 1e-12 for a, b in zip(below, above, strict=True))


@given(grades, unit, unit, unit)
def test_affine_map_equals_the_formula_without_clipping(grade, red, green, blue):
    exact = grade_colour(grade, (red, green, blue))
    assume(all(grade.fade + 1e-6 < v < 1 - 1e-6 for v in exact))
    source = (*ycc((red, green, blue)), 1.0)
    mapped = [sum(a * b for a, b in zip(row, source, strict=True)) for row in affine_map(grade)]
    assert mapped == pytest.approx(ycc(exact), abs=1e-6)


def test_affine_map_of_a_neutral_grade_is_the_identity_without_error():
    rows = [(1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0)]
    assert list(affine_map(Grade())) == [pytest.approx(row, abs=1e-9) for row in rows]
    assert affine_error(Grade()) == pytest.approx(0, abs=1e-6)


def test_error_of_the_affine_map_grows_with_contrast():
    errors = [affine_error(Grade(contrast=contrast)) for contrast in (1.0, 1.2, 1.5, 2.0)]
    assert errors == sorted(errors)
    assert errors[1] < 1 < errors[3]


def ycc(rgb):
    return (luma(rgb), (rgb[2] - luma(rgb)) / 1.8556, (rgb[0] - luma(rgb)) / 1.5748)
