"""The limiter reduces peaks by at most 6 dB; a target that it cannot reach is a warning."""

from __future__ import annotations

import numpy as np
import pytest

from app.media.ffmpeg import command, run
from app.media.loudness import Loudness, measure
from app.store.backends.folder import Folder
from audio.levels import RATE
from audio.mastering import MAX_REDUCTION_DB, LimiterSetting, Target, cap_gain, master, warnings
from audio.mixing import mix
from audio.music.bed import choose_source, make_bed
from audio.wav import read_wav, write_wav
from schemas.preset import SoundStyle
from schemas.scene_graph import MusicChoice
from schemas.timeline import AudioItem, TimedScene, Timeline, Tracks
from schemas.timing import FPS

TARGET = Target(-14.0, -1.0)
SECONDS = 8
AAC_RIPPLE_DB = 1.5


def strikes(peak: float, every_s: float = 0.25) -> np.ndarray:
    """Hard strikes of 40 ms over a soft tone: a crest factor of more than 20 dB."""
    rng = np.random.default_rng(1)
    t = np.arange(SECONDS * RATE) / RATE
    sound = 0.02 * np.sin(2 * np.pi * 220 * t)
    for first in range(RATE // 8, len(t) - RATE, round(every_s * RATE)):
        strike = np.exp(-np.arange(2000) / 60) * rng.standard_normal(2000)
        sound[first : first + 2000] += peak * strike / np.abs(strike).max()
    return np.stack([sound, sound], axis=1).astype(np.float32)


@pytest.fixture(scope="module", params=[0.9, 0.3])
def mastered(request, tmp_path_factory):
    """The raw samples, the mastered samples, the returned loudness and the folder of the files."""
    folder = tmp_path_factory.mktemp("strikes")
    write_wav(folder / "raw.wav", strikes(request.param))
    measured = master(folder / "raw.wav", SECONDS * RATE, TARGET, folder / "out.m4a")
    run(command("decode", "-i", folder / "out.m4a", "-c:a", "pcm_f32le", folder / "out.wav"))
    return read_wav(folder / "raw.wav")[0], read_wav(folder / "out.wav")[0], measured, folder


def test_returned_loudness_is_that_of_the_delivered_file(mastered):
    _, _, measured, folder = mastered
    assert measured == measure(folder / "out.m4a")
    assert measured.true_peak_db <= TARGET.peak_db


def test_limiter_reduces_peaks_by_at_most_six_decibels(mastered):
    raw, out, _, _ = mastered
    quiet = np.abs(raw).max(axis=1) < 0.025  # between two strikes the limiter is inactive
    gain = float((out[quiet] * raw[quiet]).sum() / (raw[quiet] ** 2).sum())
    reduction_db = 20 * np.log10(gain * np.abs(raw).max() / np.abs(out).max())
    assert reduction_db <= MAX_REDUCTION_DB + AAC_RIPPLE_DB


def test_missed_loudness_is_a_warning_with_both_values_and_advice(mastered):
    _, _, measured, _ = mastered
    assert measured.integrated_lufs < TARGET.lufs - 0.3
    (warning,) = warnings(measured, TARGET)
    assert f"{measured.integrated_lufs:.1f} LUFS" in warning
    assert "-14.0 LUFS" in warning
    assert "lower peaks" in warning


def test_cached_mix_has_the_same_warnings(tmp_path):
    store = Folder(tmp_path / "store")
    write_wav(tmp_path / "strikes.wav", strikes(0.9))
    choice = MusicChoice("asset", asset="ast_strikes")
    music = make_bed(choose_source(choice, "calm", 1, tmp_path / "strikes.wav"), 6000, (), store)
    tracks = Tracks(audio=(AudioItem("music", 0, 6000, gain_db=-7.0),))
    timeline = Timeline("2.0", FPS, 64, 64, 180, (TimedScene(1, 0, 180, 0, 6000),), tracks)
    mixed = mix(timeline, music, SoundStyle(), store)
    assert len(mixed.warnings) == 1
    assert mix(timeline, music, SoundStyle(), store) == mixed


def test_gain_is_capped_by_the_reduction_of_the_limiter():
    before = Loudness(-25.0, -3.0, 5.0)
    assert cap_gain(LimiterSetting(11.0, -2.0), before) == LimiterSetting(7.0, -2.0)
    assert cap_gain(LimiterSetting(7.0, -2.0), before) == LimiterSetting(7.0, -2.0)
    assert cap_gain(LimiterSetting(7.0, -3.5), before) == LimiterSetting(5.5, -3.5)


def test_deviation_orders_by_peak_first_and_then_by_loudness():
    exact = TARGET.deviation(Loudness(-14.1, -1.2, 3.0))
    soft = TARGET.deviation(Loudness(-16.9, -1.0, 3.0))
    softer = TARGET.deviation(Loudness(-18.0, -3.0, 3.0))
    over = TARGET.deviation(Loudness(-14.0, -0.9, 3.0))
    assert sorted([over, softer, exact, soft]) == [exact, soft, softer, over]


@pytest.mark.parametrize("lufs", [-14.3, -14.0, -13.7])
def test_loudness_within_three_tenths_gives_no_warning(lufs):
    assert warnings(Loudness(lufs, -1.0, 3.0), TARGET) == ()


@pytest.mark.parametrize("measured", [(-14.4, -1.0), (-13.6, -1.0), (-14.0, -0.9)])
def test_loudness_further_away_or_a_peak_above_the_ceiling_gives_a_warning(measured):
    assert len(warnings(Loudness(*measured, 3.0), TARGET)) == 1


def test_silence_gives_no_warning():
    assert warnings(Loudness(None, None, None), TARGET) == ()
