"""Grounds behind words and products."""

import numpy as np
import pytest

from engines.stills.backgrounds import blurred, gradient, rgb_of
from engines.stills.pictures import Picture


def test_a_colour_is_three_bytes_with_or_without_alpha():
    assert rgb_of("#FF8000") == rgb_of("#ff800080") == (255, 128, 0)


def test_one_colour_is_plain():
    assert (gradient(["#336699"], 20, 30) == (0x33, 0x66, 0x99)).all()


@pytest.mark.parametrize("colours", [["#000000", "#FFFFFF"], ["#B80F45", "#4A148C", "#0B3D91"]])
def test_a_gradient_goes_from_the_first_colour_to_the_last(colours):
    made = gradient(colours, 80, 120).astype(int)
    assert np.abs(made[0, 0] - rgb_of(colours[0])).max() <= 3
    assert np.abs(made[-1, -1] - rgb_of(colours[-1])).max() <= 3


def test_the_colour_in_between_is_in_the_middle():
    made = gradient(["#000000", "#808080", "#FF0000"], 101, 101).astype(int)
    diagonal = made[50, 50]
    assert np.abs(diagonal - (128, 128, 128)).max() <= 4


def test_a_slow_gradient_has_no_bands():
    made = gradient(["#101418", "#181C20"], 200, 800)[:, 100, 0].astype(float)
    same = np.diff(np.flatnonzero(np.diff(made)))
    assert same.max() < 30


def test_the_grain_is_grey_and_always_the_same():
    one, other = gradient(["#404040", "#606060"], 40, 40), gradient(["#404040", "#606060"], 40, 40)
    assert np.array_equal(one, other)
    assert (one.max(axis=2) == one.min(axis=2)).all()


def test_a_blurred_ground_is_darker_and_has_no_detail():
    stripes = np.zeros((90, 160, 3), np.uint8)
    stripes[:, ::4] = 255
    stripes[:, 1::4] = 255
    made = blurred(Picture(stripes, None), 108, 192, (0.5, 0.5)).astype(int)
    assert made.shape == (192, 108, 3)
    assert made.mean() == pytest.approx(127.5 * 0.6, abs=6)
    assert made.std() < 6


def test_a_blurred_ground_shows_the_part_around_the_focus():
    halves = np.zeros((100, 400, 3), np.uint8)
    halves[:, 200:] = 255
    picture = Picture(halves, None)
    assert blurred(picture, 108, 192, (0.1, 0.5)).mean() < 5
    assert blurred(picture, 108, 192, (0.9, 0.5)).mean() > 140


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (2, 2)])
def test_any_picture_makes_a_ground(size):
    picture = Picture(np.full((size[1], size[0], 3), 100, np.uint8), None)
    assert np.abs(blurred(picture, 54, 96, (0.0, 1.0)).astype(int) - 60).max() <= 2
