"""A grade laid over footage looks like the same grade on a still."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.media.grading import graded
from assembly.picture import i420
from assembly.picture.plane_grading import PlaneGrading, can_grade_planes
from presets.library import presets
from schemas.preset import Grade

# Skin, sky, leaves, wood, paper, shadow, brick, denim: what pictures are made of.
TYPICAL = (
    (0.87, 0.69, 0.58),
    (0.45, 0.65, 0.88),
    (0.30, 0.47, 0.22),
    (0.55, 0.38, 0.24),
    (0.93, 0.92, 0.88),
    (0.09, 0.08, 0.10),
    (0.62, 0.27, 0.20),
    (0.20, 0.28, 0.45),
)
LOOKS = {look.id: look.grade for look in presets()}
M = np.array([[0.2126, 0.7152, 0.0722], [-0.1146, -0.3854, 0.5], [0.5, -0.4542, -0.0458]])


def flat(rgb, width=32, height=16):
    y, cb, cr = M @ np.array(rgb)
    frame = i420.empty(width, height)
    for plane, value in zip(i420.planes(frame), (16 + 219 * y, 128 + 224 * cb, 128 + 224 * cr), strict=True):
        plane[:] = round(value)
    return frame


def shown(frame, at=(4, 4)):
    """The middle's colour as a screen shows it, 0 … 255."""
    luma, cb, cr = (float(np.median(plane)) for plane in i420.planes(frame))
    rgb = np.linalg.inv(M) @ ((luma - 16) / 219, (cb - 128) / 224, (cr - 128) / 224)
    return 255 * np.clip(rgb, 0, 1)


def laid(grade, frame):
    height, width = frame.shape[0] * 2 // 3, frame.shape[1]
    out = i420.empty(width, height)
    PlaneGrading(grade, width, height).apply(i420.planes(frame), out)
    return out


def tinted(grade, rgb):
    return shown(laid(grade, flat(rgb)))


def test_every_look_of_the_house_can_be_laid_over_planes():
    assert all(can_grade_planes(grade) for grade in LOOKS.values())


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("rgb", TYPICAL)
def test_footage_has_the_colours_of_a_graded_still(look, rgb):
    grade = LOOKS[look]
    assert np.abs(tinted(grade, rgb) - 255 * np.array(graded(grade, rgb))).max() <= 4


greys = st.floats(0, 1)
looks = st.builds(
    Grade,
    brightness=st.floats(-0.05, 0.05),
    contrast=st.floats(0.8, 1.2),
    saturation=st.floats(0, 1.3),
    warmth=st.floats(-1, 1),
    fade=st.floats(0, 0.3),
)


@settings(max_examples=60, deadline=None)
@given(looks, st.sampled_from(TYPICAL))
def test_a_look_that_fits_is_not_far_from_its_formula(grade, rgb):
    if can_grade_planes(grade):
        assert np.abs(tinted(grade, rgb) - 255 * np.array(graded(grade, rgb))).max() <= 8


@given(greys)
def test_without_saturation_nothing_is_left_of_colour(red):
    _, cb, cr = i420.planes(laid(Grade(saturation=0.0), flat((red, 0.4, 0.6))))
    assert (int(cb.min()), int(cb.max()), int(cr.min()), int(cr.max())) == (128, 128, 128, 128)


@pytest.mark.parametrize("grade", [Grade(contrast=2.0), Grade(brightness=0.5), Grade(contrast=1.5, fade=0.3)])
def test_a_violent_grade_does_not_fit(grade):
    assert not can_grade_planes(grade)


@pytest.mark.parametrize("warmth", [0.0, 0.6])
def test_a_neutral_grade_changes_nothing_and_warmth_only_colours(warmth):
    dice = np.random.default_rng(4)
    frame = dice.integers(16, 236, (24, 32), np.uint8)
    before = frame.copy()
    assert np.array_equal(laid(Grade(), frame), before)
    assert np.array_equal(laid(Grade(warmth=warmth), frame), before) == (warmth == 0)
    assert np.array_equal(frame, before)


def test_an_edge_in_luma_stays_where_it_is_in_a_warm_look():
    frame = flat((0.2, 0.2, 0.2))
    i420.planes(frame)[0][:, 16:] = 200
    luma = i420.planes(laid(Grade(warmth=0.8), frame))[0]
    assert np.all(luma[:, :16] < 90)
    assert np.all(luma[:, 16:] > 190)


def test_what_is_beyond_white_stays_white():
    assert tinted(Grade(contrast=1.3), (1, 1, 1)) == pytest.approx([255, 255, 255], abs=0.5)
    assert tinted(Grade(contrast=1.3), (0, 0, 0)) == pytest.approx([0, 0, 0], abs=0.5)
