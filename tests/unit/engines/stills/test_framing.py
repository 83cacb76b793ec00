"""Bringing pictures to the frame."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.stills.camera import View, motion
from engines.stills.framing import Box, cut, enlargement, fit_for, part, place_over, placed, resized, sheet
from engines.stills.pictures import Picture
from schemas.preset import MOTIONS
from schemas.scene_graph import Focus

TALL = (1080, 1920)
DRAFT = (540, 960)
share = st.floats(0, 1)


def plain(width, height, colour=(10, 20, 30), alpha=None):
    rgb = np.empty((height, width, 3), np.uint8)
    rgb[:] = colour
    return Picture(rgb, None if alpha is None else np.full((height, width), alpha, np.uint8))


@pytest.mark.parametrize(
    ("wanted", "explicit", "picture", "alpha", "fit"),
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
def test_the_fit_is_the_one_that_looks_right(wanted, explicit, picture, alpha, fit):
    frame = TALL
    assert fit_for(wanted, explicit, picture, frame, alpha) == fit


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(["crop", "blur", "pad"]), st.booleans(), st.integers(2, 5000), st.integers(2, 5000), st.booleans()
)
def test_a_draft_is_framed_as_the_final_film_will_be(wanted, explicit, width, height, alpha):
    size = (width, height)
    assert fit_for(wanted, explicit, size, TALL, alpha) == fit_for(wanted, explicit, size, DRAFT, alpha)
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
def test_a_cut_keeps_all_that_the_camera_sees_at_a_scale_near_one(kind, picture, focus, zoom, frame, seconds):
    view = View(*picture, frame[0] / frame[1], focus)
    made = cut(view, motion(kind, view, zoom, seconds, 1), picture, frame)
    assert made.width % 2 == made.height % 2 == 0
    assert made.box.left >= 0
    assert made.box.top >= 0
    assert made.box.left + made.box.width <= picture[0]
    assert made.box.top + made.box.height <= picture[1]
    for window in (made.motion.start, made.motion.end):
        tall = window.width * made.width * frame[1] / frame[0] / made.height
        assert window.x - window.width / 2 >= -1e-6
        assert window.x + window.width / 2 <= 1 + 1e-6
        assert window.y - tall / 2 >= -1e-6
        assert window.y + tall / 2 <= 1 + 1e-6
    steps = [w.width * made.width / frame[0] for w in (made.motion.start, made.motion.end)]
    slack = 4 / min(made.box.width, made.box.height) + 4 / min(frame)
    assert max(steps) <= 1.35 * (1 + slack) + 0.01
    assert min(steps) >= 1 / 1.2 - slack


def test_a_small_picture_is_never_brought_to_more_than_is_seen():
    view = View(9000, 600, 9 / 16, Focus())
    made = cut(view, motion("pan_right", view, 1.15, 5, 0), (9000, 600), TALL)
    assert made.width * made.height < 3 * 1080 * 1920


@pytest.mark.parametrize("picture", [(1600, 900), (900, 1600), (500, 500), (6000, 300)])
@pytest.mark.parametrize("margin", [True, False])
def test_a_whole_picture_lies_in_the_middle_and_keeps_its_shape(picture, margin):
    box = placed(picture, (1200, 2000), margin)
    assert box.width / box.height == pytest.approx(picture[0] / picture[1], rel=0.02)
    assert abs(box.left * 2 + box.width - 1200) <= 1
    assert abs(box.top * 2 + box.height - 2000) <= 1
    assert box.left >= (60 if margin else 0)


def test_a_whole_picture_reaches_two_edges_without_a_margin():
    assert placed((1600, 900), (1200, 2000), margin=False).width == 1200


def test_a_tiny_picture_is_enlarged_to_half_of_the_room():
    box = placed((100, 80), TALL, margin=False)
    assert box.width == 540
    assert placed((100, 80), DRAFT, margin=False).width == 270


@given(st.floats(1, 1.6))
def test_a_sheet_has_an_even_size_and_the_frames_shape(zoom):
    width, height = sheet((108, 192), zoom)
    assert width % 2 == height % 2 == 0
    assert width / height == pytest.approx(108 / 192, rel=0.02)
    assert width >= 108


@pytest.mark.parametrize("size", [(30, 20), (150, 100), (60, 40), (33, 77)])
@pytest.mark.parametrize("alpha", [None, 255, 90])
def test_a_plain_picture_is_the_same_colour_at_every_size(size, alpha):
    made = resized(plain(60, 40, (200, 90, 30), alpha), *size)
    assert (made.width, made.height) == size
    assert np.abs(made.rgb.astype(int) - (200, 90, 30)).max() <= 1
    assert alpha is None or np.abs(made.alpha.astype(int) - alpha).max() <= 1


def test_hidden_colours_do_not_bleed_into_the_edge():
    picture = plain(40, 40, (255, 0, 0), 255)
    picture.rgb[:, 20:], picture.alpha[:, 20:] = (0, 255, 0), 0
    made = resized(picture, 15, 15)
    seen = made.alpha > 20
    assert (made.rgb[seen][:, 1] <= 2).all()


def test_a_picture_is_laid_where_its_box_is():
    ground = plain(20, 10, (0, 0, 0)).rgb
    made = place_over(plain(4, 6, (9, 9, 9)), ground, Box(3, 2, 4, 6))
    assert (made[2:8, 3:7] == 9).all()
    assert made.sum() == 4 * 6 * 27
    assert ground.sum() == 0


def test_what_is_half_transparent_shows_half_of_the_ground():
    made = place_over(plain(4, 4, (200, 0, 0), 128), plain(4, 4, (0, 0, 200)).rgb, Box(0, 0, 4, 4))
    assert tuple(made[0, 0]) == (100, 0, 100)


def test_a_part_is_a_view_of_the_same_pixels():
    picture = plain(20, 10, alpha=7)
    inner = part(picture, Box(5, 2, 6, 4))
    assert (inner.width, inner.height) == (6, 4)
    assert inner.alpha.shape == (4, 6)
    assert np.shares_memory(inner.rgb, picture.rgb)
