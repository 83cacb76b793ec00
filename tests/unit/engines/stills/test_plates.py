"""Plates and their conversion by ffmpeg."""

import itertools

import numpy as np
import pytest

from engines.stills.pictures import Picture
from engines.stills.plates import grade_picture, write_plate
from schemas.preset import Grade


def planes(path):
    plate = np.load(path, mmap_mode="r")
    rows, width = plate.shape
    height = rows * 2 // 3
    flat, luma = np.asarray(plate).reshape(-1), width * height
    half = (height // 2, width // 2)
    return (
        flat[:luma].reshape(height, width),
        flat[luma : luma * 5 // 4].reshape(half),
        flat[luma * 5 // 4 :].reshape(half),
    )


def bt709(rgb):
    """ITU-R BT.709, 8 bits, limited range."""
    red, green, blue = (v / 255 for v in rgb)
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return 16 + 219 * y, 128 + 224 * (blue - y) / 1.8556, 128 + 224 * (red - y) / 1.5748


def test_pure_colours_have_their_bt709_values(tmp_path):
    colours = list(itertools.product((0, 128, 255), repeat=3))
    rgb = np.repeat(np.repeat(np.array([colours], np.uint8), 16, axis=1), 16, axis=0)
    write_plate(rgb, tmp_path / "it.npy")
    y, u, v = planes(tmp_path / "it.npy")
    for index, colour in enumerate(colours):
        column = index * 8 + 4
        assert (y[8, column * 2], u[4, column], v[4, column]) == pytest.approx(bt709(colour), abs=2)


@pytest.mark.parametrize(("width", "height"), [(2, 2), (6, 4), (108, 192), (190, 106), (34, 2)])
def test_plate_is_planar_and_has_the_size_of_the_picture(tmp_path, width, height):
    rgb = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    write_plate(rgb, tmp_path / "it.npy")
    plate = np.load(tmp_path / "it.npy", mmap_mode="r")
    assert plate.shape == (height * 3 // 2, width)
    assert plate.dtype == np.uint8
    assert np.abs(planes(tmp_path / "it.npy")[0] - bt709(rgb.transpose(2, 0, 1))[0]).max() <= 2


@pytest.mark.parametrize("upright", [True, False])
def test_chroma_is_sited_on_the_left_column_between_the_rows(tmp_path, upright):
    # One soft edge in luma and in red chroma: its position must be the same in both.
    edge = np.rint(255 / (1 + np.exp((63.5 - np.arange(128)) / 5))).astype(np.uint8)
    rgb = np.zeros((128, 128, 3), np.uint8)
    rgb[..., 0] = edge[None, :] if upright else edge[:, None]
    write_plate(rgb, tmp_path / "it.npy")
    y, _, v = planes(tmp_path / "it.npy")
    line_y, line_v = (y[64], v[32]) if upright else (y[:, 64], v[:, 32])
    bright, red = bt709((255, 0, 0))[0], bt709((255, 0, 0))[2]
    in_luma = 128 - ((line_y.astype(float) - 16) / (bright - 16)).sum()
    in_chroma = 2 * (64 - ((line_v.astype(float) - 128) / (red - 128)).sum()) - (0.5 if upright else 0)
    assert in_luma == pytest.approx(in_chroma, abs=0.35)


def test_neutral_grade_returns_the_same_picture():
    picture = Picture(np.zeros((4, 4, 3), np.uint8), None)
    assert grade_picture(picture, Grade(vignette=0.4)) is picture


@pytest.mark.parametrize("grade", [Grade(saturation=0), Grade(fade=0.2), Grade(warmth=0.5), Grade(contrast=1.3)])
def test_grade_matches_its_formula(grade):
    from app.media.grading import grade_colour as formula

    rgb = np.random.default_rng(4).integers(0, 256, (10, 12, 3), dtype=np.uint8)
    graded_picture = grade_picture(Picture(rgb, None), grade).rgb
    expected = [[[v * 255 for v in formula(grade, tuple(p / 255))] for p in row] for row in rgb]
    assert np.abs(graded_picture - np.array(expected)).max() <= 6
    assert np.abs(graded_picture - np.array(expected)).mean() <= 1


def test_grade_keeps_alpha():
    alpha = np.random.default_rng(1).integers(0, 256, (6, 8), dtype=np.uint8)
    graded_picture = grade_picture(Picture(np.full((6, 8, 3), 90, np.uint8), alpha), Grade(contrast=1.5))
    assert graded_picture.alpha is alpha
    assert graded_picture.rgb.shape == (6, 8, 3)
