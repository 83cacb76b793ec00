"""The identity of a segment: equal for equal pictures, different for different ones."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.animation import Animation
from schemas.clip import Clip, Fallback
from schemas.preset import CaptionStyle, Grade, SafeZone
from schemas.scene_graph import Overlay
from schemas.segment import ClipRange, Encoding, Segment, SegmentSchema, TimedOverlay
from schemas.speech import Word
from schemas.timeline import Cue
from schemas.timing import ms_of

FPS = Fraction(30)


def clip(identity: str = "aa", **other: Any) -> Clip:
    return Clip(scene_id=1, kind="still", key=f"cache/plate/{identity}.npy", identity=identity, engine="local", **other)


def cue(start_frame: int, frames: int = 30, text: str = "Hello") -> Cue:
    start, end = ms_of(start_frame, FPS), ms_of(start_frame + frames, FPS)
    return Cue(1, start, end, ((Word(text, start, end),),))


def cue_of_two(tight: bool) -> Cue:
    start, middle, end = (ms_of(frame, FPS) for frame in (95, 110, 125))
    return Cue(1, start, end, ((Word("３０", start, middle), Word("元", middle, end, tight=tight)),))


def segment(start_frame: int = 90) -> Segment:
    return Segment(
        index=2,
        scene_id=3,
        start_frame=start_frame,
        frames=60,
        fps=FPS,
        width=1080,
        height=1920,
        incoming=ClipRange(clip(), 0, 60, 60),
        outgoing=ClipRange(clip("bb"), 50, 10, 60),
        transition="fade",
        cues=(cue(start_frame + 5),),
        overlays=(TimedOverlay(Overlay(text="New"), 0, 30),),
    )


CHANGED_SEGMENTS = {
    "frames": replace(segment(), frames=61),
    "fps": replace(segment(), fps=Fraction(25)),
    "width": replace(segment(), width=720),
    "height": replace(segment(), height=1350),
    "clip": replace(segment(), incoming=ClipRange(clip("cc"), 0, 60, 60)),
    "part of the clip": replace(segment(), incoming=ClipRange(clip(), 1, 60, 60)),
    "length of the clip": replace(segment(), incoming=ClipRange(clip(), 0, 60, 70)),
    "speed": replace(segment(), incoming=ClipRange(clip(), 0, 60, 60, speed=0.8)),
    "hold": replace(segment(), incoming=ClipRange(clip(), 0, 60, 60, hold_frames=5)),
    "clip before": replace(segment(), outgoing=ClipRange(clip("dd"), 50, 10, 60)),
    "no clip before": replace(segment(), outgoing=None, transition="cut"),
    "transition": replace(segment(), transition="wipe_left"),
    "no caption": replace(segment(), cues=()),
    "caption text": replace(segment(), cues=(cue(95, text="Goodbye"),)),
    "caption without a space": replace(segment(), cues=(cue_of_two(tight=True),)),
    "caption with a space": replace(segment(), cues=(cue_of_two(tight=False),)),
    "caption time": replace(segment(), cues=(cue(96),)),
    "caption length": replace(segment(), cues=(cue(95, 31),)),
    "overlay": replace(segment(), overlays=(TimedOverlay(Overlay(text="Old"), 0, 30),)),
    "key word": replace(segment(), cues=(replace(cue(95), lines=((replace(cue(95).lines[0][0], key=True),),)),)),
    "animation": replace(segment(), captions=CaptionStyle(animation=Animation("pop"))),
    "accent": replace(segment(), captions=CaptionStyle(accent="#FF0000")),
    "style of an overlay": replace(segment(), overlays=(TimedOverlay(Overlay(text="New", style="headline"), 0, 30),)),
    "turn of a card": replace(segment(), overlays=(TimedOverlay(Overlay(text="New"), 0, 30, turn=5),)),
    "overlay time": replace(segment(), overlays=(TimedOverlay(Overlay(text="New"), 1, 30),)),
    "overlay picture": replace(segment(), overlays=(TimedOverlay(Overlay(text="New"), 0, 30, "cache/x.png"),)),
    "font": replace(segment(), captions=CaptionStyle(font="Anton")),
    "safe zone": replace(segment(), safe_zone=SafeZone(bottom=0.3)),
    "grade": replace(segment(), grade=Grade(warmth=0.2)),
    "darker scene before": replace(segment(), outgoing_dim=0.5),
    "fade after it": replace(segment(), fades_out=True),
    "language": replace(segment(), language="tr"),
    "quality": replace(segment(), encoding=Encoding(crf=26)),
}


@pytest.mark.parametrize("change", CHANGED_SEGMENTS)
def test_change_of_the_picture_changes_the_identity(change: str) -> None:
    assert CHANGED_SEGMENTS[change].identity != segment().identity


def test_all_changed_segments_have_different_identities() -> None:
    assert len({other.identity for other in CHANGED_SEGMENTS.values()}) == len(CHANGED_SEGMENTS)


@given(st.integers(0, 20_000))
def test_moved_segment_keeps_its_identity(start_frame: int) -> None:
    assert segment(start_frame).identity == segment().identity


def test_space_between_words_changes_the_identity() -> None:
    def with_second(tight: bool | None) -> Segment:
        words = (Word("好", 3000, 3500), Word("手", 3500, 4000, tight))
        return replace(segment(), cues=(Cue(1, 3000, 4000, (words,)),))

    assert len({with_second(tight).identity for tight in (None, True, False)}) == 3


def test_index_and_scene_id_do_not_change_the_identity() -> None:
    assert replace(segment(), index=9, scene_id=77).identity == segment().identity


def test_take_cost_and_warnings_of_a_clip_do_not_change_the_identity() -> None:
    history = clip(
        take=1, cost_usd=Decimal("0.4"), reused=True, warnings=("small",), steps_down=(Fallback("runway", "busy"),)
    )
    assert replace(segment(), incoming=ClipRange(history, 0, 60, 60)).identity == segment().identity


def test_identity_is_64_hex_digits() -> None:
    assert len(segment().identity) == 64
    assert set(segment().identity) <= set("0123456789abcdef")


def test_segment_of_stills_keeps_its_cached_identity() -> None:
    assert segment().identity == "591420451d57359a87da429ef47fe7ee9a0d171101c2bfba5101cebc75a294a1"


@pytest.mark.parametrize("field", ["incoming", "outgoing"])
def test_segment_with_a_video_clip_has_another_identity_than_older_versions(field: str) -> None:
    stills = segment()
    clip_range: ClipRange = getattr(stills, field)
    footage = replace(stills, **{field: replace(clip_range, clip=replace(clip_range.clip, kind="video"))})
    assert footage.has_video and not stills.has_video
    assert footage.identity != stills.identity


def test_identity_survives_serialisation() -> None:
    assert SegmentSchema.read(SegmentSchema.plain(segment())).identity == segment().identity


@given(st.integers(0, 600_000), st.integers(0, 9_000))
def test_frame_of_counts_from_the_start_of_the_segment(ms: int, start_frame: int) -> None:
    moved = replace(segment(), start_frame=start_frame)
    assert moved.frame_of(ms) == replace(segment(), start_frame=0).frame_of(ms) - start_frame


def test_version_of_emoji_changes_only_segments_with_emoji(monkeypatch: pytest.MonkeyPatch) -> None:
    with_caption = replace(segment(), cues=(cue(95, text="Hello 👋🏽"),))
    with_title = replace(segment(), overlays=(TimedOverlay(Overlay(text="New ❤️"), 0, 30),))
    as_text = replace(segment(), cues=(cue(95, text="© 2026 ☎ #1"),))
    before = [made.identity for made in (segment(), as_text, with_caption, with_title)]
    monkeypatch.setattr("schemas.segment.EMOJI_VERSION", 99)
    after = [made.identity for made in (segment(), as_text, with_caption, with_title)]
    assert [old == new for old, new in zip(before, after, strict=True)] == [True, True, False, False]


def test_image_overlay_has_no_text() -> None:
    picture = TimedOverlay(Overlay(kind="image", text="🔥", asset="a"), 0, 30, "key")
    assert not replace(segment(), overlays=(picture,)).has_emoji
