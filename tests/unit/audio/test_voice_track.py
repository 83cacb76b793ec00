"""Every line starts at its exact sample in the voice track."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from app.media.ffmpeg import command, run
from app.store.backends.folder import Folder
from app.store.cache import get_or_make
from audio.levels import RATE
from audio.voice_track import film_sample_count, voice_track, voiceover
from audio.wav import read_wav, write_wav
from schemas.timeline import AudioItem, TimedScene, Timeline, Tracks


@pytest.fixture
def store(tmp_path):
    return Folder(tmp_path)


@pytest.fixture
def line(store):
    """Half a second at a quarter of full scale."""
    samples = np.full(24_000, 0.25, np.float32)
    return get_or_make(store, "test", "abcd", ".wav", lambda path: write_wav(path, samples))[0]


def film(*items, frames=90, fps=Fraction(30)):
    return Timeline("2.0", fps, 64, 64, frames, (TimedScene(1, 0, frames, 0, 3000),), Tracks(audio=items))


def voice(key, start_ms, end_ms, gain_db=0.0):
    return AudioItem("voice", start_ms, end_ms, key, 1, gain_db)


def track(store, *items, **timeline):
    samples, rate = read_wav(store.local(voice_track(film(*items, **timeline), store)))
    assert rate == RATE
    return samples


def test_line_starts_at_its_sample_between_silence(store, line):
    samples = track(store, voice(line, 1001, 1501))
    assert len(samples) == 3 * RATE
    assert not samples[: 1001 * 48].any()
    assert samples[1001 * 48 : 1501 * 48] == pytest.approx(0.25, abs=1e-4)
    assert not samples[1501 * 48 :].any()


def test_track_is_as_long_as_the_frames_of_the_film(store, line):
    ntsc = Fraction(30000, 1001)
    assert film_sample_count(film(frames=300, fps=ntsc)) == 480_480
    assert len(track(store, voice(line, 0, 500), frames=77, fps=ntsc)) == round(77 * 1001 / 30000 * RATE)


def test_line_longer_than_its_item_is_faded_out(store, line):
    samples = track(store, voice(line, 0, 300))
    assert not samples[300 * 48 :].any()
    assert samples[289 * 48] == pytest.approx(0.25, abs=0.001)
    assert 0.1 < samples[295 * 48] < 0.15


def test_line_beyond_the_end_of_the_film_is_cut(store, line):
    assert track(store, voice(line, 2800, 3300))[-1] == pytest.approx(0.25, abs=1e-4)
    assert not track(store, voice(line, 5000, 5500)).any()


def test_gain_is_in_decibels_and_overlapping_lines_are_summed(store, line):
    assert track(store, voice(line, 0, 500, -6.0))[1000] == pytest.approx(0.1253, abs=1e-3)
    assert track(store, voice(line, 0, 500), voice(line, 100, 600))[200 * 48] == pytest.approx(0.5, abs=1e-3)


def test_music_and_items_without_a_file_are_ignored(store, line):
    assert voice_track(film(AudioItem("music", 0, 3000, line), voice(None, 0, 500)), store) is None
    assert voiceover(film(), store) is None


def test_voiceover_is_an_mp3_in_film_time(store, line):
    key = voiceover(film(voice(line, 1000, 1500)), store)
    assert key.endswith(".mp3")
    wav = store.root / "decoded.wav"
    run(command("decode", "-i", store.local(key), wav))
    samples, _ = read_wav(wav)
    assert len(samples) == pytest.approx(3 * RATE, abs=1200)
    loud = np.flatnonzero(np.abs(samples) > 0.12)
    assert loud[0] == pytest.approx(RATE, abs=100)
    assert loud[-1] == pytest.approx(1.5 * RATE, abs=100)


def test_equal_timelines_have_equal_keys(store, line):
    key = voice_track(film(voice(line, 0, 500)), store)
    assert key == voice_track(film(voice(line, 0, 500)), store)
    assert key != voice_track(film(voice(line, 1, 501)), store)
    assert voiceover(film(voice(line, 0, 500)), store) == voiceover(film(voice(line, 0, 500)), store)
