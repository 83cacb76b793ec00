"""Mastering: a mix is brought to its loudness and its peaks below the ceiling, as AAC gives them back.

Gain and an oversampled limiter are found on plain samples first, because encoding AAC takes longer than all the rest;
then the encoded file is measured and corrected.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg

from app.media.ffmpeg import Command, run
from app.media.loudness import Loudness, measure, reported
from audio.levels import RATE

AAC_HEADROOM_DB = 1.0  # AAC adds up to a decibel of peak
AAC_LOSS_LU = 0.1  # AAC takes about a tenth of loudness
SEARCH_TOLERANCE_LU, WARNING_TOLERANCE_LU = (
    0.25,
    0.3,
)  # where the search ends (ffmpeg measures in tenths), and what needs a warning
MAX_TRIALS, MAX_PASSES = 3, 5
SMALL_STEP_DB = 0.5  # of gain, whose effect on the loudness needs no further trial
MAX_GAIN_DB = 60.0
MAX_REDUCTION_DB = 6.0  # what the limiter may take from a peak before it is heard
AAC_OPTIONS = {"acodec": "aac", "audio_bitrate": "192k", "ar": RATE, "ac": 2, "movflags": "+faststart"}
BITEXACT_OPTIONS = {"fflags": "+bitexact", "flags:a": "+bitexact", "map_metadata": -1}


@dataclass(frozen=True, slots=True)
class Target:
    lufs: float
    peak_db: float

    def is_met_by(self, heard: Loudness) -> bool:
        over_db, off_lu = self.deviation(heard)
        return over_db == 0 and off_lu <= SEARCH_TOLERANCE_LU

    def deviation(self, heard: Loudness) -> tuple[float, float]:
        """Decibels of true peak above the ceiling, then LU away from the loudness: the less, the better."""
        if heard.integrated_lufs is None or heard.true_peak_db is None:
            return float("inf"), float("inf")
        return max(0.0, heard.true_peak_db - self.peak_db), abs(heard.integrated_lufs - self.lufs)


@dataclass(frozen=True, slots=True)
class LimiterSetting:
    """How the last stage is set: gain, then a limiter (in dBFS)."""

    gain_db: float
    limit_db: float


def master(raw: Path, samples: int, goal: Target, into: Path) -> Loudness:
    """Encodes ``raw`` to ``into`` as near to ``goal`` as the limiter may bring it; returns what is measured in it.

    Silence stays as it is. Scratch files are written beside ``raw``. Raises ``MediaError``.
    """
    before = measure(raw)
    if before.integrated_lufs is None:
        run(encode_command(raw, into, samples, None))
        return measure(into)
    attempts = _encoding_attempts(raw, samples, goal, before, initial_setting(before.integrated_lufs, goal))
    path, heard = min(attempts, key=lambda attempt: goal.deviation(attempt[1]))
    shutil.move(path, into)
    return heard


def _encoding_attempts(
    raw: Path, samples: int, goal: Target, before: Loudness, setting: LimiterSetting
) -> Iterator[tuple[Path, Loudness]]:
    """Encoded files and what is measured in each, until one is right or nothing better may be tried."""
    setting = _search_setting(raw, goal, before, setting)
    for number in range(MAX_PASSES):
        path = raw.with_name(f"pass{number}.m4a")
        run(encode_command(raw, path, samples, setting))
        heard = measure(path)
        yield path, heard
        better = cap_gain(correct_setting(setting, heard, goal), before)
        if goal.is_met_by(heard) or better == setting:
            return
        setting = _search_setting(raw, goal, before, better) if better.limit_db < setting.limit_db else better


def _search_setting(raw: Path, goal: Target, before: Loudness, setting: LimiterSetting) -> LimiterSetting:
    """The setting that is right before AAC, from ``setting`` on; a trial costs a third of an encoding."""
    goal = Target(goal.lufs + AAC_LOSS_LU, goal.peak_db)
    setting = cap_gain(setting, before)
    for _ in range(MAX_TRIALS):
        heard = reported(trial_command(raw, setting))
        better = cap_gain(correct_setting(setting, heard, goal), before)
        step_db, is_same_limit = abs(better.gain_db - setting.gain_db), better.limit_db == setting.limit_db
        setting = better
        if step_db <= SMALL_STEP_DB and is_same_limit:
            break
    return setting


def initial_setting(lufs: float, goal: Target) -> LimiterSetting:
    gain_db = max(-MAX_GAIN_DB, min(MAX_GAIN_DB, goal.lufs - lufs))
    return LimiterSetting(gain_db, goal.peak_db - AAC_HEADROOM_DB)


def correct_setting(setting: LimiterSetting, heard: Loudness, goal: Target) -> LimiterSetting:
    """More gain for what the limiter took away, a lower limit for what AAC put on top."""
    missing_db = goal.lufs - heard.integrated_lufs if heard.integrated_lufs is not None else 0.0
    over_db = heard.true_peak_db - goal.peak_db if heard.true_peak_db is not None else 0.0
    gain_db = max(-MAX_GAIN_DB, min(MAX_GAIN_DB, setting.gain_db + missing_db))
    return LimiterSetting(gain_db, setting.limit_db - (over_db + 0.1 if over_db > 0 else 0.0))


def cap_gain(setting: LimiterSetting, before: Loudness) -> LimiterSetting:
    """No more gain than lets the limiter take ``MOST_REDUCTION_DB`` from the highest peak ``before`` it."""
    if before.true_peak_db is None:
        return setting
    most_db = setting.limit_db + MAX_REDUCTION_DB - before.true_peak_db
    return LimiterSetting(min(setting.gain_db, most_db), setting.limit_db)


def warnings(heard: Loudness, goal: Target) -> tuple[str, ...]:
    """What the user is told when the delivered sound is not at its loudness; silence has none to reach."""
    over_db, off_lu = goal.deviation(heard)
    if heard.integrated_lufs is None or (over_db == 0 and round(off_lu, 2) <= WARNING_TOLERANCE_LU):
        return ()
    return (
        f"The sound has {heard.integrated_lufs:.1f} LUFS and a true peak of {heard.true_peak_db:.1f} dBTP instead of "
        f"{goal.lufs:.1f} LUFS and {goal.peak_db:.1f} dBTP: its peaks are too high above its mean level. "
        "Use a recording of voice or music with lower peaks.",
    )


def trial_command(raw: Path, setting: LimiterSetting) -> Command:
    """Measures what ``encode_command`` is going to encode."""
    meter = _apply_limiter(ffmpeg.input(str(raw)).audio, setting).filter("ebur128", peak="true", framelog="quiet")
    return Command("measure the limiter", tuple(ffmpeg.get_args(ffmpeg.output(meter, "-", f="null"))))


def encode_command(raw: Path, into: Path, samples: int, setting: LimiterSetting | None) -> Command:
    """Gain, a limiter and AAC; exactly ``samples`` long."""
    sound = ffmpeg.input(str(raw)).audio
    exact = (_apply_limiter(sound, setting) if setting else sound).filter("apad", whole_len=samples)
    output = ffmpeg.output(
        exact.filter("atrim", end_sample=samples), str(into), f="mp4", **AAC_OPTIONS, **BITEXACT_OPTIONS
    )
    return Command("encode the sound", tuple(ffmpeg.get_args(output)))


def _apply_limiter(sound: Any, setting: LimiterSetting) -> Any:
    """The limiter works at four times the rate, so that it sees the peaks between samples."""
    limit = {"limit": round(10 ** (setting.limit_db / 20), 5), "attack": 5, "release": 50, "level": 0, "latency": 1}
    louder = sound.filter("volume", f"{setting.gain_db:.3f}dB").filter("aresample", 4 * RATE)
    return louder.filter("alimiter", **limit).filter("aresample", RATE)
