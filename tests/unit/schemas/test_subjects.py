"""Crops keep the faces of a picture and most of what stands out in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.region import FACE_MARGIN, Region
from schemas.scene_graph import Focus
from schemas.subjects import KEPT_SALIENCY, Spread, Subjects, SubjectsSchema

EVEN = "ff" * 8
EVERYWHERE = Region(0.0, 0.0, 1.0, 1.0)


def spread(*columns: int) -> Spread:
    return Spread(bytes(columns).hex(), EVEN)


def test_crop_lies_on_the_salient_part() -> None:
    crop = Subjects((), EVERYWHERE, Focus(0.1, 0.5), spread=spread(0, 0, 0, 0, 0, 255, 255, 0)).crop_of(0.3, 1.0)
    assert crop is not None
    assert crop.left <= 5 / 8 and crop.right >= 7 / 8


def test_picture_whose_saliency_is_everywhere_has_no_narrow_crop() -> None:
    everywhere = Subjects(subject=EVERYWHERE, spread=spread(*[255] * 8))
    assert everywhere.crop_of(0.5, 1.0) is None
    assert everywhere.crop_of(0.9, 1.0) is not None


def test_crop_may_cut_a_little_of_a_wide_subject_but_not_of_one_that_somebody_chose() -> None:
    wide = Region(0.2, 0.2, 0.6, 0.6)
    detected = Subjects(subject=wide, spread=spread(0, 8, 60, 255, 255, 60, 8, 0))
    assert detected.crop_of(0.5, 1.0) is not None
    assert Subjects(subject=wide).crop_of(0.5, 1.0) is None
    assert Subjects(subject=wide).crop_of(0.6, 1.0) is not None


def test_crop_is_as_near_to_the_focus_as_the_subject_allows() -> None:
    crop = Subjects(subject=Region(0.5, 0.2, 0.2, 0.2), focus=Focus(0.1, 0.5)).crop_of(0.4, 1.0)
    assert crop is not None and crop.left == pytest.approx(0.3)


def test_faces_that_are_far_apart_have_no_crop() -> None:
    faces = Region(0.05, 0.3, 0.1, 0.15), Region(0.8, 0.3, 0.1, 0.15)
    assert Subjects(faces, EVERYWHERE, spread=spread(*[255] * 8)).crop_of(0.5, 1.0) is None
    assert Subjects(faces[:1], EVERYWHERE, spread=spread(255, 255, 0, 0, 0, 0, 0, 0)).crop_of(0.5, 1.0) is not None


def test_card_is_lower_for_a_wide_subject_and_narrower_for_a_high_one() -> None:
    # In a square area; the pictures are 2 : 1 and 1 : 2.
    assert Subjects(subject=Region(0.0, 0.3, 0.8, 0.1)).card_of(2.0) == pytest.approx((1.0, 1 / 1.6))
    assert Subjects(subject=Region(0.3, 0.0, 0.1, 0.8)).card_of(0.5) == pytest.approx((0.5 / 0.8, 1.0))
    assert Subjects(subject=Region(0.3, 0.3, 0.1, 0.1)).card_of(2.0) == (1.0, 1.0)
    assert Subjects().card_of(2.0) == (1.0, 1.0)


shares = st.floats(0.01, 0.99)


@given(
    x=st.floats(0, 0.85),
    y=st.floats(0, 0.85),
    side=st.floats(0.01, 0.15),
    columns=st.lists(st.integers(0, 255), min_size=8, max_size=8),
    width=shares,
    height=shares,
    focus=st.tuples(shares, shares),
)
def test_every_crop_is_inside_the_picture_and_holds_the_face_and_most_of_the_saliency(
    x, y, side, columns, width, height, focus
) -> None:
    face = Region(x, y, side, side)
    subjects = Subjects((face,), EVERYWHERE, Focus(*focus), spread=spread(*columns))
    crop = subjects.crop_of(width, height)
    if crop is None:
        return
    assert crop.left >= -1e-9 and crop.top >= -1e-9 and crop.right <= 1 + 1e-9 and crop.bottom <= 1 + 1e-9
    needed = face.grown(FACE_MARGIN)
    assert crop.left <= needed.left + 0.003 and crop.right >= needed.right - 0.003
    assert subjects.spread is not None and subjects.spread.kept(crop) >= KEPT_SALIENCY


def test_spread_survives_storage_and_is_left_out_if_there_is_none() -> None:
    subjects = Subjects(spread=spread(0, 1, 2, 3))
    assert SubjectsSchema.read(SubjectsSchema.plain(subjects)) == subjects
    assert "spread" not in SubjectsSchema.plain(Subjects())
