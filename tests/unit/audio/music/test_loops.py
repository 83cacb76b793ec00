"""A loop jumps on the beat, keeps its level and does not click."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio.levels import RATE
from audio.music.loops import best_jump, correlation, crossfade, extend, features, most_similar_frames
from audio.music.tracks import decode_track, tracks_of_mood

BEAT_S = 0.5


def beats(seconds: float) -> np.ndarray:
    """A low tone with a tick every half second and an accent every two seconds."""
    t = np.arange(round(seconds * RATE)) / RATE
    accent = np.where((t / BEAT_S).astype(int) % 4 == 0, 0.5, 0.2)
    tick = accent * np.exp(-(t % BEAT_S) * 60) * np.sin(2 * np.pi * 1500 * t)
    tone = 0.1 * np.sin(2 * np.pi * 220 * t)
    return np.stack([tick + tone, tick - tone * 0.5], 1).astype(np.float32)


def noise(count: int, seed: int) -> np.ndarray:
    return (0.1 * np.random.default_rng(seed).standard_normal((count, 2))).astype(np.float32)


def onsets(samples: np.ndarray) -> np.ndarray:
    frames = np.square(samples[: len(samples) // 480 * 480].mean(axis=1).reshape(-1, 480)).mean(axis=1)
    rising = np.flatnonzero(frames[1:] > 1.6 * frames[:-1] + 1e-4) + 1
    return rising[np.diff(rising, prepend=-99) > 10] / 100


def test_piece_that_is_long_enough_is_cut():
    piece = noise(RATE, 1)
    assert np.array_equal(extend(piece, 1000), piece[:1000])


@given(st.integers(2, 9000), st.integers(1, 60_000))
@settings(max_examples=30, deadline=None)
def test_any_piece_is_extended_to_any_length(piece_length, count):
    out = extend(noise(piece_length, 1), count)
    assert out.shape == (count, 2)
    assert np.isfinite(out).all()


def test_empty_piece_becomes_silence():
    assert not extend(np.zeros((0, 2), np.float32), 100).any()


def test_beat_continues_across_the_jump():
    out = extend(beats(24.3), 60 * RATE)
    gaps = np.diff(onsets(out))
    assert np.abs(gaps - BEAT_S).max() <= 0.021
    assert len(gaps) > 110


def test_bar_continues_across_the_jump():
    jump = best_jump(beats(24.3))
    assert ((jump.leave - jump.enter) / RATE) % (4 * BEAT_S) == pytest.approx(0, abs=0.002)


def exhaustive(frames: np.ndarray, window: int, entries: int, exits: range) -> tuple[int, int]:
    """The result of comparing every pair of ends, frame by frame."""
    differences = {
        (enter, leave): np.abs(frames[enter : enter + window : 4] - frames[leave : leave + window : 4]).mean()
        for enter in range(0, entries, 2)
        for leave in range(exits.start, exits.stop, 2)
    }
    return min(differences, key=lambda pair: (differences[pair], pair))


@given(st.integers(0, 99), st.integers(20, 50), st.integers(1, 30), st.integers(1, 30), st.booleans())
@settings(max_examples=60, deadline=None)
def test_search_finds_the_same_jump_as_an_exhaustive_search(seed, window, entries, exits, repeats):
    rng = np.random.default_rng(seed)
    frames = rng.integers(-40, 0, (entries + exits + 2 * window, 6)).astype(np.float32)
    frames = np.resize(frames[:17], frames.shape) if repeats else frames  # many pairs are equal: the first is chosen
    first_exit = len(frames) - window - exits
    expected = exhaustive(frames, window, entries, range(first_exit, first_exit + exits))
    assert most_similar_frames(frames, window, entries, range(first_exit, first_exit + exits)) == expected


@pytest.mark.parametrize("mood", ["happy", "calm", "energetic"])
def test_search_finds_the_same_jump_in_real_music(mood):
    frames = features(decode_track(tracks_of_mood(mood)[0], 20))
    search = (frames, 100, 200, range(660, 860))
    assert most_similar_frames(*search) == exhaustive(*search)


@pytest.mark.parametrize("is_equal", [True, False])
def test_crossfade_keeps_the_level(is_equal):
    sound = noise(RATE, 1)
    out = crossfade(sound, sound if is_equal else noise(RATE, 2))
    level = np.sqrt(np.square(out.reshape(10, -1)).mean(axis=1))
    assert level == pytest.approx(0.1, abs=0.006)


def test_crossfade_starts_with_the_old_and_ends_with_the_new_sound():
    old, new = noise(4800, 1), noise(4800, 2)
    out = crossfade(old, new)
    assert np.abs(out[0] - old[0]).max() < 0.001
    assert np.abs(out[-1] - new[-1]).max() < 0.001


def test_correlation_of_equal_unrelated_and_silent_sounds():
    sound = noise(4800, 1)
    assert correlation(sound, sound) == pytest.approx(1)
    assert abs(correlation(sound, noise(4800, 2))) < 0.05
    assert correlation(sound, np.zeros_like(sound)) == 0


@pytest.mark.parametrize("mood", ["happy", "calm", "energetic"])
def test_real_track_loops_without_a_click_or_a_gap(mood):
    piece = decode_track(tracks_of_mood(mood)[0], 60)
    jump = best_jump(piece)
    out = extend(piece, 45 * RATE)
    steps = np.abs(np.diff(out, axis=0)).max(axis=1)
    assert steps[jump.leave - 10 : jump.leave + jump.fade + 10].max() <= steps.max()
    assert steps[[jump.leave - 1, jump.leave + jump.fade - 1]].max() < np.quantile(steps, 0.995)
    level = np.sqrt(np.square(out[: 45 * RATE].reshape(180, -1)).mean(axis=1))
    quarter = jump.leave // (RATE // 4)
    assert level[quarter - 1 : quarter + 4].min() > 0.25 * np.median(level)
