"""The ducking curve is low under speech, at full level in pauses, and continuous."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.ducking import (
    DEPTH_DB,
    LIFT_DB,
    LONG_PAUSE_S,
    SHORTEST_PAUSE_S,
    STEP_S,
    gain_curve,
    speech_spans,
    write_gain,
)
from audio.levels import RATE, normalise_loudness
from audio.wav import read_wav

LENGTH_S = 12.0


def spoken(*spans_s, noise_db=None):
    """Syllable-like noise inside ``spans_s`` at the reference loudness, over a noise floor of ``noise_db`` below it."""
    rng = np.random.default_rng(1)
    t = np.arange(round(LENGTH_S * RATE)) / RATE
    inside = np.any([(t >= a) & (t < b) for a, b in spans_s], axis=0) if spans_s else np.zeros_like(t, bool)
    syllables = np.maximum(0, np.sin(2 * np.pi * 4 * t)) ** 0.5
    voice = normalise_loudness((inside * syllables * rng.standard_normal(len(t)) * 0.1).astype(np.float32))
    if noise_db is not None:
        voice = voice + np.float32(0.126 * 10 ** (noise_db / 20)) * rng.standard_normal(len(t)).astype(np.float32)
    return voice


@pytest.mark.parametrize("noise_db", [None, -40, -30])
def test_phrases_are_detected_above_the_noise_floor(noise_db):
    spans = speech_spans(spoken((1, 3), (3.9, 6), (9, 11), noise_db=noise_db))
    assert np.asarray(spans) == pytest.approx(np.asarray([(1, 3), (4, 5.875), (9, 10.875)]), abs=0.13)


def test_syllables_form_one_phrase_and_silence_has_none():
    assert len(speech_spans(spoken((1, 6)))) == 1
    assert speech_spans(spoken()) == []


def test_click_is_not_speech():
    voice = spoken((1, 3))
    voice[8 * RATE : 8 * RATE + RATE // 100] = 0.5
    assert len(speech_spans(voice)) == 1


def test_quiet_voice_ducks_like_a_loud_one():
    loud = spoken((1, 3), (5, 7))
    assert speech_spans(loud * np.float32(0.1)) == speech_spans(loud)


def test_without_speech_the_gain_is_zero():
    assert not gain_curve([], LENGTH_S).any()


def test_gain_is_low_during_whole_phrases_and_zero_between_them():
    curve = gain_curve([(0.0, 4.0), (5.5, 9.0), (10.5, LENGTH_S)], LENGTH_S)
    times = np.arange(len(curve)) * STEP_S
    assert (
        curve[(times <= 4) | ((times >= 5.5) & (times <= 9)) | ((times >= 10.5) & (times <= 12))] == -DEPTH_DB
    ).all()
    assert curve[((times > 4.3) & (times < 5.25)) | ((times > 9.3) & (times < 10.25))] == pytest.approx(0)


def test_gain_is_lifted_where_nothing_is_spoken_for_more_than_two_seconds():
    curve = gain_curve([(2.0, 4.0), (7.0, 9.0)], LENGTH_S)
    times = np.arange(len(curve)) * STEP_S
    assert curve[((times > 4.6) & (times < 6.6)) | (times > 9.6)] == pytest.approx(LIFT_DB)
    assert curve[times < 1.7] == pytest.approx(0)  # exactly two seconds
    longer = gain_curve([(LONG_PAUSE_S + 0.01, 4.0)], LENGTH_S)
    assert longer[0] == pytest.approx(LIFT_DB)


def test_short_gap_does_not_raise_the_gain():
    assert (gain_curve([(0.0, 4.0), (4.0 + SHORTEST_PAUSE_S * 0.9, LENGTH_S)], LENGTH_S) == -DEPTH_DB).all()


SPANS = st.lists(st.floats(0, LENGTH_S), min_size=2, max_size=12, unique=True).map(
    lambda edges: list(zip(*[iter(sorted(edges)[: len(edges) // 2 * 2])] * 2, strict=True))
)


@given(SPANS)
def test_curve_has_no_step_that_could_click(spans):
    curve = gain_curve(spans, LENGTH_S)
    assert curve.max() <= LIFT_DB + 1e-9
    assert curve.min() >= -DEPTH_DB - 1e-9
    assert np.abs(np.diff(curve)).max() < 1.5  # dB in 5 ms


def test_gain_file_has_as_many_samples_as_the_voice(tmp_path):
    voice = spoken((1, 3), (4.5, 7))[: 11 * RATE + 7]
    write_gain(voice, tmp_path / "gain.wav")
    gain, rate = read_wav(tmp_path / "gain.wav")
    assert (gain.shape, rate) == (voice.shape, RATE)
    assert gain[2 * RATE] == pytest.approx(10 ** ((-DEPTH_DB - LIFT_DB) / 20), abs=1e-3)
    assert gain[round(3.7 * RATE)] == pytest.approx(10 ** (-LIFT_DB / 20), abs=1e-3)
    assert gain[9 * RATE] == pytest.approx(1, abs=1e-3)
