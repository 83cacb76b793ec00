"""Sampling of a plane at evenly spaced positions."""

import cv2
import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from assembly.picture.sampling import Plane, find_region

SIZE = (90, 140)


def smooth_noise(width, height, seed=1):
    noise = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 2), None, 0, 255, cv2.NORM_MINMAX)


def interpolated(values, positions, axis):
    """Reference formula in floating point: linear interpolation, with the outermost sample beyond each end."""
    inside = np.clip(positions, 0, values.shape[axis] - 1)
    before = np.minimum(np.floor(inside).astype(int), values.shape[axis] - 2)
    share = np.expand_dims(inside - before, 1 - axis)
    return np.take(values, before, axis) * (1 - share) + np.take(values, before + 1, axis) * share


def expected(pixels, left, top, step, size=SIZE):
    rows = interpolated(pixels.astype(float), top + step * np.arange(size[1]), 0)
    return interpolated(rows, left + step * np.arange(size[0]), 1)


def read(pixels, left, top, step, longest=None, size=SIZE):
    out = np.empty(size[::-1], np.uint8)
    Plane(pixels, size, longest or step).read(left, top, step, out)
    return out


@settings(max_examples=80, deadline=None)
@given(st.floats(0.3, 2.2), st.floats(0, 1), st.floats(0, 1))
@example(1.001953125, 0.0, 0.0)  # so close to 1 that a resize would return as many samples as it reads
@example(0.9991, 0.5, 0.0)
def test_samples_are_read_at_their_positions(step, across, down):
    pixels = smooth_noise(300, 420)
    left, top = (
        share * (end - step * count) for share, end, count in zip((across, down), (300, 420), SIZE, strict=True)
    )
    error = read(pixels, left, top, step) - expected(pixels, left, top, step)
    assert np.abs(error).max() <= 2.5
    assert np.abs(error).mean() <= 0.4
    assert abs(error.mean()) <= 0.05


@pytest.mark.parametrize("step", [0.62, 1.041, 1.173, 1.31])
@pytest.mark.parametrize("end", ["first", "last"])
def test_edges_are_replicated_beyond_the_plane(step, end):
    pixels = smooth_noise(200, 260)
    positions = [(step - 1) / 2 - 1.3 if end == "first" else length - step * count + 0.9 for length, count in
              zip((200, 260), SIZE, strict=True)]  # fmt: skip
    assert np.abs(read(pixels, *positions, step) - expected(pixels, *positions, step)).max() <= 2.5


@pytest.mark.parametrize("step", [1.25, 4 / 3, 1.0])
def test_warping_and_resizing_have_the_same_mean_error(step):
    pixels, corner, near_step = smooth_noise(300, 420), (20.37, 31.12 + 1 / 16), step + 0.003
    assert not all(find_region(start, step, count) for start, count in zip(corner, SIZE, strict=True))
    assert all(find_region(start, near_step, count) for start, count in zip(corner, SIZE, strict=True))
    warped = read(pixels, *corner, step) - expected(pixels, *corner, step)
    resized = read(pixels, *corner, near_step) - expected(pixels, *corner, near_step)
    assert warped.mean() == pytest.approx(resized.mean(), abs=0.04)
    assert max(np.abs(warped).mean(), np.abs(resized).mean()) <= 0.4


@settings(max_examples=200, deadline=None)
@given(st.floats(0.3, 3), st.floats(0, 2000), st.integers(1, 2000))
def test_region_contains_all_samples_and_their_neighbours(step, start, count):
    region = find_region(start, step, count)
    assume(region is not None)
    first = region.origin + (region.skip + 0.5) * step - 0.5
    assert first == pytest.approx(start, abs=0.0201)
    assert region.origin <= first + 1e-9
    assert np.floor(first + step * (count - 1)) + 1 <= region.origin + region.length - 1 + 0.021
    assert round(region.length / step) >= region.skip + count


def test_nearly_every_step_of_a_zoom_has_a_region():
    steps = np.geomspace(1.041, 1.2, 200)
    has_region = [find_region(300 - 500 * step, step, 1080) is not None for step in steps]
    assert np.mean(has_region) >= 0.9


def test_larger_step_than_expected_gives_correct_samples():
    pixels = smooth_noise(300, 420)
    assert np.abs(read(pixels, 0.8, 0.9, 2.0361, longest=1.0) - expected(pixels, 0.8, 0.9, 2.0361)).max() <= 2.5
