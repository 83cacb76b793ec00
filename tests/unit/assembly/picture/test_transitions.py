"""Transitions of every kind between two frames."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assembly.picture import i420
from assembly.picture.transitions import BLENDS, blend
from schemas.preset import CUTS, TRANSITIONS

WIDTH, HEIGHT = 108, 192
KINDS = tuple(kind for kind in TRANSITIONS if kind not in CUTS)
# "whip" has the direction of "whip_left" until the timeline names one.
DIFFERENT = tuple(kind for kind in KINDS if kind != "whip")


def flat(y, u=128, v=128):
    frame = i420.empty(WIDTH, HEIGHT)
    for plane, value in zip(i420.planes(frame), (y, u, v), strict=True):
        plane[:] = value
    return frame


def coloured_squares(seed):
    """Return a frame of coarse coloured squares, with detail everywhere."""
    random = np.random.default_rng(seed)
    frame = i420.empty(WIDTH, HEIGHT)
    for plane, cell in zip(i420.planes(frame), (12, 6, 6), strict=True):
        rows, columns = plane.shape
        squares = random.integers(16, 236, (rows // cell, columns // cell), dtype=np.uint8)
        plane[:] = np.kron(squares, np.ones((cell, cell), np.uint8))
    return frame


A, B = coloured_squares(1), coloured_squares(2)


def blended(kind, share, a=A, b=B, step=1 / 7):
    out = i420.empty(WIDTH, HEIGHT)
    blend(kind, a, b, share, out, step=step)
    return out


def difference(first, second):
    return np.abs(first.astype(int) - second.astype(int)).mean()


def test_every_transition_except_cuts_has_a_blend():
    assert tuple(BLENDS) == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_share_zero_is_the_old_frame_and_share_one_the_new(kind):
    assert np.array_equal(blended(kind, 0), A)
    assert np.array_equal(blended(kind, 1), B)


@pytest.mark.parametrize("kind", KINDS)
def test_frames_near_both_ends_are_close_to_them(kind):
    assert difference(blended(kind, 0.004, step=0.004), A) < 1
    assert difference(blended(kind, 0.996, step=0.004), B) < 1


@pytest.mark.parametrize("kind", KINDS)
def test_half_share_differs_from_both_frames(kind):
    half = blended(kind, 0.5)
    assert difference(half, A) > 5
    assert difference(half, B) > 5


@pytest.mark.parametrize(("first", "second"), tuple(itertools.combinations(DIFFERENT, 2)))
def test_kinds_differ_from_each_other(first, second):
    assert difference(blended(first, 0.4), blended(second, 0.4)) > 4


@pytest.mark.parametrize("kind", KINDS)
def test_input_frames_are_unchanged(kind):
    a, b = A.copy(), B.copy()
    blended(kind, 0.4, a, b)
    assert np.array_equal(a, A)
    assert np.array_equal(b, B)


@pytest.mark.parametrize("kind", [k for k in KINDS if k not in ("fade_black", "fade_white")])
@pytest.mark.parametrize("share", [0.1, 0.37, 0.5, 0.9])
def test_blend_of_equal_flat_frames_is_that_frame(kind, share):
    grey = flat(90, 110, 150)
    assert np.abs(blended(kind, share, grey, grey).astype(int) - grey).max() <= 1


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(KINDS), st.floats(0, 1))
def test_samples_stay_in_limited_range(kind, share):
    out = blended(kind, share)
    assert out.min() >= 16
    assert out.max() <= 235


def test_fade_at_half_is_the_mean():
    assert blended("fade", 0.5, flat(100, 90, 200), flat(200, 110, 100))[0, 0] == 150


@pytest.mark.parametrize(("kind", "level"), [("fade_black", 16), ("fade_white", 235)])
def test_fade_through_a_colour_is_that_colour_at_half(kind, level):
    assert np.array_equal(blended(kind, 0.5), flat(level))


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
def test_wipes_and_slides_move_in_the_named_direction(kind, new, old):
    out = blended(kind, 0.5, flat(50, 100, 100), flat(200, 160, 160))
    for plane, before, after in zip(i420.planes(out), (50, 100, 100), (200, 160, 160), strict=True):
        assert (plane[new] == after).all()
        assert (plane[old] == before).all()


@pytest.mark.parametrize("share", [0.2, 0.35, 0.5, 0.8])
@pytest.mark.parametrize("kind", ["slide_left", "slide_right", "slide_up"])
def test_slide_moves_chroma_with_luma(kind, share):
    y, u, _ = i420.planes(blended(kind, share, flat(50, 100), flat(200, 160)))
    assert np.array_equal(y[::2, ::2] == 200, u == 160)
    assert np.array_equal(y[1::2, 1::2] == 200, u == 160)


@pytest.mark.parametrize("kind", ["wipe_left", "wipe_right", "wipe_up", "circle_open"])
@pytest.mark.parametrize("share", [0.3, 0.5, 0.7])
def test_wipe_edge_is_soft_and_equal_in_luma_and_chroma(kind, share):
    y, u, _ = i420.planes(blended(kind, share, flat(50, 50), flat(200, 200)))
    assert len(np.unique(y)) > 6
    assert np.abs(y[::2, ::2].astype(int) - u).max() <= 1
    steps = np.abs(np.diff(y.astype(int), axis=0 if kind == "wipe_up" else 1))
    assert steps.max() < 150 / 2


def test_circle_opens_from_the_centre_to_the_corners():
    out = blended("circle_open", 0.4, flat(50), flat(200))[:HEIGHT]
    assert out[HEIGHT // 2, WIDTH // 2] == 200
    assert out[0, 0] == out[-1, -1] == 50
    assert np.array_equal(out, out[::-1])
    assert np.array_equal(out, out[:, ::-1])


def test_zoom_in_enlarges_the_centre():
    dot = flat(50)
    dot[HEIGHT // 2 - 10 : HEIGHT // 2 + 10, WIDTH // 2 - 10 : WIDTH // 2 + 10] = 200
    assert (blended("zoom_in", 0.5, dot, flat(50))[:HEIGHT] > 90).sum() > 500


def test_blur_at_half_has_no_sharp_edges():
    def detail(frame):
        return np.abs(np.diff(frame[:HEIGHT].astype(int), axis=1)).max()

    assert detail(blended("blur", 0.5)) < 0.5 * detail(blended("fade", 0.5))


@pytest.mark.parametrize("kind", [*CUTS, "swirl"])
def test_kind_without_an_overlap_raises_value_error_with_the_others(kind):
    with pytest.raises(ValueError, match=f"{kind}.*fade.*whip_left"):
        blended(kind, 0.5)
