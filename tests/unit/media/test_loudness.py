"""Loudness by EBU R 128: parsing of ffmpeg's report, and measured files."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.errors import MediaError
from app.media.ffmpeg import command, run
from app.media.loudness import SILENT, Loudness, measure, parse_report

REPORT = """
frame=1 I: -3.0 LUFS
[Parsed_ebur128_0 @ 0x1] Summary:

  Integrated loudness:
    I:         -9.0 LUFS
  True peak:
    Peak:       -2.0 dBFS
[Parsed_ebur128_2 @ 0x2] Summary:

  Integrated loudness:
    I:         {loudness} LUFS
    Threshold: -24.9 LUFS

  Loudness range:
    LRA:         {loudness_range} LU
    Threshold: -34.8 LUFS
    LRA low:   -17.2 LUFS

  True peak:
    Peak:       {peak} dBFS
[out#0/null @ 0x3] video:0KiB audio:375KiB
"""


def report(loudness: object = "-14.6", loudness_range: object = "3.2", peak: object = "-1.5") -> str:
    return REPORT.format(loudness=loudness, loudness_range=loudness_range, peak=peak)


def sound(path: Path, source: str, *options: str) -> Path:
    run(command("make a sound", "-f", "lavfi", "-i", source, *options, path))
    return path


def test_last_summary_of_a_report_is_read():
    assert parse_report(report()) == Loudness(-14.6, -1.5, 3.2)


def test_peak_above_full_scale_is_positive():
    assert parse_report(report(peak="0.7")).true_peak_db == 0.7


def test_report_of_silence_has_no_values():
    assert parse_report(report("-70.0", "0.0", "-inf")) == SILENT
    assert parse_report(report("-inf", "0.0", "-inf")) == SILENT
    assert parse_report(report("nan", "nan", "nan")) == SILENT


def test_sine_has_the_loudness_of_the_standard(tmp_path):
    """BS.1770: 997 Hz at 0 dBFS in one channel is −3.01 LUFS, in two channels ±0."""
    mono = sound(tmp_path / "mono.wav", "aevalsrc='0.1*sin(2*PI*997*t)':s=48000", "-t", "3")
    stereo = sound(
        tmp_path / "stereo.wav",
        "aevalsrc='0.1*sin(2*PI*997*t)':s=48000:c=mono",
        "-t",
        "3",
        "-af",
        "pan=stereo|c0=c0|c1=c0",
    )
    assert measure(mono).integrated_lufs == pytest.approx(-23.0, abs=0.1)
    assert measure(stereo).integrated_lufs == pytest.approx(-20.0, abs=0.1)
    assert measure(mono).true_peak_db == pytest.approx(-20.0, abs=0.1)


def test_digital_silence_has_no_values(tmp_path):
    assert measure(sound(tmp_path / "s.wav", "anullsrc=r=48000:cl=stereo", "-t", "2")) == SILENT


def test_audio_shorter_than_a_block_has_a_peak_but_no_loudness(tmp_path):
    short = measure(sound(tmp_path / "s.wav", "sine=frequency=997:r=48000", "-t", "0.2"))
    assert short.integrated_lufs is None
    assert short.range_lu is None
    assert short.true_peak_db == pytest.approx(-18, abs=0.3)


def test_audio_of_a_video_is_measured(tmp_path):
    video = tmp_path / "video.mp4"
    picture = ("-f", "lavfi", "-i", "color=s=64x64:r=10")
    run(command("make a video", *picture, "-f", "lavfi", "-i", "sine=997:r=48000", "-t", 1, "-shortest", video))
    assert measure(video).integrated_lufs == pytest.approx(-21, abs=0.5)


def test_file_without_audio_raises_media_error(tmp_path):
    silent = tmp_path / "silent.mp4"
    run(command("make a silent video", "-f", "lavfi", "-i", "color=s=64x64:r=10", "-t", 1, silent))
    with pytest.raises(MediaError):
        measure(silent)
    with pytest.raises(MediaError):
        measure(tmp_path / "nowhere.wav")
