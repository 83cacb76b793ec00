"""A card has the shape in which its picture keeps its subject."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from app.store.json_files import write_json
from engines.adapters.local import Local
from engines.stills.panels import card_area
from engines.stills.subject_facts import subjects_key
from presets.layout_library import layouts
from schemas.region import Region
from schemas.subjects import Subjects, SubjectsSchema

# The area of a card; it is square in the frame of 108 × 192.
AREA = Region(0.0, 0.1, 1.0, 108 / 192)


def shot_of(shots, subjects: Subjects, size: tuple[int, int] = (400, 200), **media):
    path = shots.save_image(Image.fromarray(np.full((size[1], size[0], 3), 90, np.uint8)))
    shot = shots.shot(path, **media)
    write_json(shot.store, subjects_key(shot.asset.sha256), SubjectsSchema.plain(subjects))
    return replace(shot, asset=replace(shot.asset, width=size[0], height=size[1]))


def test_card_fills_its_area_with_a_picture_whose_subject_fits(shots) -> None:
    assert card_area(AREA, shot_of(shots, Subjects((), Region(0.3, 0.1, 0.4, 0.8)))) == AREA


def test_card_is_as_much_lower_as_a_wide_subject_needs(shots) -> None:
    area = card_area(AREA, shot_of(shots, Subjects((), Region(0.1, 0.1, 0.8, 0.8))))
    assert area.width == AREA.width
    # 0.8 of a picture of 2 : 1 is 1.6 : 1.
    assert area.height == pytest.approx(AREA.height / 1.6)
    assert area.centre == pytest.approx(AREA.centre)


def test_card_is_as_much_narrower_as_a_high_subject_needs(shots) -> None:
    area = card_area(AREA, shot_of(shots, Subjects((), Region(0.1, 0.0, 0.8, 1.0)), (100, 200)))
    assert area.height == AREA.height
    assert area.width == pytest.approx(AREA.width / 2)
    assert area.centre == pytest.approx(AREA.centre)


def test_faces_count_with_their_margin(shots) -> None:
    faces = Region(0.1, 0.3, 0.1, 0.2), Region(0.8, 0.3, 0.1, 0.2)
    area = card_area(AREA, shot_of(shots, Subjects(faces)))
    assert area.height == pytest.approx(AREA.height / (2 * 0.84))


def test_card_of_a_picture_without_subject_fills_its_area(shots) -> None:
    assert card_area(AREA, shot_of(shots, Subjects())) == AREA


def test_scene_that_names_fit_or_focus_fills_the_area(shots) -> None:
    everywhere = Subjects((), Region(0.0, 0.0, 1.0, 1.0))
    assert card_area(AREA, shot_of(shots, everywhere, fit="crop")) == AREA


@pytest.mark.parametrize("size", [(800, 400), (300, 300), (200, 420)])
def test_card_shows_the_whole_subject_and_no_bars(shots, size) -> None:
    subject = Region(0.05, 0.05, 0.9, 0.9)
    shot = replace(shot_of(shots, Subjects((), subject), size), width=540, height=960)
    layout = layouts()["card_titled"]
    clip = Local().render(replace(shot, layout=layout, scene=replace(shot.scene, layout="card_titled")))
    (panel,) = clip.panels
    assert panel.subject is not None and panel.subject.width * panel.subject.height > 0.75
    plate = np.load(shot.store.local(panel.key))
    height = plate.shape[0] * 2 // 3
    assert int(plate[:height].max()) - int(plate[:height].min()) <= 2
