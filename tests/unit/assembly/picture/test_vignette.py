"""The vignette darkens corners and keeps the centre."""

import numpy as np
import pytest

from assembly.picture import i420
from assembly.picture.vignette import Vignette

WIDTH, HEIGHT = 108, 192


def flat(y, u=128, v=128):
    frame = i420.empty(WIDTH, HEIGHT)
    for plane, value in zip(i420.planes(frame), (y, u, v), strict=True):
        plane[:] = value
    return frame


def darkened(strength, frame):
    Vignette(strength, WIDTH, HEIGHT).apply(frame)
    return frame


def test_zero_strength_changes_nothing():
    noise = np.random.default_rng(0).integers(0, 256, (HEIGHT * 3 // 2, WIDTH), dtype=np.uint8)
    assert np.array_equal(darkened(0, noise.copy()), noise)


@pytest.mark.parametrize("strength", [0.1, 0.37, 1.0])
def test_black_stays_black_and_chroma_neutral(strength):
    out = darkened(strength, flat(16))
    assert np.array_equal(out, flat(16))


def test_centre_is_unchanged_and_corners_are_darker():
    luma = darkened(0.6, flat(200))[:HEIGHT]
    assert luma[HEIGHT // 2, WIDTH // 2] == 200
    assert luma[0, 0] < 120
    assert luma.min() == luma[0, 0] == luma[-1, -1] == luma[0, -1]


def test_corners_get_darker_with_strength():
    corners = [int(darkened(s, flat(200))[0, 0]) for s in (0.0, 0.25, 0.5, 1.0)]
    assert corners == sorted(corners, reverse=True)
    assert len(set(corners)) == 4


def test_corners_lose_chroma_in_proportion_to_luma():
    y, u, _ = i420.planes(darkened(0.8, flat(200, 200, 90)))
    assert (u[0, 0] - 128) / 72 == pytest.approx((int(y[0, 0]) - 16) / 184, abs=0.03)


def test_falloff_is_gradual():
    row = darkened(1.0, flat(235))[0].astype(int)
    assert np.abs(np.diff(row)).max() <= 6
