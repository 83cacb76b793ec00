"""Closer views of a picture between the shots of its own camera move."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.planning.timing.reframing import MAX_SPEED, camera_shots
from app.planning.timing.shots import SceneSpan
from schemas.clip import CameraPath, Clip, Motion, Window
from schemas.preset import MotionStyle
from schemas.region import Region

FPS = Fraction(30)
STYLE = MotionStyle(("push_in",), 1.15)
PUSH = Motion("push_in", Window(0.5, 0.5, 1.0), Window(0.5, 0.5, 0.87))
FACE = Region(0.4, 0.2, 0.16, 0.12)


def still(faces: tuple[Region, ...] = (), subject: Region | None = None, motion: Motion = PUSH) -> Clip:
    facts = {"faces": faces, "subject": subject, "aspect": 9 / 16, "motion": motion}
    return Clip(1, "still", "plate.npy", "aa", "local", **facts)


def span_of(frames: int) -> SceneSpan:
    return SceneSpan(frames, 0, frames, FPS, 9 / 16)


def edges(window: Window) -> tuple[float, float, float, float]:
    # The picture has the frame's aspect, so a window is as high as it is wide, in shares.
    half = window.width / 2
    return window.x - half, window.y - half, window.x + half, window.y + half


def test_one_slow_shot_keeps_the_motion_of_the_clip() -> None:
    assert camera_shots(still(), (0,), span_of(120), STYLE) == ()


def test_motion_planned_for_a_longer_scene_is_slowed() -> None:
    (shot,) = camera_shots(still(), (0,), span_of(30), STYLE)
    assert abs(math.log(shot.motion.end.width / shot.motion.start.width)) <= MAX_SPEED + 1e-9


def test_every_second_shot_is_closer_and_on_the_face() -> None:
    first, second, third = camera_shots(still((FACE,)), (0, 60, 120), span_of(180), STYLE)
    assert (first.first, second.first, third.first) == (0, 60, 120)
    assert second.motion.start.width <= first.motion.start.width / 1.25
    assert third.motion.start.width > second.motion.start.width * 1.25
    left, top, right, bottom = edges(second.motion.start)
    assert left < FACE.left and right > FACE.left + FACE.width
    # Eyes are above the middle.
    assert (FACE.centre[1] - top) / (bottom - top) < 0.45


def test_closer_view_shows_the_subject_if_there_is_no_face() -> None:
    subject = Region(0.6, 0.6, 0.2, 0.2)
    shots = camera_shots(still(subject=subject), (0, 60), span_of(120), STYLE)
    assert shots[1].motion.start.x > 0.55 and shots[1].motion.start.y > 0.55


def test_no_closer_view_if_it_would_cut_the_face() -> None:
    large = Region(0.05, 0.1, 0.9, 0.8)
    shots = camera_shots(still((large,)), (0, 60, 120), span_of(180), STYLE)
    assert len(shots) <= 1


def test_preset_without_motion_changes_views_and_does_not_move() -> None:
    resting = Motion("still", PUSH.start, PUSH.start)
    shots = camera_shots(still((FACE,), motion=resting), (0, 60), span_of(120), MotionStyle(("still",), 1.0))
    assert len(shots) == 2
    assert all(shot.motion.start == shot.motion.end for shot in shots)


@pytest.mark.parametrize("clip", [replace(still(), aspect=None), replace(still(), motion=None)])
def test_clip_without_facts_is_not_cut(clip) -> None:
    assert camera_shots(clip, (0, 60), span_of(120), STYLE) == ()


shares = st.floats(0.02, 0.8)
faces = st.builds(
    lambda x, y, w: Region(x, y, min(w, 0.98 - x), min(w, 0.98 - y)), shares, shares, st.floats(0.02, 0.5)
)


@given(
    faces=st.lists(faces, max_size=3).map(tuple),
    frames=st.integers(60, 400),
    cuts=st.lists(st.integers(10, 390), max_size=5, unique=True).map(sorted),
    punch_in=st.floats(1.25, 1.5),
)
def test_windows_stay_inside_the_picture_and_closer_ones_cut_no_face(faces, frames, cuts, punch_in) -> None:
    starts = (0, *(cut for cut in cuts if cut < frames))
    style = replace(STYLE, punch_in=punch_in)
    shots = camera_shots(still(faces), starts, span_of(frames), style)
    if not shots:
        return
    path = CameraPath(shots, frames)
    for index in range(0, frames, 7):
        left, top, right, bottom = edges(path.window_at(index))
        assert min(left, top) >= -1e-9 and max(right, bottom) <= 1 + 1e-9
    for shot in shots[1::2]:
        for left, top, right, bottom in map(edges, (shot.motion.start, shot.motion.end)):
            for face in faces:
                across = min(right, face.left + face.width) - max(left, face.left)
                down = min(bottom, face.top + face.height) - max(top, face.top)
                inside = across >= face.width - 1e-9 and down >= face.height - 1e-9
                assert inside or across <= 1e-9 or down <= 1e-9
