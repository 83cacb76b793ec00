"""From one frame to the next, in every way there is."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assembly.picture import i420
from assembly.picture.transitions import BLENDS, blend
from schemas.preset import TRANSITIONS

WIDTH, HEIGHT = 108, 192
KINDS = tuple(kind for kind in TRANSITIONS if kind != "cut")


def flat(y, u=128, v=128):
    made = i420.empty(WIDTH, HEIGHT)
    for plane, value in zip(i420.planes(made), (y, u, v), strict=True):
        plane[:] = value
    return made


def scene(seed):
    """Coarse coloured squares: something to see everywhere."""
    random = np.random.default_rng(seed)
    made = i420.empty(WIDTH, HEIGHT)
    for plane, cell in zip(i420.planes(made), (12, 6, 6), strict=True):
        rows, columns = plane.shape
        squares = random.integers(16, 236, (rows // cell, columns // cell), dtype=np.uint8)
        plane[:] = np.kron(squares, np.ones((cell, cell), np.uint8))
    return made


A, B = scene(1), scene(2)


def at(kind, share, a=A, b=B):
    out = i420.empty(WIDTH, HEIGHT)
    blend(kind, a, b, share, out)
    return out


def difference(one, other):
    return np.abs(one.astype(int) - other.astype(int)).mean()


def test_every_transition_of_the_contract_can_be_made():
    assert tuple(BLENDS) == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_it_begins_with_the_old_frame_and_ends_with_the_new_one(kind):
    assert np.array_equal(at(kind, 0), A)
    assert np.array_equal(at(kind, 1), B)


@pytest.mark.parametrize("kind", KINDS)
def test_it_comes_close_to_both_without_a_jump(kind):
    assert difference(at(kind, 0.004), A) < 1
    assert difference(at(kind, 0.996), B) < 1


@pytest.mark.parametrize("kind", KINDS)
def test_halfway_it_is_neither(kind):
    half = at(kind, 0.5)
    assert difference(half, A) > 5
    assert difference(half, B) > 5


@pytest.mark.parametrize(("one", "other"), tuple(itertools.combinations(KINDS, 2)))
def test_no_two_kinds_look_the_same(one, other):
    assert difference(at(one, 0.4), at(other, 0.4)) > 4


@pytest.mark.parametrize("kind", KINDS)
def test_the_old_frames_are_left_as_they_are(kind):
    a, b = A.copy(), B.copy()
    at(kind, 0.4, a, b)
    assert np.array_equal(a, A)
    assert np.array_equal(b, B)


@pytest.mark.parametrize("kind", [k for k in KINDS if k not in ("fade_black", "fade_white")])
@pytest.mark.parametrize("share", [0.1, 0.37, 0.5, 0.9])
def test_two_equal_plain_frames_stay_that_frame(kind, share):
    grey = flat(90, 110, 150)
    assert np.abs(at(kind, share, grey, grey).astype(int) - grey).max() <= 1


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(KINDS), st.floats(0, 1))
def test_no_sample_leaves_the_range_of_the_frames_and_the_ground(kind, share):
    out = at(kind, share)
    assert out.min() >= 16
    assert out.max() <= 235


def test_a_fade_is_the_mean_at_half():
    assert at("fade", 0.5, flat(100, 90, 200), flat(200, 110, 100))[0, 0] == 150


@pytest.mark.parametrize(("kind", "level"), [("fade_black", 16), ("fade_white", 235)])
def test_a_fade_through_a_ground_is_all_ground_at_half(kind, level):
    assert np.array_equal(at(kind, 0.5), flat(level))


@pytest.mark.parametrize(
    ("kind", "new", "old"),
    [
        ("wipe_left", np.s_[:, -4:], np.s_[:, :4]),
        ("slide_left", np.s_[:, -4:], np.s_[:, :4]),
        ("wipe_right", np.s_[:, :4], np.s_[:, -4:]),
        ("slide_right", np.s_[:, :4], np.s_[:, -4:]),
        ("wipe_up", np.s_[-4:, :], np.s_[:4, :]),
        ("slide_up", np.s_[-4:, :], np.s_[:4, :]),
    ],
)
def test_it_travels_where_its_name_says(kind, new, old):
    out = at(kind, 0.5, flat(50, 100, 100), flat(200, 160, 160))
    for plane, before, after in zip(i420.planes(out), (50, 100, 100), (200, 160, 160), strict=True):
        assert (plane[new] == after).all()
        assert (plane[old] == before).all()


@pytest.mark.parametrize("share", [0.2, 0.35, 0.5, 0.8])
@pytest.mark.parametrize("kind", ["slide_left", "slide_right", "slide_up"])
def test_colours_slide_with_their_shapes(kind, share):
    y, u, _ = i420.planes(at(kind, share, flat(50, 100), flat(200, 160)))
    assert np.array_equal(y[::2, ::2] == 200, u == 160)
    assert np.array_equal(y[1::2, 1::2] == 200, u == 160)


@pytest.mark.parametrize("kind", ["wipe_left", "wipe_right", "wipe_up", "circle_open"])
@pytest.mark.parametrize("share", [0.3, 0.5, 0.7])
def test_a_soft_edge_is_soft_and_has_its_colour_with_it(kind, share):
    y, u, _ = i420.planes(at(kind, share, flat(50, 50), flat(200, 200)))
    assert len(np.unique(y)) > 6
    assert np.abs(y[::2, ::2].astype(int) - u).max() <= 1
    steps = np.abs(np.diff(y.astype(int), axis=0 if kind == "wipe_up" else 1))
    assert steps.max() < 150 / 2


def test_the_circle_opens_in_the_middle_and_reaches_the_corners_last():
    out = at("circle_open", 0.4, flat(50), flat(200))[:HEIGHT]
    assert out[HEIGHT // 2, WIDTH // 2] == 200
    assert out[0, 0] == out[-1, -1] == 50
    assert np.array_equal(out, out[::-1])
    assert np.array_equal(out, out[:, ::-1])


def test_zooming_in_spreads_what_was_in_the_middle():
    dot = flat(50)
    dot[HEIGHT // 2 - 10 : HEIGHT // 2 + 10, WIDTH // 2 - 10 : WIDTH // 2 + 10] = 200
    assert (at("zoom_in", 0.5, dot, flat(50))[:HEIGHT] > 90).sum() > 500


def test_a_blur_is_has_no_sharp_edge_on_its_way():
    def detail(frame):
        return np.abs(np.diff(frame[:HEIGHT].astype(int), axis=1)).max()

    assert detail(at("blur", 0.5)) < 0.5 * detail(at("fade", 0.5))


def test_a_cut_cannot_be_blended():
    with pytest.raises(ValueError, match="cut"):
        at("cut", 0.5)
