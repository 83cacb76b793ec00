"""Transitions with motion blur: whip pans, a flight through the picture, and the push of a frame."""

from __future__ import annotations

import time

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assembly.picture import i420
from assembly.picture.camera_moves import Moment
from assembly.picture.motion_blur import box_length, streak, zoom_streak
from assembly.picture.transitions import BLENDS, blend

WIDTH, HEIGHT = 108, 192
WHIPS = {"whip_left": (-1, 0), "whip_right": (1, 0), "whip_up": (0, -1), "whip_down": (0, 1)}
MOVES = (*WHIPS, "zoom_through")
FRAMES = st.integers(4, 8)


def picture(seed: int, lowest: int = 60, highest: int = 200) -> np.ndarray:
    """Return a frame of smooth shapes, without a hard edge of its own."""
    random = np.random.default_rng(seed)
    frame = i420.empty(WIDTH, HEIGHT)
    for plane in i420.planes(frame):
        noise = random.uniform(0, 1, plane.shape).astype(np.float32)
        smooth = cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 6), None, lowest, highest, cv2.NORM_MINMAX)
        plane[:] = np.rint(smooth)
    return frame


def with_square(luma: int = 200) -> np.ndarray:
    frame = i420.empty(WIDTH, HEIGHT)
    for plane, level in zip(i420.planes(frame), (60, 128, 128), strict=True):
        plane[:] = level
    i420.planes(frame)[0][88:104, 46:62] = luma
    return frame


A, B, BRIGHT = picture(1), picture(2), picture(3, 190, 235)


def frames_of(kind: str, count: int, a: np.ndarray = A, b: np.ndarray = B) -> list[np.ndarray]:
    step, frames = 1 / (count + 1), []
    for index in range(count):
        out = i420.empty(WIDTH, HEIGHT)
        blend(kind, a, b, (index + 1) * step, out, step=step)
        frames.append(out)
    return frames


def luma(frame: np.ndarray) -> np.ndarray:
    return i420.planes(frame)[0].astype(np.float64)


def largest_step(frame: np.ndarray) -> float:
    """Return the largest difference between neighbouring columns or rows, each as a whole: that of a seam."""
    y = luma(frame)
    return max(np.abs(np.diff(y, axis=axis)).mean(axis=1 - axis).max() for axis in (0, 1))


@given(st.sampled_from(MOVES), FRAMES, st.sampled_from([(A, B), (A, BRIGHT), (BRIGHT, B)]))
@settings(max_examples=40, deadline=None)
def test_no_frame_has_a_seam_or_a_border(kind, count, pictures) -> None:
    a, b = pictures
    own = max(largest_step(a), largest_step(b))
    for frame in frames_of(kind, count, a, b):
        assert largest_step(frame) <= 3 * own + 2
        assert luma(frame).min() >= min(luma(a).min(), luma(b).min()) - 2


@given(st.sampled_from([*BLENDS]), FRAMES)
@settings(max_examples=60, deadline=None)
def test_mean_luma_stays_between_those_of_the_pictures_or_the_colour_between(kind, count) -> None:
    extreme = {"fade_black": [16], "fade_white": [235]}.get(kind, [])
    means = [luma(A).mean(), luma(BRIGHT).mean(), *extreme]
    for frame in frames_of(kind, count, A, BRIGHT):
        assert min(means) - 12 <= luma(frame).mean() <= max(means) + 12


@pytest.mark.parametrize(("kind", "opposite"), [("whip_left", "whip_right"), ("whip_up", "whip_down")])
def test_whip_is_the_opposite_one_in_reverse_order(kind, opposite) -> None:
    backward = frames_of(opposite, 6, B, A)[::-1]
    for there, back in zip(frames_of(kind, 6), backward, strict=True):
        assert np.abs(luma(there) - luma(back)).mean() < 1.5


@pytest.mark.parametrize(("kind", "direction"), WHIPS.items())
def test_whip_moves_both_pictures_in_the_named_direction(kind, direction) -> None:
    dark = i420.empty(WIDTH, HEIGHT)
    for plane, level in zip(i420.planes(dark), (60, 128, 128), strict=True):
        plane[:] = level
    leaving = luma(frames_of(kind, 8, with_square(), dark)[1])
    arriving = luma(frames_of(kind, 8, dark, with_square())[-2])
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]

    def shift(y):
        weight = y - 60
        return np.array([(weight * columns).sum(), (weight * rows).sum()]) / weight.sum() - (53.5, 95.5)

    axis = 0 if direction[0] else 1
    assert shift(leaving)[axis] * sum(direction) > 2
    assert shift(arriving)[axis] * sum(direction) < -2
    assert abs(shift(leaving)[1 - axis]) < 0.5


