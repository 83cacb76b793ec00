"""Punch-ins in footage: closer views of the same running clip."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.planning.camera.close_views import SMALLEST_PUNCH_IN
from app.planning.camera.footage_shots import MAX_ENLARGEMENT, OWN_CUT_MS, footage_shots
from app.planning.timing.shots import SceneSpan
from schemas.clip import CameraShot, Clip, Window, window_of_video
from schemas.preset import MotionStyle
from schemas.region import Region
from schemas.scene_graph import Focus
from schemas.timeline import VideoItem

FPS = Fraction(30)
STYLE = MotionStyle()
UPRIGHT, WIDE = 9 / 16, 16 / 9
FACE = Region(0.4, 0.2, 0.16, 0.1)


def video(aspect: float = UPRIGHT, fit: str = "crop", **facts) -> Clip:
    return Clip(1, "video", "v", "bb", "local", length_ms=60_000, aspect=aspect, fit=fit, **facts)


def shots_of(
    clip: Clip, starts=(0, 90, 180), frames: int = 270, width: int | None = 1080, frame: float = UPRIGHT, speed=1.0
) -> tuple[CameraShot, ...]:
    item = VideoItem(1, 0, frames, speed=speed)
    return footage_shots(clip, starts, SceneSpan(frames, 0, frames, FPS, frame), STYLE, item=item, source_width=width)


def edges(window: Window, ratio: float) -> tuple[float, float, float, float]:
    across, down = window.width / 2, window.width * ratio / 2
    return window.x - across, window.y - down, window.x + across, window.y + down


def test_every_second_shot_is_closer_on_the_face_and_does_not_move() -> None:
    wide, close, again = shots_of(video(faces=(FACE,)))
    assert wide.motion.start == again.motion.start == Window(0.5, 0.5, 1.0)
    assert close.motion.start == close.motion.end
    assert close.motion.start.width == pytest.approx(1 / STYLE.punch_in)
    left, top, right, bottom = edges(close.motion.start, 1.0)
    assert left < FACE.left and right > FACE.right and top < FACE.top and bottom > FACE.bottom


def test_without_a_face_the_closer_view_is_on_the_subject_or_the_focus() -> None:
    assert shots_of(video(subject=Region(0.7, 0.7, 0.2, 0.2)))[1].motion.start.x > 0.6
    assert shots_of(video(focus=Focus(0.2, 0.5)))[1].motion.start.x < 0.4


def test_too_few_pixels_give_a_smaller_punch_in_or_none() -> None:
    assert 1 / shots_of(video(), width=1080)[1].motion.start.width == pytest.approx(1.35)
    # 620 pixels of width allow 2.25 × 620 ÷ 1080.
    assert 1 / shots_of(video(), width=620)[1].motion.start.width == pytest.approx(2.25 * 620 / 1080)
    assert shots_of(video(), width=590) == ()
    # A wide video that fills an upright frame is enlarged already, a whole one is not.
    assert len(shots_of(video(WIDE), width=1920)) == 3
    assert shots_of(video(WIDE), width=1280) == ()
    assert len(shots_of(video(WIDE), width=3840)) == 3
    assert len(shots_of(video(WIDE, fit="blur"), width=1920)) == 3


@pytest.mark.parametrize("facts", [{"width": None}, {"starts": (0,)}])
def test_footage_without_facts_or_cut_points_is_one_view(facts) -> None:
    assert shots_of(video(), **facts) == ()
    assert shots_of(Clip(1, "video", "v", "bb", "local")) == ()


def test_face_that_fills_the_frame_is_not_cut() -> None:
    assert shots_of(video(faces=(Region(0.05, 0.1, 0.9, 0.8),))) == ()


def test_two_faces_are_both_kept() -> None:
    faces = (Region(0.2, 0.3, 0.15, 0.1), Region(0.65, 0.3, 0.15, 0.1))
    close = shots_of(video(faces=faces), width=2160)[1].motion.start
    left, _, right, _ = edges(close, 1.0)
    assert left < 0.2 and right > 0.8


def test_no_punch_in_near_a_cut_of_the_clip() -> None:
    assert [shot.first for shot in shots_of(video(cuts_ms=(3200,)))] == [0, 180]
    assert shots_of(video(cuts_ms=(3200, 6800))) == ()
    # Slowed to half its speed, the clip cuts at 6.4 s.
    assert [shot.first for shot in shots_of(video(cuts_ms=(3200,)), speed=0.5)] == [0, 90]


shares = st.floats(0.02, 0.7)
faces = st.builds(
    lambda x, y, w, h: Region(x, y, min(w, 0.98 - x), min(h, 0.98 - y)),
    shares,
    shares,
    st.floats(0.02, 0.4),
    st.floats(0.02, 0.4),
)


@given(
    found=st.lists(faces, max_size=3).map(tuple),
    aspect=st.sampled_from((UPRIGHT, WIDE, 1.0, 3.0)),
    frame=st.sampled_from((UPRIGHT, WIDE, 1.0, 0.8)),
    fit=st.sampled_from(("crop", "blur", "pad")),
    width=st.integers(300, 4000),
    focus=st.builds(Focus, st.floats(0, 1), st.floats(0, 1)),
    cuts=st.lists(st.integers(0, 9000), max_size=2).map(tuple),
)
def test_views_are_inside_the_video_cut_no_face_and_have_enough_pixels(
    found, aspect, frame, fit, width, focus, cuts
) -> None:
    clip = video(aspect, fit, faces=found, focus=focus, cuts_ms=cuts)
    shots = shots_of(clip, width=width, frame=frame)
    wide, ratio = window_of_video(clip, frame), aspect / frame
    for shot in shots[1::2]:
        window = shot.motion.start
        assert SMALLEST_PUNCH_IN - 1e-9 <= wide.width / window.width <= 1.5 + 1e-9
        assert 1080 * max(1, frame) / (window.width * width) <= MAX_ENLARGEMENT + 1e-9
        left, top, right, bottom = edges(window, ratio)
        assert window.width >= 1 or (left >= -1e-9 and right <= 1 + 1e-9)
        assert window.width * ratio >= 1 or (top >= -1e-9 and bottom <= 1 + 1e-9)
        for face in found:
            across = min(right, face.right) - max(left, face.left)
            down = min(bottom, face.bottom) - max(top, face.top)
            inside = across >= face.width - 1e-9 and down >= face.height - 1e-9
            assert inside or across <= 1e-9 or down <= 1e-9
    assert [shot.first for shot in shots] == sorted({shot.first for shot in shots})
    for shot in shots[1:]:
        assert all(abs(shot.first * 1000 / 30 - cut_ms) >= OWN_CUT_MS - 34 for cut_ms in cuts)
