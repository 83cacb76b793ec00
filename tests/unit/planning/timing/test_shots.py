"""Scenes cut into shots between their words."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.planning.timing.shots import MAX_SHOT_MS, MIN_SHOT_MS, SceneSpan, scene_spans, shot_starts
from schemas.speech import Word
from schemas.timeline import AudioItem, TimedScene, TimedTransition, Timeline, Tracks
from schemas.timing import frames_of

FPS = Fraction(30)


def words(*texts: str, word_ms: int = 400) -> tuple[Word, ...]:
    return tuple(Word(text, index * word_ms, (index + 1) * word_ms) for index, text in enumerate(texts))


def film(frames: int, into: int = 0, out_of: int = 0) -> Timeline:
    """Return a film of three scenes; the second has ``frames`` frames and transitions of these lengths around it."""
    bounds = [(0, 60), (60 - into, 60 - into + frames)]
    bounds.append((bounds[1][1] - out_of, bounds[1][1] - out_of + 60))
    scenes = tuple(TimedScene(k + 1, a, b, a * 100 // 3, b * 100 // 3) for k, (a, b) in enumerate(bounds))
    transitions = tuple(
        TimedTransition("fade", k, k + 1, scenes[k].start_frame, scenes[k].start_frame + length)
        for k, length in ((1, into), (2, out_of))
        if length
    )
    return Timeline("2.0", FPS, 1080, 1920, bounds[-1][1], scenes, Tracks(), transitions)


def span_of(frames: int, spoken: tuple[Word, ...] = (), into: int = 0, out_of: int = 0) -> SceneSpan:
    timeline = film(frames, into, out_of)
    voice = [AudioItem("voice", timeline.scenes[1].start_ms, timeline.scenes[1].end_ms, scene_id=2)]
    return scene_spans(timeline, voice, {2: spoken})[1]


def lengths_of(starts: tuple[int, ...], end: int) -> list[int]:
    return [b - a for a, b in pairwise([*starts, end])]


def test_short_scene_is_one_shot() -> None:
    assert shot_starts(span_of(60), 2400) == (0,)


def test_cut_is_where_the_clause_ends() -> None:
    spoken = words("Two", "new", "settings,", "one", "dial", "for", "your", "thumb")
    assert shot_starts(span_of(96, spoken), 1600) == (0, frames_of(1200))
    later = words("Two", "settings", "and", "one", "dial,", "for", "your", "thumb")
    assert shot_starts(span_of(96, later), 1600) == (0, frames_of(2000))


def test_silent_scene_is_divided_evenly() -> None:
    assert shot_starts(span_of(180), 2000) == (0, 60, 120)


def test_stated_number_of_shots_is_used_if_each_can_be_seen() -> None:
    assert len(shot_starts(span_of(180), 2000, 1)) == 1
    assert len(shot_starts(span_of(180), 2000, 4)) == 4
    assert len(shot_starts(span_of(180), 2000, 50)) == 180 // frames_of(MIN_SHOT_MS)


@given(
    frames=st.integers(1, 900),
    into=st.integers(0, 20),
    out_of=st.integers(0, 20),
    shot_ms=st.integers(1000, 8000),
    word_ms=st.integers(80, 900),
    count=st.one_of(st.none(), st.integers(1, 9)),
)
def test_shots_are_in_order_long_enough_and_outside_transitions(frames, into, out_of, shot_ms, word_ms, count) -> None:
    frames += into + out_of
    spoken = words(*["word"] * (frames * 33 // word_ms), word_ms=word_ms)
    span = span_of(frames, spoken, into, out_of)
    starts = shot_starts(span, shot_ms, count)
    assert starts[0] == 0
    assert all(span.first < start < span.end for start in starts[1:])
    if len(starts) > 1:
        visible = lengths_of((span.first, *starts[1:]), span.end)
        assert min(visible) >= frames_of(MIN_SHOT_MS)


@given(frames=st.integers(30, 1800), shot_ms=st.integers(1000, 9000), word_ms=st.integers(80, 900))
def test_view_never_stays_longer_than_five_seconds(frames, shot_ms, word_ms) -> None:
    spoken = words(*["word"] * (frames * 33 // word_ms), word_ms=word_ms)
    starts = shot_starts(span_of(frames, spoken), shot_ms)
    assert max(lengths_of(starts, frames)) <= frames_of(MAX_SHOT_MS)


@pytest.mark.parametrize("shot_ms", [1800, 2400, 4000])
def test_mean_length_of_long_scenes_is_that_of_the_preset(shot_ms) -> None:
    starts = shot_starts(span_of(900), shot_ms)
    assert 900 / len(starts) == pytest.approx(frames_of(shot_ms), rel=0.15)


def test_silent_scene_is_cut_on_beats() -> None:
    timeline = film(180)
    pulse_ms = [timeline.scenes[1].start_ms + ms for ms in (700, 1500, 2300, 3100, 3900, 4700)]
    span = scene_spans(timeline, (), {}, pulse_ms)[1]
    starts = shot_starts(span, 2000)
    assert len(starts) == 3
    assert all(
        min(abs(start - frames_of(ms)) for ms in (700, 1500, 2300, 3100, 3900, 4700)) <= 1 for start in starts[1:]
    )


def test_of_two_words_the_one_on_a_beat_begins_the_shot() -> None:
    timeline, spoken = film(84), words("Two", "new", "settings", "one", "dial", "for", "your")
    voice = [AudioItem("voice", timeline.scenes[1].start_ms, timeline.scenes[1].end_ms, scene_id=2)]
    # The middle of the scene is at 1.4 s, halfway between two words.
    for word_ms in (1200, 1600):
        pulse_ms = (timeline.scenes[1].start_ms + word_ms,)
        assert shot_starts(scene_spans(timeline, voice, {2: spoken}, pulse_ms)[1], 1400)[1] == frames_of(word_ms)
