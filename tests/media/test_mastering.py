"""Peaky material is not crushed to reach the loudness: the limiter's work is bounded, and the user is told."""

from __future__ import annotations

import numpy as np
import pytest

from app.media.ffmpeg import command, run
from app.media.loudness import Loudness, measure
from app.store.backends.folder import Folder
from audio.levels import RATE
from audio.mastering import MAX_REDUCTION_DB, LimiterSetting, Target, cap_gain, master, warnings
from audio.mixing import mix
from audio.music.bed import bed, source
from audio.wav import read_wav, write_wav
from schemas.preset import SoundStyle
from schemas.scene_graph import MusicChoice
from schemas.timeline import AudioItem, TimedScene, Timeline, Tracks
from schemas.timing import FPS

GOAL = Target(-14.0, -1.0)
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
    """What goes in, what comes out, and what is said about it."""
    folder = tmp_path_factory.mktemp("strikes")
    write_wav(folder / "raw.wav", strikes(request.param))
    heard = master(folder / "raw.wav", SECONDS * RATE, GOAL, folder / "out.m4a")
    run(command("decode", "-i", folder / "out.m4a", "-c:a", "pcm_f32le", folder / "out.wav"))
    return read_wav(folder / "raw.wav")[0], read_wav(folder / "out.wav")[0], heard, folder


def test_what_is_told_is_what_is_measured_in_the_delivered_file(mastered):
    _, _, heard, folder = mastered
    assert heard == measure(folder / "out.m4a")
    assert heard.true_peak_db <= GOAL.peak_db


def test_the_limiter_takes_at_most_six_decibels(mastered):
    raw, out, _, _ = mastered
    quiet = np.abs(raw).max(axis=1) < 0.025  # between two strikes the limiter has nothing to do
    gain = float((out[quiet] * raw[quiet]).sum() / (raw[quiet] ** 2).sum())
    reduction_db = 20 * np.log10(gain * np.abs(raw).max() / np.abs(out).max())
    assert reduction_db <= MAX_REDUCTION_DB + AAC_RIPPLE_DB


def test_a_loudness_that_is_not_reached_is_told_with_both_figures_and_advice(mastered):
    _, _, heard, _ = mastered
    assert heard.integrated_lufs < GOAL.lufs - 0.3
    (warning,) = warnings(heard, GOAL)
    assert f"{heard.integrated_lufs:.1f} LUFS" in warning
    assert "-14.0 LUFS" in warning
    assert "lower peaks" in warning


def test_a_mix_carries_its_warnings_also_when_it_was_made_before(tmp_path):
    store = Folder(tmp_path / "store")
    write_wav(tmp_path / "strikes.wav", strikes(0.9))
    choice = MusicChoice("asset", asset="ast_strikes")
    music = bed(source(choice, "calm", 1, tmp_path / "strikes.wav"), 6000, (), store)
    film = Tracks(audio=(AudioItem("music", 0, 6000, gain_db=-7.0),))
    timeline = Timeline("2.0", FPS, 64, 64, 180, (TimedScene(1, 0, 180, 0, 6000),), film)
    made = mix(timeline, music, SoundStyle(), store)
    assert len(made.warnings) == 1
    assert mix(timeline, music, SoundStyle(), store) == made


def test_the_gain_ends_where_the_limiter_would_take_more():
    before = Loudness(-25.0, -3.0, 5.0)
    assert cap_gain(LimiterSetting(11.0, -2.0), before) == LimiterSetting(7.0, -2.0)
    assert cap_gain(LimiterSetting(7.0, -2.0), before) == LimiterSetting(7.0, -2.0)
    assert cap_gain(LimiterSetting(7.0, -3.5), before) == LimiterSetting(5.5, -3.5)


def test_a_peak_below_the_ceiling_goes_before_the_loudness_and_the_nearer_loudness_is_better():
    right = GOAL.deviation(Loudness(-14.1, -1.2, 3.0))
    soft = GOAL.deviation(Loudness(-16.9, -1.0, 3.0))
    softer = GOAL.deviation(Loudness(-18.0, -3.0, 3.0))
    over = GOAL.deviation(Loudness(-14.0, -0.9, 3.0))
    assert sorted([over, softer, right, soft]) == [right, soft, softer, over]


@pytest.mark.parametrize("lufs", [-14.3, -14.0, -13.7])
def test_a_loudness_within_three_tenths_needs_no_warning(lufs):
    assert warnings(Loudness(lufs, -1.0, 3.0), GOAL) == ()


@pytest.mark.parametrize("heard", [(-14.4, -1.0), (-13.6, -1.0), (-14.0, -0.9)])
def test_a_loudness_further_away_or_a_peak_above_the_ceiling_needs_one(heard):
    assert len(warnings(Loudness(*heard, 3.0), GOAL)) == 1


def test_silence_has_no_loudness_to_reach():
    assert warnings(Loudness(None, None, None), GOAL) == ()
