"""Gradients and blurred backgrounds."""

import numpy as np
import pytest

from engines.stills.backgrounds import blurred_background, card_background, gradient, rgb_of
from engines.stills.pictures import Picture


def test_rgb_of_ignores_alpha():
    assert rgb_of("#FF8000") == rgb_of("#ff800080") == (255, 128, 0)


def test_gradient_of_one_colour_is_uniform():
    assert (gradient(["#336699"], 20, 30) == (0x33, 0x66, 0x99)).all()


@pytest.mark.parametrize("colours", [["#000000", "#FFFFFF"], ["#B80F45", "#4A148C", "#0B3D91"]])
def test_gradient_runs_from_first_to_last_colour(colours):
    pixels = gradient(colours, 80, 120).astype(int)
    assert np.abs(pixels[0, 0] - rgb_of(colours[0])).max() <= 3
    assert np.abs(pixels[-1, -1] - rgb_of(colours[-1])).max() <= 3


def test_gradient_has_the_second_of_three_colours_in_the_middle():
    pixels = gradient(["#000000", "#808080", "#FF0000"], 101, 101).astype(int)
    diagonal = pixels[50, 50]
    assert np.abs(diagonal - (128, 128, 128)).max() <= 4


def test_slow_gradient_has_no_bands():
    pixels = gradient(["#101418", "#181C20"], 200, 800)[:, 100, 0].astype(float)
    band_heights = np.diff(np.flatnonzero(np.diff(pixels)))
    assert band_heights.max() < 30


def test_dither_is_grey_and_deterministic():
    first, second = gradient(["#404040", "#606060"], 40, 40), gradient(["#404040", "#606060"], 40, 40)
    assert np.array_equal(first, second)
    assert (first.max(axis=2) == first.min(axis=2)).all()


def test_blurred_background_is_darker_and_has_no_detail():
    stripes = np.zeros((90, 160, 3), np.uint8)
    stripes[:, ::4] = 255
    stripes[:, 1::4] = 255
    pixels = blurred_background(Picture(stripes, None), 108, 192, (0.5, 0.5)).astype(int)
    assert pixels.shape == (192, 108, 3)
    assert pixels.mean() == pytest.approx(127.5 * 0.6, abs=6)
    assert pixels.std() < 6


def test_blurred_background_shows_the_area_around_the_focus():
    halves = np.zeros((100, 400, 3), np.uint8)
    halves[:, 200:] = 255
    picture = Picture(halves, None)
    assert blurred_background(picture, 108, 192, (0.1, 0.5)).mean() < 5
    assert blurred_background(picture, 108, 192, (0.9, 0.5)).mean() > 140


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (2, 2)])
def test_blurred_background_accepts_any_picture_size(size):
    picture = Picture(np.full((size[1], size[0], 3), 100, np.uint8), None)
    assert np.abs(blurred_background(picture, 54, 96, (0.0, 1.0)).astype(int) - 60).max() <= 2


def luma(pixels):
    return float((pixels.reshape(-1, 3) @ np.array([0.2126, 0.7152, 0.0722])).mean())


@pytest.mark.parametrize("colour", ["#101418", "#12002B", "#0B1F3A", "#3A2314", "#B80F45"])
@pytest.mark.parametrize("level", [0, 120, 255])
def test_background_of_a_card_is_dark_on_a_dark_colour(colour, level):
    picture = Picture(np.full((40, 60, 3), level, np.uint8), None)
    assert 22 <= luma(card_background(picture, 54, 96, colour)) <= 130


@pytest.mark.parametrize("level", [0, 120, 255])
def test_background_of_a_card_is_light_on_a_light_colour(level):
    picture = Picture(np.full((40, 60, 3), level, np.uint8), None)
    assert luma(card_background(picture, 54, 96, "#F4F4F2")) >= 200


def test_background_of_a_card_has_the_hue_of_the_colour_under_a_grey_picture():
    picture = Picture(np.full((40, 60, 3), 120, np.uint8), None)
    red, green, blue = card_background(picture, 54, 96, "#0B1F3A").reshape(-1, 3).mean(axis=0)
    assert red < green < blue


def test_background_of_a_card_keeps_the_colours_of_a_vivid_picture():
    picture = Picture(np.full((40, 60, 3), (200, 60, 20), np.uint8), None)
    red, green, blue = card_background(picture, 54, 96, "#101418").reshape(-1, 3).mean(axis=0)
    assert red > 2.5 * green > 2.5 * blue


def test_background_of_a_card_shows_where_the_picture_is_light_and_dark():
    pixels = np.full((96, 54, 3), 40, np.uint8)
    pixels[48:] = 200
    background = card_background(Picture(pixels, None), 54, 96, "#101418").astype(int)
    assert background[80:].mean() > 2 * background[:16].mean()
