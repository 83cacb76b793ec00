"""A finished line has one rate, one loudness and no surrounding silence, and its word times are shifted."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.store.backends.folder import Folder
from audio.base import Spoken
from audio.ducking import speech_spans
from audio.levels import RATE, REFERENCE_LUFS, loudness
from audio.line_finishing import (
    LONGEST_PAUSE_MS,
    PADDING_AFTER_MS,
    PADDING_BEFORE_MS,
    finish_line,
    shorten_pauses,
    sounding_range_ms,
)
from audio.narration import narrate
from audio.wav import read_wav
from schemas.scene_graph import Scene, SceneGraph
from schemas.speech import Word


def hum(before_s, sound_s, after_s, rate):
    t = np.arange(round(sound_s * rate)) / rate
    before, after = (np.zeros(round(silence_s * rate), np.float32) for silence_s in (before_s, after_s))
    return np.concatenate([before, (0.02 * np.sin(2 * np.pi * 180 * t)).astype(np.float32), after])


@pytest.mark.parametrize("rate", [22_050, 24_000, 44_100, 48_000])
def test_any_rate_becomes_48_khz_at_the_reference_loudness(rate):
    samples, _ = finish_line(Spoken(hum(0.3, 1.0, 0.5, rate), rate), ())
    assert len(samples) / RATE == pytest.approx(1.08, abs=0.012)
    assert loudness(samples) == pytest.approx(REFERENCE_LUFS, abs=0.5)


def test_line_is_whole_milliseconds_long():
    samples, _ = finish_line(Spoken(hum(0.3333, 0.7777, 0.1111, 22_050), 22_050), ())
    assert len(samples) % 48 == 0


def test_line_begins_and_ends_at_zero():
    samples, _ = finish_line(Spoken(hum(0, 1.0, 0, 24_000), 24_000), ())
    assert samples[0] == samples[-1] == 0
    assert np.abs(samples[:20]).max() < 0.02


def test_word_times_are_shifted_and_stay_inside_the_line():
    words = (Word("a", 0, 250), Word("b", 300, 900), Word("c", 900, 1800))
    samples, shifted = finish_line(Spoken(hum(0.3, 1.0, 0.5, 24_000), 24_000), words)
    start_ms = 300 - PADDING_BEFORE_MS
    assert shifted[0] == Word("a", 0, 0)
    assert shifted[1].start_ms == pytest.approx(300 - start_ms, abs=6)
    assert shifted[2].end_ms == len(samples) // 48


def test_silence_becomes_an_empty_line():
    samples, words = finish_line(Spoken(np.zeros(24_000, np.float32), 24_000), (Word("a", 0, 500),))
    assert not len(samples)
    assert words == (Word("a", 0, 0),)


@given(st.floats(0, 0.6), st.floats(0.05, 1), st.floats(0, 0.6))
@settings(max_examples=30, deadline=None)
def test_sounding_range_includes_the_padding(before_s, sound_s, after_s):
    samples = hum(before_s, sound_s, after_s, RATE)
    start, end = sounding_range_ms(samples)
    assert start == pytest.approx(max(0, before_s * 1000 - PADDING_BEFORE_MS), abs=7)
    assert end == pytest.approx(min(len(samples) / 48, (before_s + sound_s) * 1000 + PADDING_AFTER_MS), abs=7)


@given(st.lists(st.integers(40, 900), min_size=1, max_size=4))
@settings(max_examples=30, deadline=None)
def test_no_pause_is_too_long_and_words_stay_on_their_sound(pauses_ms):
    sounds = [hum(0, 0.2, ms / 1000, RATE) for ms in [*pauses_ms, 0]]
    starts = np.cumsum([0, *(200 + ms for ms in pauses_ms)])
    words = tuple(Word("a", int(start), int(start) + 200) for start in starts)
    samples, moved = shorten_pauses(np.concatenate(sounds), words)
    gaps = [second.start_ms - first.end_ms for first, second in pairwise(moved)]
    assert gaps == pytest.approx([min(ms, LONGEST_PAUSE_MS) for ms in pauses_ms], abs=10)
    for word in moved:
        assert np.abs(samples[word.start_ms * 48 + 480 : word.end_ms * 48 - 480]).max() > 0.01
    assert moved[-1].end_ms == pytest.approx(len(samples) / 48, abs=10)


def test_real_voice_pauses_for_less_than_0_4_s_between_two_sentences_of_a_line(tmp_path):
    graph = SceneGraph(
        "2.0", "Film", "en", "look", (Scene(1, voice_script="Some days are ordinary. This one was ours."),)
    )
    (line,) = narrate(graph, Folder(tmp_path)).lines
    before, after = (next(word for word in line.words if word.text == text) for text in ("ordinary.", "This"))
    assert after.start_ms - before.end_ms <= 400
    voice = read_wav(Folder(tmp_path).local(line.key))[0]
    silences = [end - start for start, end in pairwise(ms for span in speech_spans(voice) for ms in span)][1::2]
    assert max(silences, default=0) <= 0.4


def test_silence_has_no_pauses():
    assert shorten_pauses(np.zeros(0, np.float32), ())[1] == ()
    assert len(shorten_pauses(np.zeros(RATE, np.float32), ())[0]) == RATE
