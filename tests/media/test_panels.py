"""Pictures in panels, rendered."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.store.backends.folder import Folder
from assembly.encode.compose import draw_frames
from assembly.picture import i420
from assembly.picture.regions import face_boxes
from schemas.clip import CameraShot, Clip, Motion, Panel, Window
from schemas.region import Region
from schemas.segment import ClipRange, Segment
from tests.media import material

WIDTH, HEIGHT = 216, 384
FULL = Window(0.5, 0.5, 1.0)
STILL = Motion("still", FULL, FULL)
AREA = Region(0.1, 0.25, 0.8, 0.4)


@pytest.fixture
def store(tmp_path) -> Folder:
    folder = Folder(tmp_path / "store")
    folder.root.mkdir()
    return folder


def plate(store: Folder, name: str, luma: int, width: int, height: int) -> str:
    frame = i420.empty(width, height)
    for plane, value in zip(i420.planes(frame), (luma, 128, 128), strict=True):
        plane[:] = value
    key = f"cache/plate/{name}.npy"
    with store.writing(key) as path, path.open("wb") as file:
        np.save(file, frame)
    return key


def segment(store: Folder, *panels: Panel, radius: float = 0.0, **more) -> Segment:
    background = plate(store, "background", 40, WIDTH, HEIGHT)
    clip = Clip(1, "still", background, "a", "local", panels=panels, radius=radius)
    part = ClipRange(clip, 0, 12, 12, shots=more.pop("shots", ()))
    return material.segment(part, 12, width=WIDTH, height=HEIGHT, **more)


def luma(shown: Segment, store: Folder, index: int = 0) -> np.ndarray:
    (frame,) = draw_frames(shown, (index,), store)
    return i420.planes(frame)[0]


def panel(store: Folder, area: Region = AREA, name: str = "p", level: int = 200, **facts) -> Panel:
    _, _, width, height = area.even_box(WIDTH, HEIGHT)
    return Panel(area, plate(store, name, level, width, height), STILL, aspect=width / height, **facts)


def test_picture_fills_its_panel_and_nothing_else(store) -> None:
    picture = luma(segment(store, panel(store)), store)
    left, top, width, height = AREA.even_box(WIDTH, HEIGHT)
    assert (picture[top : top + height, left : left + width] == 200).all()
    outside = np.ones_like(picture, bool)
    outside[top : top + height, left : left + width] = False
    assert (picture[outside] == 40).all()


def test_corners_are_round_and_smooth(store) -> None:
    picture = luma(segment(store, panel(store), radius=0.1), store)
    left, top, width, height = AREA.even_box(WIDTH, HEIGHT)
    corners = [
        picture[top, left],
        picture[top, left + width - 1],
        picture[top + height - 1, left],
        picture[top + height - 1, left + width - 1],
    ]
    assert max(corners) <= 45
    block = picture[top : top + 22, left : left + 22]
    assert block[-1, -1] == 200
    assert ((block > 60) & (block < 180)).sum() >= 8
    assert np.array_equal(block, block.T)


def test_later_panel_lies_over_an_earlier_one(store) -> None:
    small = Region(0.3, 0.3, 0.2, 0.1)
    picture = luma(segment(store, panel(store), panel(store, small, "q", 90)), store)
    left, top, width, height = small.even_box(WIDTH, HEIGHT)
    assert (picture[top : top + height, left : left + width] == 90).all()


def test_dimmed_picture_is_darker_and_keeps_black(store) -> None:
    shown = segment(store, panel(store))
    dimmed = material.segment(shown.incoming, 12, width=WIDTH, height=HEIGHT, dim=0.5)
    before, after = luma(shown, store), luma(dimmed, store)
    assert after[before == 200].max() == pytest.approx(16 + (200 - 16) / 2, abs=1)
    assert after[before == 40].max() == pytest.approx(16 + (40 - 16) / 2, abs=1)


def test_only_panel_has_the_shots_of_its_scene(store) -> None:
    left, top, width, height = AREA.even_box(WIDTH, HEIGHT)
    half = i420.empty(width, height)
    for plane, value in zip(i420.planes(half), (60, 128, 128), strict=True):
        plane[:] = value
    i420.planes(half)[0][:, width // 2 :] = 220
    with store.writing("cache/plate/half.npy") as path, path.open("wb") as file:
        np.save(file, half)
    right = Window(0.75, 0.5, 0.4)
    shots = (CameraShot(0, STILL), CameraShot(6, Motion("still", right, right)))
    shown = segment(store, Panel(AREA, "cache/plate/half.npy", STILL, aspect=width / height), shots=shots)
    wide, close = luma(shown, store, 0), luma(shown, store, 8)
    middle = (top + height // 2, left + 10)
    assert wide[middle] == 60 and close[middle] == 220


def test_faces_are_found_in_their_panels(store) -> None:
    face = Region(0.25, 0.5, 0.5, 0.25)
    (box, *_) = face_boxes(segment(store, panel(store, faces=(face,))))
    left, top, width, height = AREA.even_box(WIDTH, HEIGHT)
    assert (box.left, box.top) == pytest.approx((left + 0.25 * width, top + 0.5 * height), abs=1)
    assert (box.width, box.height) == pytest.approx((0.5 * width, 0.25 * height), abs=1)


def card_pair(store: Folder, kind: str, *, old_level: int = 90, **more) -> Segment:
    """Return a segment of 12 frames that begins with a transition of 8 frames between two cards on grey grounds."""
    ground = plate(store, "old_ground", 120, WIDTH, HEIGHT)
    facts = {"radius": 0.05, "shadow": True}
    old = Clip(1, "still", ground, "a", "local", panels=(panel(store, AREA, "old", old_level),), **facts)
    new = Clip(2, "still", plate(store, "new_ground", 60, WIDTH, HEIGHT), "b", "local", **facts)
    new = replace(new, panels=(panel(store, AREA, "new", 200),))
    part = ClipRange(new, 0, 12, 12)
    outgoing = ClipRange(old, 22, 8, 30)
    return material.segment(part, 12, width=WIDTH, height=HEIGHT, outgoing=outgoing, transition=kind, **more)


def test_shadow_is_soft_and_below_its_panel(store) -> None:
    clip = Clip(1, "still", plate(store, "g", 120, WIDTH, HEIGHT), "a", "local", panels=(panel(store),), shadow=True)
    picture = luma(material.segment(ClipRange(clip, 0, 12, 12), 12, width=WIDTH, height=HEIGHT), store)
    left, top, width, height = AREA.even_box(WIDTH, HEIGHT)
    below = picture[top + height :, left + width // 2].astype(int)
    assert 60 < below[0] < 100
    assert (np.diff(below) >= 0).all()
    assert below[-1] == 120
    assert np.diff(below).max() <= 12
    above = picture[:top, left + width // 2].astype(int)
    assert above[-1] > below[0]


def test_push_moves_the_cards_and_not_the_ground(store) -> None:
    shown = card_pair(store, "push_card")
    frames = [i420.planes(frame)[0].astype(int) for frame in draw_frames(shown, range(12), store)]
    left, top, width, height = AREA.even_box(WIDTH, HEIGHT)
    middle = top + height // 2
    # Far from the cards the ground is uniform and fades from the old to the new one.
    levels = [frame[-10:, :] for frame in frames]
    assert all(level.max() == level.min() for level in levels)
    assert [int(level.max()) for level in levels] == sorted((int(level.max()) for level in levels), reverse=True)
    # The old card leaves to the left, the new one comes from the right.
    dark = [int((frame[middle] == 90).sum()) for frame in frames[:8]]
    bright = [int((frame[middle] > 190).sum()) for frame in frames]
    assert dark == sorted(dark, reverse=True) and dark[0] > 0.6 * width
    assert bright == sorted(bright) and bright[-1] == width
    assert frames[2][middle, left] == 90 and frames[6][middle, left + width - 1] > 190


def test_push_has_no_hard_edge_but_those_of_the_cards(store) -> None:
    still = i420.planes(next(draw_frames(card_pair(store, "push_card"), (11,), store)))[0].astype(int)
    card_edge = np.abs(np.diff(still, axis=1)).mean(axis=0).max()
    for frame in draw_frames(card_pair(store, "push_card"), range(8), store):
        y = i420.planes(frame)[0].astype(int)
        assert np.abs(np.diff(y, axis=1)).mean(axis=0).max() <= card_edge
        assert y.min() >= 30


@pytest.mark.parametrize("kind", ["whip_left", "zoom_through", "push_card", "fade"])
def test_frame_before_and_after_a_transition_are_those_of_the_clips(store, kind) -> None:
    shown = card_pair(store, kind)
    assert np.array_equal(luma(shown, store, 8), luma(card_pair(store, "fade"), store, 11))


def test_push_between_a_card_and_a_full_picture_moves_both_frames(store) -> None:
    shown = card_pair(store, "push_card")
    full = Clip(1, "still", plate(store, "full", 90, WIDTH, HEIGHT), "c", "local", motion=STILL, aspect=WIDTH / HEIGHT)
    mixed = replace(shown, outgoing=ClipRange(full, 22, 8, 30))
    picture = luma(mixed, store, 3)
    assert (picture[:, 0] == 90).all()
    assert picture[-1, -1] == 60


def test_darker_layout_before_a_transition_stays_dark_until_it_is_gone(store) -> None:
    shown = card_pair(store, "fade", dim=0.0, outgoing_dim=0.5)
    plain = card_pair(store, "fade")
    first, second = (luma(each, store, 0)[-1, 0] for each in (shown, plain))
    assert first < second
    assert np.array_equal(luma(shown, store, 8), luma(plain, store, 8))
