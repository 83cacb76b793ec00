"""Rendered icons: seen from their frame on, in colour, where the layout has them."""

from __future__ import annotations

import numpy as np
import pytest

from app.store.backends.folder import Folder
from assembly.encode.compose import draw_frames
from assembly.picture import i420
from assembly.text.icon_layout import icons
from schemas.animation import Animation
from schemas.preset import CaptionStyle, Grade, SafeZone
from schemas.scene_graph import Overlay
from schemas.segment import ClipRange, TimedOverlay
from tests.media import material

SIZE = (216, 384)
NEUTRAL = Grade()
ZONE = SafeZone(0.2, 0.45, 0.1, 0.1)
POP = CaptionStyle(title_animation=Animation("pop", ms=130, scales=(0.7, 1.1, 1.0)))
CALM = CaptionStyle(title_animation=Animation("none"))


@pytest.fixture
def store(tmp_path):
    return Folder(tmp_path)


def frames(store, indices, style=POP, emoji="🍅", grade=NEUTRAL):
    """Return frames of a grey segment of 40 frames whose icon appears in frame 10, and the segment."""
    clip = material.still(material.store_flat_plate(store, "grey.npy", 120, size=SIZE))
    overlay = TimedOverlay(Overlay("emoji", emoji), 10, 30)
    facts = {"width": SIZE[0], "height": SIZE[1], "icon_zone": ZONE, "overlays": (overlay,), "captions": style}
    segment = material.segment(ClipRange(clip, 0, 40, 40), 40, grade=grade, **facts)
    return list(draw_frames(segment, indices, store)), segment


def changed(frame):
    """Return which luma samples differ from the grey plate."""
    return np.abs(i420.planes(frame)[0].astype(int) - 120) > 12


def test_icon_is_seen_from_its_frame_on(store):
    (before, at, later), _ = frames(store, [9, 10, 30])
    assert not changed(before).any()
    assert changed(at).any() and changed(later).any()


def test_icon_is_in_its_square_and_fills_it(store):
    (frame,), segment = frames(store, [30], CALM)
    (icon,) = icons(segment)
    rows, columns = np.nonzero(changed(frame))
    margin = 0.1 * icon.box.width
    assert icon.box.left - margin <= columns.min() and columns.max() <= icon.box.right + margin
    assert icon.box.top - margin <= rows.min() and rows.max() <= icon.box.bottom + margin
    assert columns.max() - columns.min() >= 0.75 * icon.box.width


def test_tomato_is_red_and_grey_in_a_preset_without_colours(store):
    (red,), segment = frames(store, [30], CALM)
    (grey,), _ = frames(store, [30], CALM, grade=Grade(saturation=0.0))
    (icon,) = icons(segment)
    x, y = round((icon.box.left + icon.box.right) / 4), round((icon.box.top + icon.box.bottom) / 4)
    assert i420.planes(red)[2][y, x] > 170
    assert abs(int(i420.planes(grey)[2][y, x]) - 128) <= 2


def test_icon_pops_and_then_floats(store):
    shown, _ = frames(store, [10, 12, 20, 39])
    first, peak, rest, _ = (int(changed(frame).sum()) for frame in shown)
    assert first < rest < peak
    assert not np.array_equal(shown[2], shown[3])


def test_text_that_is_no_emoji_of_the_font_draws_nothing(store):
    (frame,), _ = frames(store, [30], emoji="x")
    assert not changed(frame).any()
