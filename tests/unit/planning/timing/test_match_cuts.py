"""Match cuts: the subject of the new scene is where, and as large as, that of the old one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.planning.timing.match_cuts import MAX_DISTANCE, MAX_SIZE_RATIO, View, matched_shots
from app.planning.timing.timeline import build, retime
from schemas.clip import CameraPath, CameraShot, Clip, Motion, Panel, Window
from schemas.layout import WHOLE_FRAME
from schemas.preset import MotionStyle
from schemas.region import Region
from schemas.speech import Speech
from schemas.timeline import VideoItem
from tests.unit.planning import films

STYLE = MotionStyle(("push_in", "pull_out"), 1.15, shot_ms=60_000)
WIDE = Window(0.5, 0.5, 1.0)
PUSH = Motion("push_in", WIDE, Window(0.5, 0.5, 0.9))
LOOK = replace(films.PRESET, motion=STYLE)
FACE = Region(0.4, 0.3, 0.16, 0.12)


def view(face: Region | None = None, subject: Region | None = None, motion: Motion = PUSH, **more) -> View:
    facts = {"area": WHOLE_FRAME, "ratio": 1.0, "shots": (CameraShot(0, motion),), "frames": 90}
    return View(**{**facts, "faces": (face,) if face else (), "subject": subject, **more})


def centred(x: float, y: float, size: float) -> Region:
    return Region(x - size / 2, y - size / 2, size, size)


SHARES, SIZES = st.floats(0.35, 0.65), st.floats(0.1, 0.4)
SHIFTS, SCALES = st.floats(-0.12, 0.12), st.floats(0.6, 1.1)


@given(SHARES, SHARES, SIZES, SHIFTS, SHIFTS, SCALES)
def test_matched_subjects_are_at_the_same_place_and_of_the_same_size(x, y, size, across, down, scale) -> None:
    old, new = view(centred(x, y, size)), view(centred(x + across, y + down, size * scale))
    shots = matched_shots(old, new, STYLE, 30.0)
    if not shots:
        return
    target = old.place(old.faces[0], old.last_window)
    start = shots[0].motion.start
    seen = new.place(new.faces[0], start)
    assert abs(seen.x - target.x) <= MAX_DISTANCE and abs(seen.y - target.y) <= MAX_DISTANCE
    assert 1 / MAX_SIZE_RATIO - 1e-9 <= seen.size / target.size <= MAX_SIZE_RATIO + 1e-9
    for window in (start, shots[0].motion.end):
        assert window.width <= 1.0
        assert window.width / 2 - 1e-9 <= window.x <= 1 - window.width / 2 + 1e-9
        assert window.width / 2 - 1e-9 <= window.y <= 1 - window.width / 2 + 1e-9
        assert new.keeps_faces(window)


def test_most_subjects_that_are_a_little_smaller_are_matched() -> None:
    news = [centred(0.5 + dx, 0.45 + dy, 0.25) for dx in (-0.08, 0, 0.08) for dy in (-0.08, 0, 0.08)]
    matched = [matched_shots(view(centred(0.5, 0.45, 0.3)), view(new), STYLE, 30.0) for new in news]
    assert sum(map(bool, matched)) >= 7


def test_smaller_face_beside_the_middle_is_brought_to_the_place_of_the_old_one() -> None:
    shots = matched_shots(view(centred(0.5, 0.42, 0.3)), view(centred(0.45, 0.4, 0.27)), STYLE, 30.0)
    assert len(shots) == 1
    assert shots[0].motion.start != WIDE


def test_subject_that_the_picture_has_no_detail_for_is_not_matched() -> None:
    assert matched_shots(view(centred(0.5, 0.5, 0.4)), view(centred(0.5, 0.5, 0.1)), STYLE, 30.0) == ()


def test_subject_that_is_already_too_large_is_not_matched() -> None:
    assert matched_shots(view(centred(0.5, 0.5, 0.1)), view(centred(0.5, 0.5, 0.4)), STYLE, 30.0) == ()


def test_subject_at_the_edge_of_its_picture_is_not_matched() -> None:
    assert matched_shots(view(centred(0.3, 0.3, 0.2)), view(centred(0.85, 0.85, 0.2)), STYLE, 30.0) == ()


def test_face_is_not_matched_with_a_thing() -> None:
    thing = centred(0.5, 0.5, 0.3)
    assert matched_shots(view(subject=thing), view(subject=thing), STYLE, 30.0)
    assert matched_shots(view(thing), view(subject=thing), STYLE, 30.0) == ()


def test_second_shot_that_would_be_as_close_shows_the_wide_view() -> None:
    close = Motion("push_in", Window(0.5, 0.45, 0.72), Window(0.5, 0.45, 0.68))
    new = view(centred(0.5, 0.45, 0.2), shots=(CameraShot(0, PUSH), CameraShot(45, close)))
    shots = matched_shots(view(centred(0.5, 0.5, 0.25)), new, STYLE, 30.0)
    assert [shot.first for shot in shots] == [0, 45]
    assert shots[1].motion.start.width >= 1.25 * shots[0].motion.end.width


def test_still_camera_stays_still() -> None:
    still = replace(STYLE, kinds=("still",))
    (shot,) = matched_shots(view(centred(0.5, 0.45, 0.3)), view(centred(0.46, 0.45, 0.27)), still, 30.0)
    assert shot.motion.start == shot.motion.end


def clip(number: int, face: Region, **more) -> Clip:
    facts = {"motion": PUSH, "faces": (face,), "aspect": 9 / 16}
    return Clip(number, "still", f"plates/{number}", f"still-{number}", "local", **{**facts, **more})


def video(kind: str, old: Clip, new: Clip) -> tuple[VideoItem, VideoItem]:
    graph = films.graph_of(films.silent(3000), films.silent(3000, kind))
    film = retime(graph, build(graph, films.SIZE), Speech("en"), {1: old, 2: new}, LOOK)
    assert film.transitions == ()
    first, second = film.tracks.video
    return first, second


def on_screen(face: Region, window: Window, area: Region = WHOLE_FRAME, ratio: float = 1.0) -> tuple[float, ...]:
    place = view(area=area, ratio=ratio).place(face, window)
    return place.x, place.y, place.size


def last_window(item: VideoItem) -> Window:
    frames = item.end_frame - item.start_frame
    return CameraPath(item.shots or (CameraShot(0, PUSH),), frames).window_at(frames - 1)


def test_match_cut_of_a_film_reframes_the_new_scene_and_has_no_overlap() -> None:
    old_face, new_face = centred(0.5, 0.42, 0.3), centred(0.46, 0.45, 0.28)
    before, after = video("match_cut", clip(1, old_face), clip(2, new_face))
    old = on_screen(old_face, last_window(before))
    assert on_screen(new_face, after.shots[0].motion.start) == pytest.approx(old, abs=0.03)


def test_plain_cut_leaves_the_new_scene_as_it_is() -> None:
    after = video("cut", clip(1, centred(0.5, 0.42, 0.3)), clip(2, centred(0.46, 0.45, 0.28)))[1]
    assert after.shots == () or after.shots[0].motion.start == WIDE


def test_face_in_a_card_is_matched_with_that_in_another_card() -> None:
    area = Region(0.035, 0.05, 0.93, 0.56)
    aspect = 9 / 16 * area.width / area.height
    old_face, new_face = centred(0.5, 0.42, 0.3), centred(0.46, 0.45, 0.28)

    def card(number: int, face: Region) -> Clip:
        panel = Panel(area, f"panel/{number}", PUSH, (face,), None, aspect)
        return replace(clip(number, face), motion=None, faces=(), aspect=None, panels=(panel,))

    before, after = video("match_cut", card(1, old_face), card(2, new_face))
    old = on_screen(old_face, last_window(before), area)
    assert on_screen(new_face, after.shots[0].motion.start, area) == pytest.approx(old, abs=0.03)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "video", "motion": None},
        {"motion": None},
        {"aspect": None},
        {"picture": Region(0.1, 0.2, 0.8, 0.5)},
    ],
    ids=["video", "no motion", "no facts", "whole picture on a ground"],
)
def test_match_cut_that_is_not_possible_is_a_cut(change) -> None:
    old, new = clip(1, centred(0.5, 0.42, 0.3)), clip(2, centred(0.46, 0.45, 0.28))
    changed = replace(new, **change)
    assert video("match_cut", old, changed)[1].shots == video("cut", old, changed)[1].shots
