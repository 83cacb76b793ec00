"""Captions and titles do not cover faces."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assembly.picture.regions import face_boxes
from assembly.text import titles
from assembly.text.caption_slot import lay_out_cue
from assembly.text.layout import Box, safe_box
from assembly.text.obstacles import Obstacles
from schemas.clip import Clip, Motion, Window
from schemas.preset import POSITIONS, CaptionStyle
from schemas.region import Region
from schemas.scene_graph import Overlay
from schemas.segment import ClipRange, Segment, TimedOverlay
from tests.media import material

STILL = Motion("still", Window(0.5, 0.5, 1.0), Window(0.5, 0.5, 1.0))
LOW, HIGH = Region(0.35, 0.66, 0.3, 0.12), Region(0.35, 0.15, 0.3, 0.12)
CUES = (material.cue(0, 1000, "Every great", "story"), material.cue(1000, 2000, "starts small"))


def segment(*faces: Region, subject: Region | None = None, motion: Motion = STILL, position: str = "bottom") -> Segment:
    clip = Clip(1, "still", "a", "a", "local", motion, faces=faces, subject=subject, aspect=9 / 16)
    style = CaptionStyle(position=position)
    part = ClipRange(clip, 0, 60, 60)
    return material.segment(part, 60, width=1080, height=1920, cues=CUES, captions=style)


def covered(shown: Segment) -> bool:
    return any(lay_out_cue(cue, shown).box.overlaps(face) for cue in shown.cues for face in face_boxes(shown))


@pytest.mark.parametrize("position", POSITIONS)
def test_captions_are_where_the_preset_has_them_without_faces(position: str) -> None:
    plain, elsewhere = segment(position=position), replace(segment(position=position), cues=CUES[:1])
    assert lay_out_cue(CUES[0], plain).box == lay_out_cue(CUES[0], elsewhere).box
    zone = safe_box(plain.safe_zone, 1080, 1920)
    box = lay_out_cue(CUES[0], plain).box
    assert {"top": box.top == zone.top, "bottom": box.bottom == zone.bottom}.get(position, True)


def test_captions_leave_a_face_free() -> None:
    assert covered(replace(segment(LOW), incoming=segment().incoming)) is False
    assert not covered(segment(LOW))
    assert lay_out_cue(CUES[0], segment(LOW)).box != lay_out_cue(CUES[0], segment()).box


def test_captions_stay_when_the_face_is_elsewhere() -> None:
    assert lay_out_cue(CUES[0], segment(HIGH)).box == lay_out_cue(CUES[0], segment()).box


def test_all_captions_of_a_scene_are_in_the_same_place() -> None:
    first, second = (lay_out_cue(cue, segment(LOW)).box for cue in CUES)
    assert first.bottom == pytest.approx(second.bottom) and first.bottom < 1920 * 0.64


def test_captions_leave_the_place_that_a_face_moves_to() -> None:
    downwards = Motion("tilt_down", Window(0.5, 0.62, 0.5), Window(0.5, 0.5, 0.5))
    face = Region(0.45, 0.6, 0.1, 0.06)
    assert lay_out_cue(CUES[0], segment()).box.overlaps(face_boxes(segment(face, motion=downwards))[-1])
    assert not covered(segment(face, motion=downwards))


def test_captions_leave_a_subject_that_they_would_hide() -> None:
    subject = Region(0.2, 0.6, 0.6, 0.2)
    assert lay_out_cue(CUES[0], segment(subject=subject)).box != lay_out_cue(CUES[0], segment()).box


def test_large_subject_does_not_move_captions() -> None:
    subject = Region(0.0, 0.0, 1.0, 1.0)
    assert lay_out_cue(CUES[0], segment(subject=subject)).box == lay_out_cue(CUES[0], segment()).box


positions = st.floats(0.0, 0.85)


@settings(max_examples=200)
@example(Region(0.5, 0.604, 0.15, 0.09))
@given(st.builds(lambda x, y: Region(round(x, 3), round(y, 3), 0.15, 0.09), positions, positions))
def test_one_small_face_is_never_covered(face: Region) -> None:
    assert not covered(segment(face))


def title_box(shown: Segment):
    (title,) = titles.titles(shown)
    return title.box


def test_title_is_beside_a_face() -> None:
    headline = (TimedOverlay(Overlay("text", "A harbour at dawn", position="top"), 0, 60),)
    plain = replace(segment(), overlays=headline)
    with_face = replace(segment(HIGH), overlays=headline)
    assert not any(title_box(with_face).overlaps(face) for face in face_boxes(with_face))
    assert title_box(plain) != title_box(with_face)


def test_faces_change_the_identity_of_a_segment() -> None:
    assert segment(LOW).identity != segment(HIGH).identity != segment().identity


def test_face_is_where_the_window_shows_it() -> None:
    zoomed = Motion("still", Window(0.5, 0.5, 0.5), Window(0.5, 0.5, 0.5))
    (box, *_) = face_boxes(segment(Region(0.4, 0.4, 0.2, 0.2), motion=zoomed))
    assert (box.left, box.right) == pytest.approx((1080 * 0.3, 1080 * 0.7))
    assert (box.top, box.bottom) == pytest.approx((1920 * 0.3, 1920 * 0.7))


def test_captions_that_have_to_move_go_off_the_subject() -> None:
    wide = Region(0.0, 0.45, 1.0, 0.4)
    boxes = [lay_out_cue(cue, segment(subject=wide)).box for cue in CUES]
    # At the nearest place that is good enough they would hide a tenth of it.
    assert all(box.bottom <= 0.48 * 1920 for box in boxes)


def test_title_becomes_a_little_smaller_to_stay_in_its_own_zone() -> None:
    shown = segment()
    headline = TimedOverlay(Overlay(text="Madrid's buses go fully electric", style="headline", position="top"), 0, 60)
    plain = replace(shown, cues=(), overlays=(headline,))
    (free,) = titles.titles(plain)
    # The zone is a tenth lower than the title that has all the space.
    bottom = 1 - (free.box.top + 0.9 * free.box.height) / 1920
    zone = replace(plain.safe_zone, bottom=bottom)
    (title,) = titles.titles(replace(plain, title_zone=zone))
    assert title.box.bottom <= (1 - bottom) * 1920 + 1
    assert 0.8 * free.size <= title.size < free.size


def test_margin_of_a_face_at_the_edge_of_a_card_does_not_reach_beyond_the_card() -> None:
    card, face = Box(100, 500, 900, 1200), Box(400, 500, 600, 800)
    above = Box(300, 300, 700, 490)
    assert not Obstacles((face,), (), (card,)).hidden_by([above], has_ground=False).near_faces
    assert Obstacles((face,)).hidden_by([above], has_ground=False).near_faces


def test_lines_of_a_headline_are_close_to_each_other_and_do_not_touch() -> None:
    headline = TimedOverlay(Overlay(text="One more\nriver here", style="headline", scale=1.3), 0, 60)
    (title,) = titles.titles(replace(segment(), cues=(), overlays=(headline,)))
    first, second = title.rows[:2]
    pitch_em = (second.middle - first.middle) / title.size
    assert title.face.ink_em(first.text)[1] + title.face.ink_em(second.text)[0] < pitch_em < title.face.line_pitch_em
