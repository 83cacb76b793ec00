"""Detection of a picture's focus."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.stills import focus as detection
from engines.stills.pictures import Picture
from schemas.scene_graph import Focus


def find_focus(picture):
    return detection.find_focus(picture, detection.saliency_of(picture))


def picture_of_circle(width, height, x, y, colour=(220, 60, 40), background=(90, 110, 120)):
    rgb = np.empty((height, width, 3), np.uint8)
    rgb[:] = background
    cv2.circle(rgb, (round(x * width), round(y * height)), min(width, height) // 10, colour, -1)
    return Picture(rgb, None)


@pytest.mark.parametrize("size", [(300, 200), (200, 300), (900, 150), (64, 64)])
@pytest.mark.parametrize("position", [(0.3, 0.4), (0.5, 0.5), (0.75, 0.3), (0.25, 0.7)])
def test_single_object_is_the_focus(size, position):
    focus = find_focus(picture_of_circle(*size, *position))
    assert (focus.x, focus.y) == pytest.approx(position, abs=0.06)


def test_skin_coloured_area_is_preferred_to_a_blue_one():
    picture = picture_of_circle(300, 200, 0.3, 0.5, (60, 90, 200), (128, 128, 128))
    cv2.circle(picture.rgb, (210, 100), 20, (224, 172, 140), -1)
    assert find_focus(picture).x > 0.55


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_uniform_picture_has_its_focus_in_the_centre(grey):
    assert find_focus(Picture(np.full((80, 120, 3), grey, np.uint8), None)) == Focus()


def test_picture_with_alpha_has_its_focus_in_the_opaque_area():
    alpha = np.zeros((100, 200), np.uint8)
    alpha[60:80, 120:160] = 255
    focus = find_focus(Picture(np.random.default_rng(0).integers(0, 256, (100, 200, 3), dtype=np.uint8), alpha))
    assert (focus.x, focus.y) == pytest.approx((0.7, 0.7), abs=0.01)


def test_transparent_picture_has_its_focus_in_the_centre():
    assert find_focus(Picture(np.zeros((10, 10, 3), np.uint8), np.zeros((10, 10), np.uint8))) == Focus()


def test_border_of_a_picture_is_ignored():
    picture = picture_of_circle(300, 300, 0.5, 0.6)
    picture.rgb[:8] = picture.rgb[-8:] = picture.rgb[:, :8] = picture.rgb[:, -8:] = (255, 255, 0)
    focus = find_focus(picture)
    assert (focus.x, focus.y) == pytest.approx((0.5, 0.6), abs=0.08)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 400), st.integers(1, 400), st.integers(0, 2**20))
def test_focus_lies_inside_any_picture_and_is_deterministic(width, height, seed):
    rgb = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    focus = find_focus(Picture(rgb, None))
    assert 0 <= focus.x <= 1
    assert 0 <= focus.y <= 1
    assert find_focus(Picture(rgb.copy(), None)) == focus


def test_focus_hardly_depends_on_the_size():
    large, small = (find_focus(picture_of_circle(w, h, 0.35, 0.6)) for w, h in ((1200, 800), (300, 200)))
    assert (large.x, large.y) == pytest.approx((small.x, small.y), abs=0.03)
