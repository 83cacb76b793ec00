"""Frames of a moving plate."""

import itertools
import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assembly.picture import i420
from assembly.picture.stills import Still, open_still, sample_mappings, widest_window
from schemas.clip import Motion, Window

WIDTH, HEIGHT = 108, 192


def plate(luma, u=128, v=128):
    height, width = luma.shape
    made = i420.empty(width, height)
    for plane, value in zip(i420.planes(made), (luma, u, v), strict=True):
        plane[:] = value
    return made


def blob(width, height, x, y, sigma=4.0):
    """A soft light spot whose middle is at ``(x, y)``, counted from the plate's corner."""
    across, down = np.arange(width) + 0.5 - x, np.arange(height)[:, None] + 0.5 - y
    return np.rint(16 + 200 * np.exp(-(across**2 + down**2) / (2 * sigma**2))).astype(np.uint8)


def middle_of_light(luma):
    light = luma.astype(float) - 16
    light[light < 6] = 0
    height, width = light.shape
    across, down = np.arange(width) + 0.5, np.arange(height) + 0.5
    return (light.sum(0) @ across) / light.sum(), (light.sum(1) @ down) / light.sum()


def path_error(motion, plate_size, spot, frames=60):
    """How far the spot is from where the formula puts it, in frame pixels, RMS over the path."""
    still = Still(plate(blob(*plate_size, *spot)), motion, WIDTH, HEIGHT, frames)
    out, errors = i420.empty(WIDTH, HEIGHT), []
    for index in range(frames):
        still.frame(index, out)
        window = still.window(index)
        step = window.width * plate_size[0] / WIDTH
        ideal = [
            (s - c * p) / step + f / 2
            for s, c, p, f in zip(spot, (window.x, window.y), plate_size, (WIDTH, HEIGHT), strict=True)
        ]
        errors.append(np.subtract(middle_of_light(out[:HEIGHT]), ideal))
    return math.sqrt(np.mean(np.square(errors)))


PUSH = Motion("push_in", Window(0.5, 0.5, 1.0), Window(0.52, 0.48, 0.87))
PAN = Motion("pan_right", Window(0.4, 0.5, 0.7), Window(0.6, 0.5, 0.7))


@pytest.mark.parametrize("motion", [PUSH, PAN, Motion("pull_out", PUSH.end, PUSH.start)], ids=lambda m: m.kind)
def test_the_camera_keeps_to_its_path_within_a_twelfth_of_a_pixel(motion):
    assert path_error(motion, (124, 222), (63.0, 110.0)) <= 0.08


def test_a_slow_push_moves_in_every_frame():
    noise = np.random.default_rng(1).integers(16, 236, (222, 124), dtype=np.uint8)
    still = Still(
        plate(cv2.GaussianBlur(noise, (5, 5), 1)),
        Motion("push_in", Window(0.5, 0.5, 1.0), Window(0.5, 0.5, 0.97)),
        WIDTH,
        HEIGHT,
        90,
    )
    frames = [i420.empty(WIDTH, HEIGHT) for _ in range(90)]
    for index, frame in enumerate(frames):
        still.frame(index, frame)
    changes = [cv2.norm(a, b, cv2.NORM_L1) for a, b in itertools.pairwise(frames[5:-5])]
    assert min(changes) > 0


def test_colour_stays_on_its_shape_wherever_the_camera_goes():
    # Luma and chroma change along the same soft edge; chroma samples lie on the even luma columns.
    width, height = 240, 400
    edge = 1 / (1 + np.exp((119.5 - np.arange(width)) / 6))
    still = Still(
        plate(np.rint(np.tile(60 + 100 * edge, (height, 1))), v=np.rint(128 + 100 * edge[::2])),
        Motion("drift", Window(0.45, 0.5, 0.6), Window(0.55, 0.5, 0.8)),
        WIDTH,
        HEIGHT,
        9,
    )
    out = i420.empty(WIDTH, HEIGHT)
    for index in range(9):
        still.frame(index, out)
        y, _, v = i420.planes(out)
        in_luma = WIDTH - (y[50].astype(float) - 60).sum() / 100
        in_chroma = 2 * (WIDTH / 2 - (v[25].astype(float) - 128).sum() / 100) - 0.5
        assert in_luma == pytest.approx(in_chroma, abs=0.1)


def test_a_window_of_the_whole_plate_at_its_own_size_is_the_plate():
    noise = np.random.default_rng(2).integers(0, 256, (HEIGHT * 3 // 2, WIDTH), dtype=np.uint8)
    out = i420.empty(WIDTH, HEIGHT)
    Still(noise, None, WIDTH, HEIGHT, 1).frame(0, out)
    assert np.array_equal(out, noise)


def test_the_first_frame_is_the_start_and_the_last_one_the_end():
    still = Still(plate(np.zeros((222, 124), np.uint8)), PUSH, WIDTH, HEIGHT, 30)
    assert still.window(0) == PUSH.start
    assert still.window(29).width == pytest.approx(PUSH.end.width)


def test_a_single_frame_shows_the_start():
    still = Still(plate(np.zeros((222, 124), np.uint8)), PUSH, WIDTH, HEIGHT, 1)
    assert still.window(0) == PUSH.start


def test_a_camera_at_rest_shows_the_same_frame_as_one_that_moves_past():
    noise = np.random.default_rng(3).integers(0, 256, (222 * 3 // 2, 124), dtype=np.uint8)
    window = Window(0.51, 0.49, 0.9)
    resting, passing = i420.empty(WIDTH, HEIGHT), i420.empty(WIDTH, HEIGHT)
    Still(noise, Motion("still", window, window), WIDTH, HEIGHT, 20).frame(7, resting)
    Still(noise, Motion("push_in", window, PUSH.end), WIDTH, HEIGHT, 20).frame(0, passing)
    assert np.array_equal(resting, passing)


def test_a_plate_read_from_a_file_is_not_changed(tmp_path):
    made = plate(blob(124, 222, 60, 100))
    np.save(tmp_path / "plate.npy", made)
    mapped = open_still(tmp_path / "plate.npy")
    assert not mapped.flags.writeable
    here, there = i420.empty(WIDTH, HEIGHT), i420.empty(WIDTH, HEIGHT)
    Still(made, PUSH, WIDTH, HEIGHT, 10).frame(4, here)
    Still(mapped, PUSH, WIDTH, HEIGHT, 10).frame(4, there)
    assert np.array_equal(here, there)


@pytest.mark.parametrize("shape", [(150, 101), (151, 100), (146, 98)])
def test_a_plate_of_odd_size_is_refused(shape):
    with pytest.raises(ValueError, match="I420"):
        Still(np.zeros(shape, np.uint8), PUSH, WIDTH, HEIGHT, 5)


@settings(max_examples=50, deadline=None)
@given(st.integers(10, 4000), st.integers(10, 4000))
def test_the_widest_window_touches_two_sides_and_crosses_none(width, height):
    window = widest_window(width, height, WIDTH, HEIGHT)
    tall = window.width * width * HEIGHT / WIDTH / height
    assert max(window.width, tall) == pytest.approx(1)
    assert min(window.width, tall) <= 1 + 1e-9


def test_the_mapping_puts_the_frames_corners_on_the_windows():
    luma, _ = sample_mappings(Window(0.5, 0.5, 0.5), (216, 384), (WIDTH, HEIGHT))
    assert luma @ [-0.5, -0.5, 1] == pytest.approx([53.5, 95.5])
    assert luma @ [WIDTH - 0.5, HEIGHT - 0.5, 1] == pytest.approx([161.5, 287.5])
