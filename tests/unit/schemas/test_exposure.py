"""The curve of an exposure: it keeps black, white and the order of levels."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.clip import Clip, ClipSchema
from schemas.exposure import MAX_CONTRAST, MAX_STOPS, Exposure, log_odds, luma_with, stops_between
from schemas.scene_graph import Media, MediaSchema

EXPOSURES = st.builds(Exposure, st.floats(-MAX_STOPS, MAX_STOPS), st.floats(1 / MAX_CONTRAST, MAX_CONTRAST))
LUMAS = st.floats(0.01, 0.99)


@given(EXPOSURES)
def test_curve_is_monotone_and_keeps_black_and_white(exposure: Exposure) -> None:
    levels = [exposure.level(level / 255) for level in range(256)]
    assert levels == sorted(levels)
    assert (levels[0], levels[255]) == (0.0, 1.0)


@given(st.floats(0, MAX_STOPS), st.floats(0, 1))
def test_shadows_are_raised_by_the_gain_at_most(stops: float, luma: float) -> None:
    assert luma - 1e-9 <= Exposure(stops).level(luma) <= luma * 2**stops + 1e-9


@given(LUMAS, LUMAS, st.floats(1, MAX_CONTRAST))
def test_stops_between_two_levels_bring_one_to_the_other(luma: float, wanted: float, contrast: float) -> None:
    assert Exposure(stops_between(luma, wanted, contrast), contrast).level(luma) == pytest.approx(wanted, abs=1e-6)


@given(LUMAS)
def test_log_odds_are_those_of_the_luma(luma: float) -> None:
    assert luma_with(log_odds(luma)) == pytest.approx(luma)


def test_neutral_exposure_changes_no_level() -> None:
    assert [Exposure().level(level / 255) for level in range(256)] == pytest.approx([k / 255 for k in range(256)])


def test_brighter_picture_has_more_chroma() -> None:
    assert Exposure(-1).chroma_gain < Exposure().chroma_gain == 1 < Exposure(1).chroma_gain


def test_documents_without_exposure_stay_as_they_were() -> None:
    assert not {"exposure", "contrast"} & set(MediaSchema.plain(Media("image", "a")))
    assert "exposure" not in ClipSchema.plain(Clip(1, "video", "k", "aa", "local"))


def test_exposure_of_media_and_of_clips_is_written() -> None:
    media = Media("image", "a", exposure=0.0, contrast=1.5)
    assert MediaSchema.read(MediaSchema.plain(media)) == media
    clip = Clip(1, "video", "k", "aa", "local", exposure=Exposure(0.5))
    assert ClipSchema.read(ClipSchema.plain(clip)) == clip
