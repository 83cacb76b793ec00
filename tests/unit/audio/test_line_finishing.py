"""A finished line has one rate, one loudness and no surrounding silence, and its word times are shifted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio.base import Spoken
from audio.levels import RATE, REFERENCE_LUFS, loudness
from audio.line_finishing import PADDING_AFTER_MS, PADDING_BEFORE_MS, finish_line, sounding_range_ms
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
