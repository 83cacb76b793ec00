"""Loudness agrees with ffmpeg's, and normalising neither clips nor changes silence."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from app.media.loudness import measure
from audio.levels import (
    PEAK_CEILING,
    RATE,
    REFERENCE_LUFS,
    envelope,
    loudness,
    normalise_loudness,
    resample,
    sounding_range,
)


def tone(seconds: float, rate: int = RATE, gain: float = 0.1, hz: float = 440.0) -> np.ndarray:
    return (gain * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def speechlike(seconds: float, rate: int = RATE) -> np.ndarray:
    """Noise in syllables with a long pause, so that both gates have an effect."""
    t = np.arange(round(seconds * rate)) / rate
    noise = np.random.default_rng(1).standard_normal(len(t))
    return (0.1 * noise * np.maximum(0, np.sin(2 * np.pi * 2.5 * t)) * (t % 4 < 2.7)).astype(np.float32)


@pytest.mark.parametrize("rate", [48_000, 24_000, 22_050])
def test_mono_loudness_equals_that_of_ffmpeg(tmp_path, rate):
    samples = speechlike(9.3, rate)
    soundfile.write(tmp_path / "s.wav", samples, rate, subtype="FLOAT")
    assert loudness(samples, rate) == pytest.approx(measure(tmp_path / "s.wav").integrated_lufs, abs=0.1)


def test_stereo_loudness_equals_that_of_ffmpeg(tmp_path):
    samples = np.stack([speechlike(130), 0.3 * tone(130)], 1)
    soundfile.write(tmp_path / "s.wav", samples, RATE, subtype="FLOAT")
    assert loudness(samples) == pytest.approx(measure(tmp_path / "s.wav").integrated_lufs, abs=0.1)


def test_silence_has_no_loudness_and_stays_silent():
    silence = np.zeros(RATE, np.float32)
    assert loudness(silence) is None
    assert not normalise_loudness(silence).any()
    assert loudness(np.zeros(0, np.float32)) is None


def test_sound_shorter_than_a_block_has_a_loudness():
    assert loudness(tone(0.2)) == pytest.approx(loudness(tone(2.0)), abs=0.3)


@given(st.floats(0.0005, 0.9), st.floats(0.1, 3))
@settings(max_examples=20, deadline=None)
def test_normalised_sound_has_the_reference_loudness(gain, seconds):
    assert loudness(normalise_loudness(tone(seconds, gain=gain))) == pytest.approx(REFERENCE_LUFS, abs=0.1)


def test_peaks_are_soft_clipped_below_the_ceiling():
    out = normalise_loudness(speechlike(5), -9.0)
    assert 0.7 * PEAK_CEILING < np.abs(out).max() <= PEAK_CEILING


def test_normalised_speech_has_the_reference_loudness():
    out = normalise_loudness(speechlike(5))
    assert loudness(out) == pytest.approx(REFERENCE_LUFS, abs=0.2)


@pytest.mark.parametrize("rate", [24_000, 22_050, 44_100, 16_000])
def test_resampling_keeps_length_and_pitch(rate):
    out = resample(tone(1.0, rate), rate)
    assert len(out) == RATE
    assert int(np.argmax(np.abs(np.fft.rfft(out)))) == 440
    assert out.dtype == np.float32


def test_sounding_range_is_exact_to_five_milliseconds():
    samples = np.concatenate([np.zeros(4800, np.float32), tone(0.5), np.zeros(9600, np.float32)])
    start, end = sounding_range(samples, RATE)
    assert start == pytest.approx(4800, abs=240)
    assert end == pytest.approx(4800 + 24_000, abs=240)


def test_silence_has_an_empty_sounding_range():
    assert sounding_range(np.zeros(1000, np.float32), RATE) == (0, 0)
    assert sounding_range(np.zeros(0, np.float32), RATE) == (0, 0)


def test_envelope_of_a_steady_tone_is_its_rms():
    assert envelope(tone(1.0, gain=0.5), RATE)[20:-20] == pytest.approx(0.5 / np.sqrt(2), abs=0.03)