@given(st.integers(2, 80), st.booleans())
@settings(max_examples=40, deadline=None)
def test_blur_is_as_long_as_the_way_of_the_exposure(distance, across) -> None:
    plane = np.zeros((161, 161), np.uint8)
    plane[80, 80] = 255
    plane = cv2.dilate(plane, np.ones((5, 5), np.uint8))
    out = np.empty_like(plane)
    streak(plane, 0.0, float(distance), out, across=across)
    line = out.max(axis=0 if across else 1)
    seen = int((line > 0).sum())
    assert abs(seen - (distance + 5)) <= 3
    assert box_length(distance) in (distance, distance + 1, distance - 1)


@pytest.mark.parametrize("kind", ["whip_left", "whip_down"])
def test_blur_is_proportional_to_the_speed(kind) -> None:
    """With twice as many frames, the speed and the blur of the same moment are half as large."""

    def length(step):
        out = i420.empty(WIDTH, HEIGHT)
        blend(kind, with_square(255), with_square(255), 0.25, out, step=step)
        y = luma(out) - 60
        line = y.sum(axis=0 if kind == "whip_left" else 1)
        return (line > 1).sum() - 16

    assert length(0.1) == pytest.approx(2 * length(0.05), abs=4)
    assert length(0.1) > 6


def test_zoom_blurs_the_corners_and_not_the_centre() -> None:
    frame = i420.empty(WIDTH, HEIGHT)
    checks = (np.indices((HEIGHT, WIDTH)).sum(axis=0) // 4 % 2 * 120 + 60).astype(np.uint8)
    i420.planes(frame)[0][:] = checks
    for plane in i420.planes(frame)[1:]:
        plane[:] = 128
    out = i420.empty(WIDTH, HEIGHT)
    zoom_streak(frame, 1.0, 1.2, out)
    y = luma(out)
    assert y[:24, :24].std() < 0.7 * y[90:102, 48:60].std()


def test_zoom_without_a_change_of_scale_is_the_enlarged_picture() -> None:
    out = i420.empty(WIDTH, HEIGHT)
    zoom_streak(A, 1.0, 1.0, out)
    assert np.abs(out.astype(int) - A).max() <= 1


def test_exposure_stays_inside_the_transition() -> None:
    assert Moment(0.02, 0.1).exposure(1.0) == (0.0, pytest.approx(0.07))
    assert Moment(0.99, 0.1).exposure(1.0) == (pytest.approx(0.94), 1.0)
    first, last = Moment(0.5, 0.1).exposure(0.5)
    assert last - first == pytest.approx(0.05)


def test_push_of_a_frame_shows_both_pictures_side_by_side() -> None:
    a, b = (np.full_like(A, level) for level in (50, 200))
    middle = luma(frames_of("push_card", 9, a, b)[4])
    assert (middle[:, 0] == 50).all()
    assert (middle[:, -1] == 200).all()
    assert len(np.unique(middle[0])) > 4


def test_a_move_costs_little_compared_with_the_other_work_of_its_frame() -> None:
    """A frame at 1080 × 1920 costs at most as much as eight conversions of a frame to RGB, back, and a blur."""
    a, b = (cv2.resize(each, (1080, 2880), interpolation=cv2.INTER_LINEAR) for each in (A, B))
    out = np.empty_like(a)

    def cost(work):
        times = []
        for _ in range(3):
            started = time.process_time()
            work()
            times.append(time.process_time() - started)
        return min(times)

    def convert():
        for _ in range(8):
            rgb = cv2.cvtColor(a, cv2.COLOR_YUV2RGB_I420)
            cv2.GaussianBlur(cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420), (9, 9), 2)

    bound = cost(convert)
    for kind in (*MOVES, "push_card"):
        assert cost(lambda kind=kind: blend(kind, a, b, 3 / 7, out, step=1 / 7)) <= bound
