"""Grading on planes looks like the same grade on a still."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.media.grading import grade_colour
from assembly.picture import i420
from assembly.picture.plane_grading import PlaneGrading, can_grade_planes
from presets.library import presets
from schemas.preset import Grade

# Skin, sky, leaves, wood, paper, shadow, brick, denim: common colours of photographs.
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
PRESET_GRADES = {preset.id: preset.grade for preset in presets()}
RGB_TO_YCC = np.array([[0.2126, 0.7152, 0.0722], [-0.1146, -0.3854, 0.5], [0.5, -0.4542, -0.0458]])


def flat(rgb, width=32, height=16):
    y, cb, cr = RGB_TO_YCC @ np.array(rgb)
    frame = i420.empty(width, height)
    for plane, value in zip(i420.planes(frame), (16 + 219 * y, 128 + 224 * cb, 128 + 224 * cr), strict=True):
        plane[:] = round(value)
    return frame


def displayed(frame):
    """Return the median colour as displayed, 0 … 255."""
    luma, cb, cr = (float(np.median(plane)) for plane in i420.planes(frame))
    rgb = np.linalg.inv(RGB_TO_YCC) @ ((luma - 16) / 219, (cb - 128) / 224, (cr - 128) / 224)
    return 255 * np.clip(rgb, 0, 1)


def graded_frame(grade, frame):
    height, width = frame.shape[0] * 2 // 3, frame.shape[1]
    out = i420.empty(width, height)
    PlaneGrading(grade, width, height).apply(i420.planes(frame), out)
    return out


def graded_colour(grade, rgb):
    return displayed(graded_frame(grade, flat(rgb)))


def test_every_preset_can_be_graded_on_planes():
    assert all(can_grade_planes(grade) for grade in PRESET_GRADES.values())


@pytest.mark.parametrize("preset_id", PRESET_GRADES)
@pytest.mark.parametrize("rgb", TYPICAL)
def test_plane_grading_matches_the_grade_of_a_still(preset_id, rgb):
    grade = PRESET_GRADES[preset_id]
    assert np.abs(graded_colour(grade, rgb) - 255 * np.array(grade_colour(grade, rgb))).max() <= 4


shares = st.floats(0, 1)
grades = st.builds(
    Grade,
    brightness=st.floats(-0.05, 0.05),
    contrast=st.floats(0.8, 1.2),
    saturation=st.floats(0, 1.3),
    warmth=st.floats(-1, 1),
    fade=st.floats(0, 0.3),
)


@settings(max_examples=60, deadline=None)
@given(grades, st.sampled_from(TYPICAL))
@example(Grade(-0.037, 1.191, 0.0, 1.0, 0.3), (0.09, 0.08, 0.10))  # blacks are clipped before they are raised
def test_grades_within_tolerance_are_close_to_the_formula(grade, rgb):
    if can_grade_planes(grade):
        assert np.abs(graded_colour(grade, rgb) - 255 * np.array(grade_colour(grade, rgb))).max() <= 8


@given(shares)
def test_zero_saturation_gives_neutral_chroma(red):
    _, cb, cr = i420.planes(graded_frame(Grade(saturation=0.0), flat((red, 0.4, 0.6))))
    assert (int(cb.min()), int(cb.max()), int(cr.min()), int(cr.max())) == (128, 128, 128, 128)


@pytest.mark.parametrize("grade", [Grade(contrast=2.0), Grade(brightness=0.5), Grade(contrast=1.5, fade=0.3)])
def test_strong_grades_cannot_be_graded_on_planes(grade):
    assert not can_grade_planes(grade)


@pytest.mark.parametrize("warmth", [0.0, 0.6])
def test_neutral_grade_is_the_identity_and_warmth_is_not(warmth):
    rng = np.random.default_rng(4)
    frame = rng.integers(16, 236, (24, 32), np.uint8)
    before = frame.copy()
    assert np.array_equal(graded_frame(Grade(), frame), before)
    assert np.array_equal(graded_frame(Grade(warmth=warmth), frame), before) == (warmth == 0)
    assert np.array_equal(frame, before)


def test_warmth_does_not_move_a_luma_edge():
    frame = flat((0.2, 0.2, 0.2))
    i420.planes(frame)[0][:, 16:] = 200
    luma = i420.planes(graded_frame(Grade(warmth=0.8), frame))[0]
    assert np.all(luma[:, :16] < 90)
    assert np.all(luma[:, 16:] > 190)


def test_overexposed_white_and_black_are_clipped():
    assert graded_colour(Grade(contrast=1.3), (1, 1, 1)) == pytest.approx([255, 255, 255], abs=0.5)
    assert graded_colour(Grade(contrast=1.3), (0, 0, 0)) == pytest.approx([0, 0, 0], abs=0.5)
