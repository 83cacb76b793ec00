"""A scrim has no edge that is seen: it falls off over a third of the frame, without bands, and appears softly."""

from itertools import pairwise

import numpy as np
import pytest

from assembly.picture import i420
from assembly.picture.scrim import FALLOFF, Scrim, Scrims, TextArea, falloff
from assembly.picture.scrim_strength import MAX_STRENGTH
from assembly.text.layout import Box

UPRIGHT, WIDE = (1080, 1920), (1920, 1080)
BLACK = "#000000"
# Left, top, right and bottom of text, as shares of the frame.
PLACES = {"top": (0.2, 0.14, 0.8, 0.25), "middle": (0.2, 0.45, 0.8, 0.55), "bottom": (0.2, 0.66, 0.8, 0.78)}
GREY = 180


def area_at(place: str, size: tuple[int, int], **frames: int) -> TextArea:
    left, top, right, bottom = PLACES[place]
    box = Box(left * size[0], top * size[1], right * size[0], bottom * size[1])
    times = {"first": 0, "full": 0, "ends": 100, "gone": 100, **frames}
    return TextArea(box, 0.05 * size[1], ("#FFFFFF",), BLACK, **times)


def scrim_at(place: str, size: tuple[int, int], **frames: int) -> Scrim:
    area = area_at(place, size, **frames)
    return Scrim(area, MAX_STRENGTH, MAX_STRENGTH * falloff(area, Box(0, 0, *size), size))


def luma_under(scrims: Scrims, size: tuple[int, int], index: int = 50) -> np.ndarray:
    """Return the luma of a grey frame under the scrims."""
    frame = i420.empty(*size)
    frame[: size[1]], frame[size[1] :] = GREY, i420.NEUTRAL
    scrims.draw(frame, index)
    return i420.planes(frame)[0].astype(int)


@pytest.fixture(scope="module", params=[(place, size) for place in PLACES for size in (UPRIGHT, WIDE)], ids=str)
def covered(request: pytest.FixtureRequest) -> tuple[Scrim, tuple[int, int], np.ndarray]:
    place, size = request.param
    scrim = scrim_at(place, size)
    return scrim, size, luma_under(Scrims([scrim], BLACK), size)


def test_neighbouring_rows_and_columns_differ_by_less_than_one_level(covered) -> None:
    _, _, luma = covered
    for axis in (0, 1):
        assert np.abs(np.diff(luma.mean(axis=1 - axis))).max() < 1
        assert np.abs(np.diff(luma, axis=axis)).max() <= 2


def test_gradient_has_no_bands(covered) -> None:
    scrim, size, luma = covered
    expected = GREY - scrim.shares * (GREY - i420.BLACK)
    blocks = [plane.reshape(size[1] // 12, 12, size[0] // 12, 12).mean(axis=(1, 3)) for plane in (luma, expected)]
    assert np.abs(blocks[0] - blocks[1]).max() < 0.5


def test_scrim_is_strongest_at_the_text_and_falls_off_over_a_third_of_the_frame(covered) -> None:
    scrim, (_, height), _ = covered
    box = scrim.area.box
    middle = scrim.shares[:, round((box.left + box.right) / 2)]
    assert (middle[round(box.top) : round(box.bottom)] == np.float32(MAX_STRENGTH)).all()
    lengths = [int(np.count_nonzero((part > 0) & (part < MAX_STRENGTH))) for part in (middle[: round(box.top)], middle)]
    assert max(lengths) >= 0.3 * height
    # Nowhere more than twice as steep as a straight line would be.
    assert np.abs(np.diff(middle)).max() < 2 * MAX_STRENGTH / (FALLOFF * height)


@pytest.mark.parametrize("size", [UPRIGHT, WIDE], ids=str)
def test_scrim_near_an_edge_reaches_that_edge_and_one_in_the_middle_reaches_none(size) -> None:
    top, middle, bottom = (scrim_at(place, size).shares for place in PLACES)
    assert (top[0] == top.max()).all() and not top[-1].any()
    assert (bottom[-1] == bottom.max()).all() and not bottom[0].any()
    assert not middle[[0, -1]].any()
    row = middle[size[1] // 2]
    assert row[0] < 0.9 * row.max() and row[-1] < 0.9 * row.max()


def test_scrim_leaves_what_it_does_not_reach_as_it_is() -> None:
    luma = luma_under(Scrims([scrim_at("top", UPRIGHT)], BLACK), UPRIGHT)
    assert (luma[1300:] == GREY).all()


def test_scrim_appears_and_goes_in_steps_that_are_not_seen() -> None:
    scrims = Scrims([scrim_at("top", UPRIGHT, first=10, full=22, ends=60, gone=72)], BLACK)
    row = [float(luma_under(scrims, UPRIGHT, index)[300].mean()) for index in range(80)]
    assert row[9] == row[72] == GREY
    assert len(set(row[22:60])) == 1
    largest = max(abs(b - a) for a, b in pairwise(row))
    assert largest < 0.15 * (GREY - min(row))


def test_overlapping_scrims_are_hardly_stronger_than_the_stronger_one_and_have_no_crease() -> None:
    scrims = [scrim_at(place, UPRIGHT) for place in PLACES]
    rows = luma_under(Scrims(scrims, BLACK), UPRIGHT).mean(axis=1)
    darkness = (GREY - rows) / (GREY - i420.BLACK)
    largest = np.max([scrim.shares for scrim in scrims], axis=0).mean(axis=1)
    assert (darkness > largest - 0.01).all() and (darkness < 1.1 * largest + 0.01).all()
    assert np.abs(np.diff(rows)).max() < 1


def test_scrim_that_appears_over_another_one_changes_no_frame_much() -> None:
    scrims = Scrims([scrim_at("top", UPRIGHT, first=5, full=20), scrim_at("middle", UPRIGHT, first=9, full=24)], BLACK)
    frames = [luma_under(scrims, UPRIGHT, index)[::40, ::40] for index in range(30)]
    assert max(np.abs(b - a).max() for a, b in pairwise(frames)) < 0.2 * (GREY - i420.BLACK) * MAX_STRENGTH


def test_grain_is_the_same_in_all_frames_and_films() -> None:
    first, second = (luma_under(Scrims([scrim_at("middle", UPRIGHT)], BLACK), UPRIGHT, index) for index in (3, 70))
    assert np.array_equal(first, second)
