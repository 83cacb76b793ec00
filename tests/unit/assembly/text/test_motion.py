"""Poses of animated text, and numbers that count."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from assembly.text.cards import readable_on
from assembly.text.counting import counted
from assembly.text.motion import REST, frames_in, opacity_out, peak, pose_in
from schemas.animation import ANIMATIONS, Animation, AnimationSchema

FPS = Fraction(30)
RATES = [Fraction(24), Fraction(25), Fraction(30), Fraction(60), Fraction(30000, 1001)]


def test_pop_goes_through_its_keyframes_and_rests() -> None:
    animation = Animation("pop", ms=133, scales=(0.85, 1.06, 1.0))
    scales = [pose_in(animation, frame, FPS).scale for frame in range(6)]
    assert scales == pytest.approx([0.85, 0.955, 1.06, 1.03, 1.0, 1.0])


def test_rise_comes_up_while_it_becomes_opaque() -> None:
    poses = [pose_in(Animation("rise", ms=200), frame, FPS) for frame in range(8)]
    assert all(a.opacity <= b.opacity and a.below_em >= b.below_em for a, b in pairwise(poses))
    assert poses[0].opacity > 0.2 and poses[-1] == REST


@pytest.mark.parametrize("kind", ["fade", "rise", "pop"])
@pytest.mark.parametrize("fps", RATES)
def test_animation_of_130_ms_takes_three_to_eight_frames(kind: str, fps: Fraction) -> None:
    animation = Animation(kind)
    count = frames_in(animation, fps)
    assert 3 <= count <= 8
    assert [pose_in(animation, frame, fps) == REST for frame in (0, count - 1, count, 500)] == [
        False,
        False,
        True,
        True,
    ]


@given(st.sampled_from(ANIMATIONS), st.integers(30, 1000), st.integers(-5, 200), st.sampled_from(RATES))
def test_every_pose_is_visible_and_at_most_as_large_as_the_peak(kind: str, ms: int, frame: int, fps: Fraction) -> None:
    animation = Animation(kind, ms=ms)
    pose = pose_in(animation, frame, fps)
    assert 0 < pose.opacity <= 1 and 0 < pose.scale <= peak(animation) and 0 <= pose.below_em <= animation.rise_em


def test_fade_at_the_end_is_opaque_until_it_begins() -> None:
    animation = Animation("fade", out_ms=100)
    assert [opacity_out(animation, left, FPS) for left in (10, 4, 3, 2, 1)] == [1.0, 1.0, 0.75, 0.5, 0.25]
    assert opacity_out(Animation("fade"), 1, FPS) == 1.0


def test_last_keyframe_must_be_the_rest() -> None:
    with pytest.raises(ValidationError, match="must be 1"):
        AnimationSchema.read({"kind": "pop", "scales": [0.8, 1.2]})


def test_animation_survives_its_contract() -> None:
    animation = Animation("pop", "word", 170, (0.5, 1.1, 0.98, 1.0), out_ms=100)
    assert AnimationSchema.read(AnimationSchema.plain(animation)) == animation


@pytest.mark.parametrize(
    ("text", "start", "nearly"),
    [
        ("$1,299.00", "$0.00", "$1,298.99"),
        ("1.299,50 €", "0,00 €", "1.299,49 €"),
        ("20 %", "0 %", "20 %"),
        ("1,00,000", "0", "99,999"),
        ("٣٠", "٠", "٣٠"),
    ],
)
def test_number_counts_in_its_own_spelling(text: str, start: str, nearly: str) -> None:
    assert (counted(text, 0), counted(text, 0.98), counted(text, 1)) == (start, nearly, text)


@given(st.integers(0, 10**7), st.floats(0, 1), st.floats(0, 1))
def test_count_never_goes_back(value: int, first: float, second: float) -> None:
    low, high = sorted((first, second))
    low_value, high_value = (int(counted(f"${value:,}", share)[1:].replace(",", "")) for share in (low, high))
    assert 0 <= low_value <= high_value <= value


def test_text_without_one_number_does_not_count() -> None:
    assert counted("free", 0.3) == "free"
    assert counted("10–20 %", 0.3) == "10–20 %"


@pytest.mark.parametrize(
    ("colour", "expected"), [("#FFE600", "#111111"), ("#111111", "#FFFFFF"), ("#0B1F3A", "#FFFFFF")]
)
def test_text_on_a_card_is_readable(colour: str, expected: str) -> None:
    assert readable_on(colour) == expected
