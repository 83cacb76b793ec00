"""A scrim is as strong as the text on it needs: less with an outline, more on a busy picture, never so strong that it
hides the picture."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assembly.picture import i420
from assembly.picture.scrim import TextArea
from assembly.picture.scrim_strength import MAX_STRENGTH, MIN_CONTRAST, least_contrast, luminances, strength_for
from assembly.text.layout import Box

SIZE = (108, 192)
EM = 20.0


def area(outline_em: float = 0.0, colour: str = "#FFFFFF", ground: str = "#000000") -> TextArea:
    return TextArea(Box(20, 40, 88, 80), EM, (colour,), ground, 0, 0, 10, 10, outline_em * EM)


def frame_of(luma: float | np.ndarray) -> np.ndarray:
    frame = i420.empty(*SIZE)
    frame[:] = i420.NEUTRAL
    i420.planes(frame)[0][:] = luma
    return frame


def noise(deviation: float, mean: float = 120) -> np.ndarray:
    """Return detail of two levels that is smaller than a letter."""
    signs = np.random.default_rng(1).integers(0, 2, (SIZE[1] // 2, SIZE[0] // 2)) * 2 - 1
    return mean + deviation * np.kron(signs, np.ones((2, 2)))


def test_text_that_is_readable_has_no_scrim() -> None:
    assert strength_for(area(), [frame_of(16)]) == 0
    assert strength_for(area(colour="#111111", ground="#FFFFFF"), [frame_of(235)]) == 0


@given(level=st.floats(16, 235))
def test_contrast_of_text_without_outline_reaches_the_bound(level: float) -> None:
    strength = strength_for(area(), [frame_of(level)])
    covered = 16 + (1 - strength) * (int(level) - 16)
    assert least_contrast(luminances(["#FFFFFF"]), covered) >= MIN_CONTRAST


@given(level=st.floats(16, 235), outlines=st.lists(st.floats(0, 0.2), min_size=2, max_size=2))
def test_thicker_outline_never_needs_a_stronger_scrim(level: float, outlines: list[float]) -> None:
    thin, thick = sorted(outlines)
    assert strength_for(area(thick), [frame_of(level)]) <= strength_for(area(thin), [frame_of(level)])


def test_thick_outline_needs_no_scrim_on_white_and_a_thin_one_a_weaker_one_than_none() -> None:
    none, thin, thick = (strength_for(area(outline), [frame_of(235)]) for outline in (0, 0.01, 0.08))
    assert none > thin > thick == 0


@pytest.mark.parametrize("outline", [0, 0.04, 0.08])
def test_busier_picture_has_a_stronger_scrim(outline: float) -> None:
    strengths = [strength_for(area(outline), [frame_of(noise(deviation))]) for deviation in (5, 40, 60, 100)]
    assert strengths == sorted(strengths)
    assert strengths[0] == 0 < strengths[-1]


@given(level=st.floats(16, 235), deviation=st.floats(0, 100), outline=st.floats(0, 0.2))
def test_scrim_never_hides_the_picture(level: float, deviation: float, outline: float) -> None:
    frame = frame_of(np.clip(noise(deviation, level), 16, 235))
    assert 0 <= strength_for(area(outline), [frame]) <= MAX_STRENGTH <= 0.55


def test_only_the_picture_under_the_text_matters() -> None:
    luma = np.full((SIZE[1], SIZE[0]), 235.0)
    luma[35:85, 15:93] = 16
    assert strength_for(area(), [frame_of(luma)]) == 0


def test_worst_frame_decides() -> None:
    assert strength_for(area(), [frame_of(16), frame_of(235)]) == strength_for(area(), [frame_of(235)])
