"""Frames of a plate along a camera motion."""

import itertools
import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assembly.picture import i420
from assembly.picture.stills import Still, open_still, sample_mappings, widest_window
from schemas.clip import CameraPath, CameraShot, Motion, Window

WIDTH, HEIGHT = 108, 192


def moved_still(pixels, motion, frames):
    return Still(pixels, CameraPath((CameraShot(0, motion),), frames), WIDTH, HEIGHT)


def plate(luma, u=128, v=128):
    height, width = luma.shape
    frame = i420.empty(width, height)
    for plane, value in zip(i420.planes(frame), (luma, u, v), strict=True):
        plane[:] = value
    return frame


def light_spot(width, height, x, y, sigma=4.0):
    """Return a soft light spot centred on ``(x, y)``, from the plate's corner."""
    across, down = np.arange(width) + 0.5 - x, np.arange(height)[:, None] + 0.5 - y
    return np.rint(16 + 200 * np.exp(-(across**2 + down**2) / (2 * sigma**2))).astype(np.uint8)


def light_centroid(luma):
    light = luma.astype(float) - 16
    light[light < 6] = 0
    height, width = light.shape
    across, down = np.arange(width) + 0.5, np.arange(height) + 0.5
    return (light.sum(0) @ across) / light.sum(), (light.sum(1) @ down) / light.sum()


def path_error(motion, plate_size, spot, frames=60):
    """Return the spot's distance from its position by the formula, in frame pixels, RMS over the path."""
    still = moved_still(plate(light_spot(*plate_size, *spot)), motion, frames)
    out, errors = i420.empty(WIDTH, HEIGHT), []
    for index in range(frames):
        still.frame(index, out)
        window = still.path.window_at(index)
        step = window.width * plate_size[0] / WIDTH
        ideal = [
            (s - c * p) / step + f / 2
            for s, c, p, f in zip(spot, (window.x, window.y), plate_size, (WIDTH, HEIGHT), strict=True)
        ]
        errors.append(np.subtract(light_centroid(out[:HEIGHT]), ideal))
    return math.sqrt(np.mean(np.square(errors)))


PUSH = Motion("push_in", Window(0.5, 0.5, 1.0), Window(0.52, 0.48, 0.87))
PAN = Motion("pan_right", Window(0.4, 0.5, 0.7), Window(0.6, 0.5, 0.7))


@pytest.mark.parametrize("motion", [PUSH, PAN, Motion("pull_out", PUSH.end, PUSH.start)], ids=lambda m: m.kind)
def test_path_error_is_at_most_a_twelfth_of_a_pixel(motion):
    assert path_error(motion, (124, 222), (63.0, 110.0)) <= 0.08


def test_slow_push_changes_every_frame():
    noise = np.random.default_rng(1).integers(16, 236, (222, 124), dtype=np.uint8)
    still = moved_still(
        plate(cv2.GaussianBlur(noise, (5, 5), 1)),
        Motion("push_in", Window(0.5, 0.5, 1.0), Window(0.5, 0.5, 0.97)),
        90,
    )
    frames = [i420.empty(WIDTH, HEIGHT) for _ in range(90)]
    for index, frame in enumerate(frames):
        still.frame(index, frame)
    changes = [cv2.norm(a, b, cv2.NORM_L1) for a, b in itertools.pairwise(frames[5:-5])]
    assert min(changes) > 0


def test_chroma_stays_aligned_with_luma_along_the_path():
    # Luma and chroma change along the same soft edge; chroma samples lie on the even luma columns.
    width, height = 240, 400
    edge = 1 / (1 + np.exp((119.5 - np.arange(width)) / 6))
    still = moved_still(
        plate(np.rint(np.tile(60 + 100 * edge, (height, 1))), v=np.rint(128 + 100 * edge[::2])),
        Motion("drift", Window(0.45, 0.5, 0.6), Window(0.55, 0.5, 0.8)),
        9,
    )
    out = i420.empty(WIDTH, HEIGHT)
    for index in range(9):
        still.frame(index, out)
        y, _, v = i420.planes(out)
        in_luma = WIDTH - (y[50].astype(float) - 60).sum() / 100
        in_chroma = 2 * (WIDTH / 2 - (v[25].astype(float) - 128).sum() / 100) - 0.5
        assert in_luma == pytest.approx(in_chroma, abs=0.1)


def test_full_window_at_plate_size_is_the_plate():
    noise = np.random.default_rng(2).integers(0, 256, (HEIGHT * 3 // 2, WIDTH), dtype=np.uint8)
    out = i420.empty(WIDTH, HEIGHT)
    Still(noise, None, WIDTH, HEIGHT).frame(0, out)
    assert np.array_equal(out, noise)


def test_first_frame_is_the_start_and_last_frame_the_end_of_the_motion():
    still = moved_still(plate(np.zeros((222, 124), np.uint8)), PUSH, 30)
    assert still.path.window_at(0) == PUSH.start
    assert still.path.window_at(29).width == pytest.approx(PUSH.end.width)


def test_single_frame_shows_the_start():
    still = moved_still(plate(np.zeros((222, 124), np.uint8)), PUSH, 1)
    assert still.path.window_at(0) == PUSH.start


def test_motionless_camera_gives_the_frame_of_a_moving_one_at_that_window():
    noise = np.random.default_rng(3).integers(0, 256, (222 * 3 // 2, 124), dtype=np.uint8)
    window = Window(0.51, 0.49, 0.9)
    motionless, moving = i420.empty(WIDTH, HEIGHT), i420.empty(WIDTH, HEIGHT)
    moved_still(noise, Motion("still", window, window), 20).frame(7, motionless)
    moved_still(noise, Motion("push_in", window, PUSH.end), 20).frame(0, moving)
    assert np.array_equal(motionless, moving)


def test_memory_mapped_plate_gives_the_same_frames(tmp_path):
    frame = plate(light_spot(124, 222, 60, 100))
    np.save(tmp_path / "plate.npy", frame)
    mapped = open_still(tmp_path / "plate.npy")
    assert not mapped.flags.writeable
    from_memory, from_file = i420.empty(WIDTH, HEIGHT), i420.empty(WIDTH, HEIGHT)
    moved_still(frame, PUSH, 10).frame(4, from_memory)
    moved_still(mapped, PUSH, 10).frame(4, from_file)
    assert np.array_equal(from_memory, from_file)


@pytest.mark.parametrize("shape", [(150, 101), (151, 100), (146, 98)])
def test_plate_of_odd_size_raises_value_error(shape):
    with pytest.raises(ValueError, match="I420"):
        moved_still(np.zeros(shape, np.uint8), PUSH, 5)


@settings(max_examples=50, deadline=None)
@given(st.integers(10, 4000), st.integers(10, 4000))
def test_widest_window_touches_two_sides_inside_the_plate(width, height):
    window = widest_window(width, height, WIDTH, HEIGHT)
    window_height = window.width * width * HEIGHT / WIDTH / height
    assert max(window.width, window_height) == pytest.approx(1)
    assert min(window.width, window_height) <= 1 + 1e-9


def test_mapping_sends_frame_corners_to_window_corners():
    luma, _ = sample_mappings(Window(0.5, 0.5, 0.5), (216, 384), (WIDTH, HEIGHT))
    assert luma @ [-0.5, -0.5, 1] == pytest.approx([53.5, 95.5])
    assert luma @ [WIDTH - 0.5, HEIGHT - 0.5, 1] == pytest.approx([161.5, 287.5])
