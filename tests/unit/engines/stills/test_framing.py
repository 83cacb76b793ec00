"""Fitting pictures to the frame."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.stills.camera import View, plan_motion
from engines.stills.framing import (
    Box,
    choose_fit,
    composite,
    crop,
    enlargement,
    place_whole,
    plan_crop,
    plate_size,
    resize,
)
from engines.stills.pictures import Picture
from schemas.preset import MOTIONS
from schemas.scene_graph import Focus

TALL = (1080, 1920)
DRAFT = (540, 960)
share = st.floats(0, 1)


def uniform_picture(width, height, colour=(10, 20, 30), alpha=None):
    rgb = np.empty((height, width, 3), np.uint8)
    rgb[:] = colour
    return Picture(rgb, None if alpha is None else np.full((height, width), alpha, np.uint8))


@pytest.mark.parametrize(
    ("preferred", "is_explicit", "picture", "has_alpha", "fit"),
    [
        ("blur", False, (1600, 1200), False, "blur"),
        ("blur", False, (1080, 1920), False, "crop"),
        ("blur", False, (1000, 1500), False, "crop"),
        ("blur", True, (1080, 1920), False, "blur"),
        ("crop", False, (1600, 1200), False, "crop"),
        ("crop", False, (100, 80), False, "blur"),
        ("crop", True, (100, 80), False, "blur"),
        ("crop", True, (300, 200), False, "crop"),
        ("crop", False, (640, 360), False, "crop"),
        ("crop", False, (300, 200), True, "pad"),
        ("pad", False, (1080, 1920), False, "pad"),
        ("blur", False, (1600, 1200), True, "pad"),
        ("crop", True, (1600, 1200), True, "crop"),
        ("blur", True, (1600, 1200), True, "pad"),
        ("blur", False, (6000, 800), False, "crop"),
        ("pad", True, (6000, 800), False, "pad"),
    ],
)
def test_choose_fit_depends_on_size_aspect_and_alpha(preferred, is_explicit, picture, has_alpha, fit):
    assert choose_fit(preferred, is_explicit, picture, TALL, has_alpha) == fit


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(["crop", "blur", "pad"]), st.booleans(), st.integers(2, 5000), st.integers(2, 5000), st.booleans()
)
def test_draft_and_final_film_get_the_same_fit(preferred, is_explicit, width, height, has_alpha):
    size = (width, height)
    final_fit = choose_fit(preferred, is_explicit, size, TALL, has_alpha)
    assert choose_fit(preferred, is_explicit, size, DRAFT, has_alpha) == final_fit
    assert enlargement(size, TALL) == pytest.approx(enlargement(size, DRAFT))


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from(MOTIONS),
    st.tuples(st.integers(40, 6000), st.integers(40, 6000)),
    st.builds(Focus, x=share, y=share),
    st.floats(1, 1.6),
    st.sampled_from([(108, 192), (192, 108), (108, 108), (1080, 1920)]),
    st.floats(1, 20),
)
def test_crop_contains_every_window_at_a_scale_near_one(kind, picture, focus, zoom, frame, seconds):
    view = View(*picture, frame[0] / frame[1], focus)
    planned = plan_crop(view, plan_motion(kind, view, zoom, seconds, 1), picture, frame)
    assert planned.width % 2 == planned.height % 2 == 0
    assert planned.box.left >= 0
    assert planned.box.top >= 0
    assert planned.box.left + planned.box.width <= picture[0]
    assert planned.box.top + planned.box.height <= picture[1]
    for window in (planned.motion.start, planned.motion.end):
        height = window.width * planned.width * frame[1] / frame[0] / planned.height
        assert window.x - window.width / 2 >= -1e-6
        assert window.x + window.width / 2 <= 1 + 1e-6
        assert window.y - height / 2 >= -1e-6
        assert window.y + height / 2 <= 1 + 1e-6
    steps = [w.width * planned.width / frame[0] for w in (planned.motion.start, planned.motion.end)]
    slack = 4 / min(planned.box.width, planned.box.height) + 4 / min(frame)
    assert max(steps) <= 1.35 * (1 + slack) + 0.01
    assert min(steps) >= 1 / 1.2 - slack


def test_panorama_is_scaled_only_where_the_camera_sees_it():
    view = View(9000, 600, 9 / 16, Focus())
    planned = plan_crop(view, plan_motion("pan_right", view, 1.15, 5, 0), (9000, 600), TALL)
    assert planned.width * planned.height < 3 * 1080 * 1920


@pytest.mark.parametrize("picture", [(1600, 900), (900, 1600), (500, 500), (6000, 300)])
@pytest.mark.parametrize("margin", [True, False])
def test_whole_picture_is_centred_and_keeps_its_aspect(picture, margin):
    box = place_whole(picture, (1200, 2000), margin)
    assert box.width / box.height == pytest.approx(picture[0] / picture[1], rel=0.02)
    assert abs(box.left * 2 + box.width - 1200) <= 1
    assert abs(box.top * 2 + box.height - 2000) <= 1
    assert box.left >= (60 if margin else 0)


def test_whole_picture_without_margin_reaches_two_edges():
    assert place_whole((1600, 900), (1200, 2000), margin=False).width == 1200


def test_tiny_picture_is_enlarged_to_half_of_the_plate():
    box = place_whole((100, 80), TALL, margin=False)
    assert box.width == 540
    assert place_whole((100, 80), DRAFT, margin=False).width == 270


@given(st.floats(1, 1.6))
def test_plate_size_is_even_and_has_the_aspect_of_the_frame(zoom):
    width, height = plate_size((108, 192), zoom)
    assert width % 2 == height % 2 == 0
    assert width / height == pytest.approx(108 / 192, rel=0.02)
    assert width >= 108


@pytest.mark.parametrize("size", [(30, 20), (150, 100), (60, 40), (33, 77)])
@pytest.mark.parametrize("alpha", [None, 255, 90])
def test_uniform_picture_keeps_its_colour_at_every_size(size, alpha):
    resized = resize(uniform_picture(60, 40, (200, 90, 30), alpha), *size)
    assert (resized.width, resized.height) == size
    assert np.abs(resized.rgb.astype(int) - (200, 90, 30)).max() <= 1
    assert alpha is None or np.abs(resized.alpha.astype(int) - alpha).max() <= 1


def test_transparent_colours_do_not_bleed_into_the_edge():
    picture = uniform_picture(40, 40, (255, 0, 0), 255)
    picture.rgb[:, 20:], picture.alpha[:, 20:] = (0, 255, 0), 0
    small = resize(picture, 15, 15)
    visible = small.alpha > 20
    assert (small.rgb[visible][:, 1] <= 2).all()


def test_composite_draws_the_picture_in_its_box():
    background = uniform_picture(20, 10, (0, 0, 0)).rgb
    canvas = composite(uniform_picture(4, 6, (9, 9, 9)), background, Box(3, 2, 4, 6))
    assert (canvas[2:8, 3:7] == 9).all()
    assert canvas.sum() == 4 * 6 * 27
    assert background.sum() == 0


def test_half_transparent_picture_is_blended_with_the_background():
    canvas = composite(uniform_picture(4, 4, (200, 0, 0), 128), uniform_picture(4, 4, (0, 0, 200)).rgb, Box(0, 0, 4, 4))
    assert tuple(canvas[0, 0]) == (100, 0, 100)


def test_crop_is_a_view_of_the_same_pixels():
    picture = uniform_picture(20, 10, alpha=7)
    inner = crop(picture, Box(5, 2, 6, 4))
    assert (inner.width, inner.height) == (6, 4)
    assert inner.alpha.shape == (4, 6)
    assert np.shares_memory(inner.rgb, picture.rgb)
