"""Where regions of a clip are in the frame."""

from __future__ import annotations

from fractions import Fraction

import pytest

from assembly.picture.normalise import Frame, Source, contained_size, crop_window
from assembly.picture.regions import face_boxes
from schemas.clip import CameraShot, Clip, Motion, Window
from schemas.region import Region
from schemas.scene_graph import Focus
from schemas.segment import ClipRange, Segment
from tests.media import material

SIZES = [(1920, 1080), (1080, 1920), (640, 640)]
FRAMES = [(1080, 1920), (1920, 1080), (1080, 1080)]
FACE = Region(0.45, 0.4, 0.1, 0.2)


def segment_of_video(size: tuple[int, int], frame: tuple[int, int], fit: str, focus: Focus) -> Segment:
    facts = {"fit": fit, "focus": focus, "faces": (FACE,), "aspect": size[0] / size[1]}
    clip = Clip(1, "video", "v.mp4", "a", "local", **facts)
    return material.segment(ClipRange(clip, 0, 30, 30), 30, width=frame[0], height=frame[1])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("focus", [Focus(0.5, 0.5), Focus(0.4, 0.6)])
def test_face_of_a_cropped_video_is_where_the_crop_shows_it(size, frame, focus) -> None:
    (box,) = face_boxes(segment_of_video(size, frame, "crop", focus))
    width, height, left, top = crop_window(Source(*size), Frame(*frame, Fraction(30)), focus)
    scale = frame[0] / width
    assert box.left == pytest.approx(max(0, (FACE.left * size[0] - left) * scale), abs=4)
    assert box.top == pytest.approx(max(0, (FACE.top * size[1] - top) * frame[1] / height), abs=4)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("fit", ["blur", "pad"])
def test_face_of_a_whole_video_is_on_its_picture(size, frame, fit) -> None:
    (box,) = face_boxes(segment_of_video(size, frame, fit, Focus()))
    width, height = contained_size(Source(*size), Frame(*frame, Fraction(30)))
    assert box.left == pytest.approx((frame[0] - width) / 2 + FACE.left * width, abs=2)
    assert box.top == pytest.approx((frame[1] - height) / 2 + FACE.top * height, abs=2)


def test_face_is_followed_through_every_shot() -> None:
    wide, close = Window(0.5, 0.5, 1.0), Window(0.5, 0.5, 0.5)
    shots = (CameraShot(0, Motion("still", wide, wide)), CameraShot(20, Motion("still", close, close)))
    clip = Clip(1, "still", "p", "a", "local", faces=(FACE,), aspect=9 / 16)
    shown = material.segment(ClipRange(clip, 0, 30, 30, shots=shots), 30, width=1080, height=1920)
    widths = {round(box.width) for box in face_boxes(shown)}
    assert widths == {108, 216}


def test_video_that_was_not_searched_has_no_boxes() -> None:
    clip = Clip(1, "video", "v.mp4", "a", "local", faces=(FACE,))
    assert face_boxes(material.segment(ClipRange(clip, 0, 30, 30), 30)) == []
