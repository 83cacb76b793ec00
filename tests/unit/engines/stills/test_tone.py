"""The tone of a picture is a fact of its content, beside its subjects."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from skimage import data

from app.store.json_files import write_json
from engines.stills import subject_facts
from engines.stills.tone import median_tone, tone_of
from schemas.region import Region
from schemas.subjects import Subjects, SubjectsSchema, Tone


def rgb(luma: np.ndarray) -> np.ndarray:
    return np.repeat(luma.astype(np.uint8)[..., None], 3, axis=2)


@pytest.mark.parametrize("name", ["astronaut", "coffee", "rocket", "chelsea"])
def test_median_of_the_points_is_that_of_the_picture(name: str) -> None:
    picture = np.ascontiguousarray(getattr(data, name)())
    luma = picture @ np.array([0.2126, 0.7152, 0.0722])
    assert np.median(list(tone_of(picture).levels())) == pytest.approx(np.median(luma), abs=6)


def test_levels_of_a_part_are_those_of_its_points() -> None:
    halves = np.zeros((90, 160))
    halves[:, 80:] = 200
    tone = tone_of(rgb(halves))
    assert set(tone.levels(Region(0.5, 0, 0.5, 1))) == {200}
    assert set(tone.levels(Region(0, 0.2, 0.4, 0.1))) == {0}
    assert len(tone.levels(Region(0.999, 0.999, 0.001, 0.001))) == 1


def test_median_tone_ignores_a_moment_that_differs() -> None:
    tones = [Tone(1, "40"), Tone(1, "42"), Tone(1, "ff")]
    assert median_tone(tones) == Tone(1, "42")


def test_tone_is_kept_with_the_subjects_of_a_content(shots, tmp_path) -> None:
    path = tmp_path / "grey.png"
    Image.fromarray(rgb(np.full((60, 80), 90))).save(path)
    first = subject_facts.subjects_of_image(path, "ab" * 32, shots.store)
    path.unlink()
    assert subject_facts.subjects_of_image(path, "ab" * 32, shots.store) == first
    assert first.tone is not None and set(first.tone.levels()) == {90}


def test_picture_with_alpha_has_no_tone(shots, tmp_path) -> None:
    path = tmp_path / "cut_out.png"
    Image.new("RGBA", (60, 60), (200, 10, 10, 128)).save(path)
    assert subject_facts.subjects_of_image(path, "cd" * 32, shots.store).tone is None


def test_facts_of_an_older_version_are_found_again(shots, tmp_path, monkeypatch) -> None:
    path = tmp_path / "grey.png"
    Image.fromarray(rgb(np.full((60, 80), 90))).save(path)
    with monkeypatch.context() as older:
        older.setattr(subject_facts, "SUBJECTS_VERSION", subject_facts.SUBJECTS_VERSION - 1)
        write_json(shots.store, subject_facts.subjects_key("ab" * 32), SubjectsSchema.plain(Subjects()))
    assert subject_facts.subjects_of_image(path, "ab" * 32, shots.store).tone is not None


def test_facts_without_a_tone_are_written_as_before() -> None:
    assert set(SubjectsSchema.plain(Subjects())) == {"faces", "subject", "focus"}
