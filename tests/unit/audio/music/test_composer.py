"""Composed pieces are measured: length, level, brightness, clicks, and onsets at cuts."""

from __future__ import annotations

import numpy as np
import pytest

from audio.levels import RATE, normalise_loudness
from audio.music.composer import compose
from audio.music.drums import drum, swell
from audio.music.instruments import struck_note, sustained_note
from audio.music.moods import MOODS

CUTS = [3.1, 6.4]


@pytest.fixture(scope="module")
def pieces():
    return {mood: compose(mood, 9.0, CUTS, 1) for mood in MOODS}


def centroid(samples):
    spectrum = np.abs(np.fft.rfft(samples.mean(axis=1)))
    return float((spectrum * np.fft.rfftfreq(len(samples), 1 / RATE)).sum() / spectrum.sum())


@pytest.mark.parametrize("mood", MOODS)
def test_piece_is_stereo_and_has_exactly_the_requested_length(pieces, mood):
    assert pieces[mood].shape == (9 * RATE, 2)
    assert pieces[mood].dtype == np.float32
    assert np.isfinite(pieces[mood]).all()


@pytest.mark.parametrize("mood", MOODS)
def test_channels_differ_but_are_correlated(pieces, mood):
    assert 0.2 < np.corrcoef(pieces[mood].T)[0, 1] < 0.97


@pytest.mark.parametrize("mood", MOODS)
def test_piece_has_no_clicks(pieces, mood):
    """A click is a step between two samples much larger than those of drums."""
    steps = np.abs(np.diff(normalise_loudness(pieces[mood]), axis=0)).max(axis=1)
    assert steps.max() < 0.45
    assert steps.max() < 14 * np.quantile(steps, 0.99) + 0.02


@pytest.mark.parametrize("mood", MOODS)
def test_normalised_piece_does_not_clip_and_is_never_silent(pieces, mood):
    normalised = normalise_loudness(pieces[mood])
    assert np.abs(normalised).max() < 0.9
    level = np.sqrt((normalised[RATE : 8 * RATE].reshape(7, -1) ** 2).mean(axis=1))
    assert level.min() > 0.015


def test_moods_differ_in_brightness(pieces):
    brightness = {mood: centroid(piece) for mood, piece in pieces.items()}
    assert brightness["energetic"] > 2 * brightness["nostalgic"]
    assert brightness["happy"] > 2 * brightness["tender"]
    assert brightness["nostalgic"] > 1.2 * brightness["calm"]


def test_cut_has_an_audible_onset():
    """With a cut at 3.1 s there is an onset at 3.1 s; without the cut there is none."""
    with_cut, without = compose("calm", 8.0, [3.1], 1), compose("calm", 8.0, [], 1)
    cut = round(3.1 * RATE)
    assert not np.array_equal(with_cut, without)

    def rise(piece):
        high = np.diff(piece.mean(axis=1), prepend=0)
        return np.square(high[cut : cut + 4800]).mean() / np.square(high[cut - 24_000 : cut - 19_200]).mean()

    assert rise(with_cut) > 1.5 * rise(without)


def test_equal_seeds_give_equal_pieces_and_others_do_not():
    piece = compose("happy", 5.0, [2.0], 9)
    assert np.array_equal(piece, compose("happy", 5.0, [2.0], 9))
    assert not np.array_equal(piece, compose("happy", 5.0, [2.0], 10))


@pytest.mark.parametrize("length_s", [0.3, 1.0, 31.0])
def test_very_short_pieces_and_pieces_longer_than_a_block_are_complete(length_s):
    piece = compose("tender", length_s, [], 2)
    assert len(piece) == round(length_s * RATE)
    assert np.abs(piece).max() > 0


def test_blocks_join_without_a_click():
    piece = compose("calm", 32.0, [], 3).mean(axis=1)
    steps = np.abs(np.diff(piece))
    assert steps[30 * RATE - 100 : 30 * RATE + 100].max() < np.quantile(steps, 0.999) * 2


def test_instruments_end_in_silence_and_are_read_only():
    for sound in (sustained_note("pad", 60, 500, 50, 0), struck_note("piano", 60), drum("snare"), swell(400)):
        assert abs(sound[-1]) < 1e-6
        assert np.abs(sound).max() < 2.5
        with pytest.raises(ValueError, match="read-only"):
            sound[0] = 1
