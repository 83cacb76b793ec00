"""Closer views in one of several panels after the other."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.planning.timing.reframing import scene_shots
from app.planning.timing.shots import MAX_SHOT_MS, SceneSpan, shot_starts
from schemas.clip import CameraShot, Clip, Motion, Panel, Window
from schemas.preset import MotionStyle
from schemas.region import Region
from schemas.segment import ClipRange
from schemas.timeline import VideoItem
from schemas.timing import frames_of

FPS = Fraction(30)
STYLE = MotionStyle()
PUSH = Motion("push_in", Window(0.5, 0.5, 1.0), Window(0.5, 0.5, 0.9))
ROWS = (Region(0, 0, 1, 0.498), Region(0, 0.502, 1, 0.498))
CARD = (Region(0, 0, 1, 1), Region(0.6, 0.1, 0.3, 0.2))


def panels(*areas: Region, faces=((), ())) -> Clip:
    shown = tuple(
        Panel(area, f"p{k}", PUSH, tuple(faces[k % len(faces)]), None, 9 * area.width / (16 * area.height))
        for k, area in enumerate(areas)
    )
    return Clip(1, "still", "ground", "aa", "local", panels=shown)


def shots_of(clip: Clip, starts=(0, 90, 180, 270), frames: int = 360) -> tuple[CameraShot, ...]:
    span = SceneSpan(frames, 0, frames, FPS, 9 / 16)
    return scene_shots(clip, starts, span, STYLE, item=VideoItem(1, 0, frames), source_width=None)


def test_one_panel_after_the_other_is_closer() -> None:
    shots = shots_of(panels(*ROWS))
    assert [(shot.first, shot.panel) for shot in shots] == [(0, None), (90, 0), (180, 1), (270, 0)]
    assert all(shot.motion.start.width <= PUSH.start.width / 1.25 for shot in shots[1:])


def test_small_card_is_left_out_and_the_large_picture_alternates() -> None:
    assert [shot.panel for shot in shots_of(panels(*CARD))] == [None, 0, None, 0]


def test_panel_whose_face_would_be_cut_keeps_its_view() -> None:
    large = Region(0.05, 0.1, 0.9, 0.8)
    assert [shot.panel for shot in shots_of(panels(*ROWS, faces=((large,), ())))] == [None, 1, None, 1]
    assert shots_of(panels(*ROWS, faces=((large,), (large,)))) == ()


def test_other_panels_go_on_with_their_own_motion() -> None:
    clip = panels(*ROWS)
    part = ClipRange(clip, 0, 360, 360, shots=shots_of(clip))
    first, second = (part.path_in(panel) for panel in clip.panels)
    assert first and second
    assert first.window_at(89).width > first.window_at(90).width * 1.25
    assert first.window_at(180).width > first.window_at(179).width * 1.2
    # The second panel moves on by itself until its own shot.
    for index in (0, 60, 120, 179):
        assert abs(second.window_at(index).width - PUSH.window_at(index / 360).width) < 0.001
    assert second.window_at(180).width < second.window_at(179).width / 1.2


@given(
    frames=st.integers(31, 1500),
    layout=st.sampled_from((ROWS, CARD, tuple(Region(x, y, 0.49, 0.3) for x in (0, 0.5) for y in (0, 0.32)))),
    shot_ms=st.integers(1200, 8000),
)
def test_scene_with_several_pictures_changes_every_five_seconds(frames, layout, shot_ms) -> None:
    span = SceneSpan(frames, 0, frames, FPS, 9 / 16)
    clip = panels(*layout)
    starts = shot_starts(span, shot_ms)
    shots = scene_shots(clip, starts, span, STYLE, item=VideoItem(1, 0, frames), source_width=None)
    firsts = [shot.first for shot in shots] or [0]
    assert firsts == list(starts)
    assert max(b - a for a, b in pairwise([*firsts, frames])) <= frames_of(MAX_SHOT_MS)
    assert all(a.panel != b.panel for a, b in pairwise(shots))
    part = ClipRange(clip, 0, frames, frames, shots=shots)
    for panel in clip.panels:
        path = part.path_in(panel)
        assert path
        for index in range(0, frames, 11):
            window = path.window_at(index)
            assert window.x - window.width / 2 >= -1e-9 and window.x + window.width / 2 <= 1 + 1e-9
