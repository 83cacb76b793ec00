"""Recordings of cameras, phones and editors in rare containers, and sound in rare files."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.errors import BadMedia
from app.media import ffmpeg
from app.media.av_open import DEMUXER_OF_SUFFIX, open_av
from app.media.probe import av, file_type
from app.media.probe.file_type import FileType
from app.media.probe.inspection import Limits, MediaFacts, inspect
from engines.footage import probe_footage
from schemas.content_types import content_type

LIMITS = Limits(max_bytes=64 << 20, max_pixels=4_000_000, max_ms=60_000)
PICTURES = ("-f", "lavfi", "-i", "testsrc2=s=128x96:r=25:d=1")
SOUND = ("-f", "lavfi", "-i", "sine=f=440:r=44100:d=1")


def recorded(path: Path, *options: str) -> Path:
    ffmpeg.run(ffmpeg.command("make a recording", *options, path, limit_s=60))
    return path


def facts(path: Path) -> MediaFacts:
    return inspect(path, "file", LIMITS)


@pytest.mark.parametrize(
    ("name", "options", "suffix"),
    [
        ("camcorder.mts", ("-c:v", "libx264", "-c:a", "ac3", "-f", "mpegts", "-mpegts_m2ts_mode", "1"), ".ts"),
        ("a.avi", ("-c:v", "mpeg4", "-c:a", "mp3"), ".avi"),
        ("mjpeg.avi", ("-c:v", "mjpeg", "-c:a", "pcm_s16le"), ".avi"),
        ("a.mpg", ("-c:v", "mpeg2video", "-c:a", "mp2"), ".mpg"),
        ("a.vob", ("-c:v", "mpeg2video", "-c:a", "ac3"), ".mpg"),
        ("a.wmv", ("-c:v", "wmv2", "-c:a", "wmav2"), ".wmv"),
        ("a.flv", ("-c:v", "flv", "-c:a", "mp3"), ".flv"),
        ("a.m4v", ("-c:v", "libx264", "-c:a", "aac", "-f", "mp4"), ".mp4"),
        ("a.3gp", ("-c:v", "h263", "-c:a", "aac"), ".mp4"),
        ("a.mov", ("-c:v", "png", "-c:a", "pcm_s16le"), ".mov"),
        ("10bit.mov", ("-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-tag:v", "hvc1", "-c:a", "aac"), ".mov"),
    ],
)
def test_recording_of_a_camera_or_an_editor_is_accepted(
    tmp_path: Path, name: str, options: tuple[str, ...], suffix: str
) -> None:
    path = recorded(tmp_path / name, *PICTURES, *SOUND, *options)
    media = facts(path)
    assert (media.kind, media.suffix, media.content_type) == ("video", suffix, content_type(suffix))
    assert (media.width, media.height, media.sound) == (128, 96, True)
    assert media.length_ms == pytest.approx(1000, abs=120)
    assert probe_footage(path.rename(path.with_suffix(media.suffix)), 0, media.length_ms).length_ms == media.length_ms


@pytest.mark.parametrize(
    ("name", "options", "suffix", "type_"),
    [
        ("a.aiff", (), ".aiff", "audio/aiff"),
        ("a.caf", ("-c:a", "pcm_s16be"), ".caf", "audio/x-caf"),
        ("a.wma", ("-c:a", "wmav2"), ".wma", "audio/x-ms-wma"),
        ("a.opus", ("-c:a", "libopus"), ".ogg", "audio/ogg"),
        ("a.oga", ("-c:a", "flac"), ".ogg", "audio/ogg"),
    ],
)
def test_sound_in_a_rare_file_is_accepted(
    tmp_path: Path, name: str, options: tuple[str, ...], suffix: str, type_: str
) -> None:
    media = facts(recorded(tmp_path / name, *SOUND, *options))
    assert (media.kind, media.suffix, media.content_type) == ("audio", suffix, type_)
    assert media.length_ms == pytest.approx(1000, abs=120)


@pytest.mark.parametrize(
    ("name", "options", "reason"),
    [
        ("a.h264", ("-c:v", "libx264"), "is an H.264 stream without a container"),
        ("a.hevc", ("-c:v", "libx265"), "is an H.265 stream without a container"),
        ("a.y4m", (), "is uncompressed video (Y4M), which is not accepted"),
        ("a.ivf", ("-c:v", "libvpx", "-deadline", "realtime"), "is an IVF video, which is not accepted"),
        ("a.nut", ("-c:v", "mpeg4"), "is a NUT video, which is not accepted"),
    ],
)
def test_recording_of_another_type_is_refused_by_name(
    tmp_path: Path, name: str, options: tuple[str, ...], reason: str
) -> None:
    path = recorded(tmp_path / name, "-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=0.2", *options)
    with pytest.raises(BadMedia) as refused:
        facts(path)
    assert refused.value.reason == f"the file {reason}"


@pytest.mark.parametrize(
    ("name", "type_"),
    [("a.tta", "TTA"), ("a.au", "AU"), ("a.w64", "Wave64"), ("a.ac3", "AC-3"), ("a.eac3", "AC-3"), ("a.voc", "VOC")],
)
def test_sound_of_another_type_is_refused_by_name(tmp_path: Path, name: str, type_: str) -> None:
    codec = ("-c:a", "pcm_u8") if name == "a.voc" else ()
    with pytest.raises(BadMedia) as refused:
        facts(recorded(tmp_path / name, *SOUND, *codec))
    assert refused.value.reason == f"the file is {type_} audio, which is not accepted"


def test_avi_cut_off_is_refused(tmp_path: Path) -> None:
    path = recorded(tmp_path / "a.avi", "-f", "lavfi", "-i", "testsrc2=s=128x96:r=25:d=6", "-c:v", "mjpeg")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(BadMedia, match="incomplete"):
        facts(path)


def test_clip_of_more_frames_per_second_than_cameras_write_is_refused(tmp_path: Path) -> None:
    path = recorded(tmp_path / "a.mp4", "-f", "lavfi", "-i", "color=s=32x32:r=5000:d=1.2", "-c:v", "mpeg4")
    with pytest.raises(BadMedia, match="frames per second, more than"):
        facts(path)


# -- demuxers --------------------------------------------------------------------------------------------------------


def accepted_types() -> list[FileType]:
    listed = [kind for _, kind in file_type.SIGNATURES] + list(file_type.RIFF.values()) + list(file_type.IFF.values())
    named = [value for value in vars(file_type).values() if isinstance(value, FileType)]
    return [kind for kind in {*listed, *named} if kind.reader == "ffmpeg"]


def test_each_accepted_type_is_opened_again_with_its_own_demuxer_only() -> None:
    for kind in accepted_types():
        for suffix in {kind.suffix, av.AUDIO_ONLY_SUFFIX.get(kind.suffix), av.VIDEO_SUFFIX.get(kind.suffix)} - {None}:
            assert DEMUXER_OF_SUFFIX[str(suffix)] == kind.format


def test_file_of_another_type_than_its_suffix_is_not_opened(tmp_path: Path) -> None:
    path = recorded(tmp_path / "a.mkv", *PICTURES, "-c:v", "libx264").rename(tmp_path / "a.mp4")
    with pytest.raises((OSError, ValueError)), open_av(path) as container:
        next(container.decode(video=0))
