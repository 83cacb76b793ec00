"""Each instrument has its pitch and length, and starts and ends without a click."""

from __future__ import annotations

import numpy as np
import pytest

from audio.levels import RATE
from audio.music.drums import drum, swell
from audio.music.instruments import RELEASE_S, instrument_kind, struck_note, sustained_note
from audio.music.moods import MOODS

PARTS = sorted({part.instrument for mood in MOODS.values() for part in mood.parts})
STRUCK = [name for name in PARTS if instrument_kind(name) == "struck"]
SUSTAINED = [name for name in PARTS if instrument_kind(name) == "sustained"]
DRUMS = [name for name in PARTS if instrument_kind(name) == "drum"]


def lowest_strong_hz(sound):
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 4 * RATE))
    strong = np.flatnonzero(spectrum > 0.4 * spectrum.max())
    return strong[0] / 4


@pytest.mark.parametrize("name", STRUCK)
def test_struck_note_has_its_pitch(name):
    assert lowest_strong_hz(struck_note(name, 69)) == pytest.approx(440, rel=0.02)


@pytest.mark.parametrize("name", SUSTAINED)
def test_sustained_note_has_its_pitch(name):
    assert lowest_strong_hz(sustained_note(name, 57, 1000, 50, 0)) == pytest.approx(220, rel=0.02)


@pytest.mark.parametrize("name", ["pad", "strings", "saws"])
def test_sustained_note_has_its_length_and_different_sides(name):
    left, right = sustained_note(name, 60, 800, 50, 0), sustained_note(name, 60, 800, 50, 1)
    assert len(left) == round((0.8 + RELEASE_S) * RATE)
    assert not np.array_equal(left, right)


@pytest.mark.parametrize("name", ["pad", "strings", "saws", "growl"])
def test_brightness_raises_the_share_of_high_frequencies(name):
    def high(brightness):
        spectrum = np.abs(np.fft.rfft(sustained_note(name, 50, 500, brightness, 0))) ** 2
        cut = round(1000 * len(sustained_note(name, 50, 500, brightness, 0)) / RATE)
        return spectrum[cut:].sum() / spectrum.sum()

    assert high(110) > 1.3 * high(30)


@pytest.mark.parametrize("sound", [*(struck_note(n, 60) for n in STRUCK), *(drum(n) for n in DRUMS), swell(500)])
def test_sounds_start_and_end_without_a_click(sound):
    assert abs(sound[0]) < 0.02
    assert abs(sound[-1]) < 1e-6
    assert np.isfinite(sound).all()
    assert 0.1 < np.abs(sound).max() < 2.5


def test_kick_is_low_and_hat_is_high():
    def centre(sound):
        power = np.abs(np.fft.rfft(sound)) ** 2
        return (power * np.fft.rfftfreq(len(sound), 1 / RATE)).sum() / power.sum()

    assert centre(drum("kick")) < 120
    assert centre(drum("hat")) > 6000


def test_swell_grows_until_its_end():
    halves = np.square(swell(1000)).reshape(2, -1).mean(axis=1)
    assert halves[1] > 10 * halves[0]


def test_notes_are_cached_and_read_only():
    assert struck_note("piano", 60) is struck_note("piano", 60)
    with pytest.raises(ValueError, match="read-only"):
        struck_note("piano", 60)[0] = 1
