"""Mastering: encode a mix as AAC at its target loudness with its true peak below the ceiling.

Gain and an oversampled limiter are searched on uncompressed samples first, because encoding AAC takes longer than
everything else; then the encoded file is measured and the setting corrected.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg

from app.media.ffmpeg import Command, run
from app.media.loudness import Loudness, measure, run_and_measure
from audio.levels import RATE

AAC_HEADROOM_DB = 1.0  # AAC raises peaks by up to a decibel
AAC_LOSS_LU = 0.1  # AAC lowers the loudness by about a tenth
SEARCH_TOLERANCE_LU = 0.25  # the search stops within it; ffmpeg measures in tenths
WARNING_TOLERANCE_LU = 0.3
MAX_TRIALS, MAX_PASSES = 3, 5
SMALL_STEP_DB = 0.5  # a smaller change of gain needs no further trial
MAX_GAIN_DB = 60.0
MAX_REDUCTION_DB = 6.0  # a larger gain reduction of a peak becomes audible
AAC_OPTIONS = {"acodec": "aac", "audio_bitrate": "192k", "ar": RATE, "ac": 2, "movflags": "+faststart"}
BITEXACT_OPTIONS = {"fflags": "+bitexact", "flags:a": "+bitexact", "map_metadata": -1}


@dataclass(frozen=True, slots=True)
class Target:
    """The integrated loudness to reach, and the ceiling of the true peak in dBTP."""

    lufs: float
    peak_db: float

    def is_met_by(self, measured: Loudness) -> bool:
        over_db, off_lu = self.deviation(measured)
        return over_db == 0 and off_lu <= SEARCH_TOLERANCE_LU

    def deviation(self, measured: Loudness) -> tuple[float, float]:
        """Return decibels of true peak above the ceiling, then LU away from the loudness; a smaller pair is better."""
        if measured.integrated_lufs is None or measured.true_peak_db is None:
            return float("inf"), float("inf")
        return max(0.0, measured.true_peak_db - self.peak_db), abs(measured.integrated_lufs - self.lufs)


@dataclass(frozen=True, slots=True)
class LimiterSetting:
    """The last stage of mastering: a gain, then a limiter (in dBFS)."""

    gain_db: float
    limit_db: float


def master(raw: Path, sample_count: int, target: Target, into: Path) -> Loudness:
    """Encode ``raw`` to ``into`` as close to ``target`` as the limiter may bring it; return its measured loudness.

    Silence stays silent. Scratch files are written beside ``raw``. Raises ``MediaError``.
    """
    before = measure(raw)
    if before.integrated_lufs is None:
        run(encode_command(raw, into, sample_count, None))
        return measure(into)
    attempts = _encoding_attempts(raw, sample_count, target, before, initial_setting(before.integrated_lufs, target))
    path, measured = min(attempts, key=lambda attempt: target.deviation(attempt[1]))
    shutil.move(path, into)
    return measured


def _encoding_attempts(
    raw: Path, sample_count: int, target: Target, before: Loudness, setting: LimiterSetting
) -> Iterator[tuple[Path, Loudness]]:
    """Yield encoded files with their loudness, until one meets the target or the setting cannot improve."""
    setting = _search_setting(raw, target, before, setting)
    for number in range(MAX_PASSES):
        path = raw.with_name(f"pass{number}.m4a")
        run(encode_command(raw, path, sample_count, setting))
        measured = measure(path)
        yield path, measured
        better = cap_gain(correct_setting(setting, measured, target), before)
        if target.is_met_by(measured) or better == setting:
            return
        is_limit_lower = better.limit_db < setting.limit_db
        setting = _search_setting(raw, target, before, better) if is_limit_lower else better


def _search_setting(raw: Path, target: Target, before: Loudness, setting: LimiterSetting) -> LimiterSetting:
    """Return the setting that meets the target before AAC, starting at ``setting``.

    A trial costs a third of an encoding.
    """
    target = Target(target.lufs + AAC_LOSS_LU, target.peak_db)
    setting = cap_gain(setting, before)
    for _ in range(MAX_TRIALS):
        measured = run_and_measure(trial_command(raw, setting))
        better = cap_gain(correct_setting(setting, measured, target), before)
        step_db, is_same_limit = abs(better.gain_db - setting.gain_db), better.limit_db == setting.limit_db
        setting = better
        if step_db <= SMALL_STEP_DB and is_same_limit:
            break
    return setting


def initial_setting(lufs: float, target: Target) -> LimiterSetting:
    gain_db = max(-MAX_GAIN_DB, min(MAX_GAIN_DB, target.lufs - lufs))
    return LimiterSetting(gain_db, target.peak_db - AAC_HEADROOM_DB)


def correct_setting(setting: LimiterSetting, measured: Loudness, target: Target) -> LimiterSetting:
    """Return the setting with the loudness lost to the limiter added as gain, and the peaks added by AAC taken off."""
    missing_db = target.lufs - measured.integrated_lufs if measured.integrated_lufs is not None else 0.0
    over_db = measured.true_peak_db - target.peak_db if measured.true_peak_db is not None else 0.0
    gain_db = max(-MAX_GAIN_DB, min(MAX_GAIN_DB, setting.gain_db + missing_db))
    return LimiterSetting(gain_db, setting.limit_db - (over_db + 0.1 if over_db > 0 else 0.0))


def cap_gain(setting: LimiterSetting, before: Loudness) -> LimiterSetting:
    """Return the setting with a gain at which the limiter reduces the highest peak by ``MAX_REDUCTION_DB`` at most."""
    if before.true_peak_db is None:
        return setting
    max_gain_db = setting.limit_db + MAX_REDUCTION_DB - before.true_peak_db
    return LimiterSetting(min(setting.gain_db, max_gain_db), setting.limit_db)


def warnings(measured: Loudness, target: Target) -> tuple[str, ...]:
    """Return the warning that the delivered sound misses its target; silence has no loudness to reach."""
    over_db, off_lu = target.deviation(measured)
    if measured.integrated_lufs is None or (over_db == 0 and round(off_lu, 2) <= WARNING_TOLERANCE_LU):
        return ()
    return (
        f"The sound has {measured.integrated_lufs:.1f} LUFS and a true peak of {measured.true_peak_db:.1f} dBTP "
        f"instead of {target.lufs:.1f} LUFS and {target.peak_db:.1f} dBTP: its peaks are too high above its mean "
        "level. Use a recording of voice or music with lower peaks.",
    )


def trial_command(raw: Path, setting: LimiterSetting) -> Command:
    """Return the command that measures what ``encode_command`` would encode."""
    meter = _apply_limiter(ffmpeg.input(str(raw)).audio, setting).filter("ebur128", peak="true", framelog="quiet")
    return Command("measure the limiter", tuple(ffmpeg.get_args(ffmpeg.output(meter, "-", f="null"))))


def encode_command(raw: Path, into: Path, sample_count: int, setting: LimiterSetting | None) -> Command:
    """Return the command that applies gain and limiter and encodes AAC, exactly ``sample_count`` samples long."""
    sound = ffmpeg.input(str(raw)).audio
    padded = (_apply_limiter(sound, setting) if setting else sound).filter("apad", whole_len=sample_count)
    exact = padded.filter("atrim", end_sample=sample_count)
    output = ffmpeg.output(exact, str(into), f="mp4", **AAC_OPTIONS, **BITEXACT_OPTIONS)
    return Command("encode the sound", tuple(ffmpeg.get_args(output)))


def _apply_limiter(sound: Any, setting: LimiterSetting) -> Any:
    """Apply gain and limiter at four times the sample rate, where the limiter sees the peaks between samples."""
    limit = {"limit": round(10 ** (setting.limit_db / 20), 5), "attack": 5, "release": 50, "level": 0, "latency": 1}
    louder = sound.filter("volume", f"{setting.gain_db:.3f}dB").filter("aresample", 4 * RATE)
    return louder.filter("alimiter", **limit).filter("aresample", RATE)
