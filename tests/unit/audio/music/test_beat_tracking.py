"""Beats are found at the time of their attacks, at the right tempo, and not in sound without a beat."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from app.planning.music.library import bundled_tracks
from audio.levels import RATE, resample
from audio.music.beat_data import beats_of_track, stated_tempi
from audio.music.beat_tracking import find_beats
from audio.music.composer import compose
from audio.music.drums import drum
from audio.music.instruments import struck_note
from audio.music.moods import MOODS
from audio.music.onsets import TRACKING_RATE, find_onsets, onset_times_s
from audio.music.score import beat_times_s, build_bars
from audio.music.tracks import track_path, tracks_of_mood

TRACKS = [(mood, name) for mood, tracks in bundled_tracks().items() for name in tracks]


def drum_loop(bpm: float, seconds: int = 16, start_s: float = 0.3) -> tuple[np.ndarray, np.ndarray]:
    """A kick on 1 and 3, a snare on 2 and 4, hats between, and another bass note in each bar.

    Returns mono sound at the tracking rate and the times of the beats.
    """
    sound = np.random.default_rng(1).standard_normal(seconds * RATE).astype(np.float32) * 0.001
    times = np.arange(start_s, seconds - 0.5, 60 / bpm)
    for beat, time in enumerate(times):
        _add(sound, drum("snare" if beat % 2 else "kick"), time, 0.5 if beat % 2 else 0.9)
        _add(sound, drum("hat"), time + 30 / bpm, 0.15)
    for bar, time in enumerate(times[::4]):
        _add(sound, struck_note("piano", 40 + 5 * (bar % 2)), time, 0.8)
    return resample(sound, RATE, TRACKING_RATE), times


def _add(sound: np.ndarray, stroke: np.ndarray, time: float, gain: float) -> None:
    first = round(time * RATE)
    part = stroke[: max(0, len(sound) - first)]
    sound[first : first + len(part)] += gain * part


@pytest.mark.parametrize("bpm", [72.0, 90.5, 110.0, 118.6, 127.3])
def test_beats_of_a_drum_loop_are_within_10_ms_of_its_strokes(bpm):
    sound, times = drum_loop(bpm)
    beats = find_beats(sound)
    assert beats.bpm == pytest.approx(bpm, rel=0.005)
    errors = [min(abs(beat_ms - 1000 * time) for beat_ms in beats.beats_ms) for time in times]
    assert max(errors) <= 10
    assert {round((ms - 300) / (60_000 / bpm)) % 4 for ms in beats.downbeats_ms} == {0}


def test_sound_without_a_beat_has_none():
    t = np.arange(15 * TRACKING_RATE) / TRACKING_RATE
    rng = np.random.default_rng(4)
    noise = (0.1 * rng.standard_normal(len(t))).astype(np.float32)
    tone = (0.2 * np.sin(2 * np.pi * 220 * t)).astype(np.float32)
    silence = np.zeros(len(t), np.float32)
    irregular = silence.copy()
    for time in np.cumsum(rng.uniform(0.15, 1.4, 18)):
        _add(irregular, drum("kick")[::2], time / 2, 0.8)
    for sound in (noise, tone, silence, irregular, noise[:100], noise[: 2 * TRACKING_RATE]):
        assert find_beats(sound) is None


def test_beats_of_a_composed_piece_are_those_of_its_score():
    piece = compose("energetic", 20.0, [], 2)
    beats = find_beats(resample(piece.mean(axis=1), RATE, TRACKING_RATE))
    score = [1000 * time for time in beat_times_s(build_bars(MOODS["energetic"], 20.0, [], 2))]
    near = [min(abs(ms - other) for other in score) <= 25 for ms in beats.beats_ms]
    assert np.mean(near) >= 0.9


@pytest.mark.parametrize(("mood", "name"), TRACKS)
def test_stored_beats_have_the_stated_tempo_and_are_regular(mood, name):
    beats = bundled_tracks()[mood][name]
    assert beats.bpm == pytest.approx(stated_tempi()[name], rel=0.03)
    intervals = [after - before for before, after in pairwise(beats.beats_ms)]
    assert max(intervals) - min(intervals) <= 0.12 * np.median(intervals)
    assert len(beats.downbeats_ms) >= len(beats.beats_ms) // 4
    assert set(beats.downbeats_ms) <= set(beats.beats_ms)


@pytest.mark.parametrize(("mood", "name"), TRACKS)
def test_stored_loop_is_whole_bars_long(mood, name):
    beats = bundled_tracks()[mood][name]
    bars = (beats.loop_leave - beats.loop_enter) / 48 / np.median(np.diff(beats.downbeats_ms))
    assert round(bars) >= 3
    assert bars == pytest.approx(round(bars), abs=0.1)


def test_every_installed_track_has_stored_beats():
    assert {mood: {path.name for path in tracks_of_mood(mood)} for mood in bundled_tracks()} == {
        mood: set(tracks) for mood, tracks in bundled_tracks().items()
    }


@pytest.mark.parametrize(("mood", "name"), TRACKS[::7])
def test_stored_beats_are_those_that_are_found_in_the_file(mood, name):
    """Decoders differ in single samples; the grid must not differ by a frame of the analysis."""
    found, stored = beats_of_track(track_path(mood, name), stated_tempi()[name]), bundled_tracks()[mood][name]
    assert np.abs(np.subtract(found.beats_ms, stored.beats_ms)).max() <= 5
    assert (found.downbeats_ms[0], found.home_ms) == pytest.approx((stored.downbeats_ms[0], stored.home_ms), abs=5)
    assert (found.loop_enter, found.loop_leave) == pytest.approx((stored.loop_enter, stored.loop_leave), abs=480)


def test_onsets_are_the_strokes():
    sound, times = drum_loop(100.0)
    onsets = onset_times_s(find_onsets(sound).strength, 2.0)
    assert all(min(abs(onset - time) for onset in onsets) <= 0.01 for time in times)
