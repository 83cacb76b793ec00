"""Clips in the film's format are decoded without an ffmpeg process and give the same frames as with one."""

from fractions import Fraction

import av
import numpy as np
import pytest

from app.media.ffmpeg import command, run
from assembly.picture import direct_decode, footage, i420
from assembly.picture.normalise import Frame
from assembly.picture.source import decode_packets, probe_source
from schemas.segment import ClipRange
from tests.media import material

SIZE = (108, 192)
EVEN = [round(n * 1000 / 30) for n in range(50)]
UNEVEN = [0, 30, 70, 500, 520, 1400, 1433, 1467]
BT709 = {"colorspace": 1, "color_primaries": 1, "color_trc": 1, "color_range": 1}
TAGS = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv")


def numbered(path, times_ms=EVEN):
    return material.make_numbered_video(path, times_ms, **BT709)


def is_direct(path, size=SIZE):
    return direct_decode.can_decode_directly(probe_source(path), Frame(*size, Fraction(30)))


def make_range(first=0, frames=20, length=None, in_ms=0, speed=1.0, hold=0, **clip):
    return ClipRange(material.video("x", **clip), first, frames, length or first + frames, in_ms, speed, hold)


def frames_of(path, clip_range, fps=Fraction(30), change=footage.copy_frame):
    result = []
    with footage.open_footage(path, clip_range, Frame(*SIZE, fps), change=change) as footage_frames:
        for index in range(clip_range.first, clip_range.first + clip_range.frames):
            out = i420.empty(*SIZE)
            footage_frames.frame(index, out)
            result.append(out)
    return result


def numbers(path, clip_range, fps=Fraction(30)):
    return [material.number_in(frame) for frame in frames_of(path, clip_range, fps)]


@pytest.fixture(scope="module")
def even(tmp_path_factory):
    return numbered(tmp_path_factory.mktemp("plain") / "even.mp4")


@pytest.fixture(scope="module", params=["mp4", "mkv", "mov"])
def uneven(request, tmp_path_factory):
    return numbered(tmp_path_factory.mktemp("plain") / f"uneven.{request.param}", UNEVEN)


def test_clip_with_the_films_size_and_colours_is_decoded_directly(even):
    assert is_direct(even)
    assert not is_direct(even, (192, 108))


@pytest.mark.parametrize(
    "options",
    [
        ("-colorspace", "smpte170m", "-color_range", "tv"),
        ("-colorspace", "bt709", "-color_range", "pc"),
        ("-vf", "setsar=2/1", *TAGS),
        ("-pix_fmt", "yuv444p", *TAGS),
        ("-pix_fmt", "yuv420p10le", "-c:v", "libx265", "-x265-params", "log-level=0", *TAGS),
    ],
)
def test_clip_with_another_format_is_not_decoded_directly(tmp_path, options):
    path = material.make_video(tmp_path / "a.mp4", "testsrc2=s=108x192:r=30,format=yuv420p", *options, seconds=0.2)
    assert not is_direct(path)


@pytest.mark.parametrize("rotation", [("-display_rotation", 180), ("-display_vflip",), ("-display_hflip",)])
def test_rotated_or_flipped_clip_is_not_decoded_directly(even, tmp_path, rotation):
    path = tmp_path / "turned.mp4"
    run(command("turn", "-v", "error", *rotation, "-i", even, "-c", "copy", path))
    assert not is_direct(path)


def test_container_without_timestamps_is_not_decoded_directly(even, tmp_path):
    path = tmp_path / "a.avi"
    run(command("copy", "-v", "error", "-i", even, "-c", "copy", path))
    assert not is_direct(path)


@pytest.mark.parametrize("first", [0, 1, 7, 24, 25, 26, 43])
def test_frames_are_in_order_from_any_start(even, first):
    assert numbers(even, make_range(first, 7)) == list(range(first, first + 7))


@pytest.fixture(scope="module")
def long_gop(tmp_path_factory):
    """Ninety different pictures in one group, so that each depends on all pictures before it."""
    path = tmp_path_factory.mktemp("plain") / "woven.mp4"
    moving = "testsrc2=s=108x192:r=30,noise=alls=20:allf=t,format=yuv420p"
    return material.make_video(path, moving, "-g", "250", "-bf", "3", *TAGS, seconds=3)


@pytest.mark.parametrize("first", [1, 2, 3, 4, 30, 57, 58, 59, 60, 83])
def test_range_far_after_a_key_frame_equals_the_whole_clip(long_gop, first):
    assert is_direct(long_gop)
    whole = frames_of(long_gop, make_range(0, 90))
    result = frames_of(long_gop, make_range(first, 7))
    assert all(np.array_equal(a, b) for a, b in zip(result, whole[first : first + 7], strict=True))


@pytest.mark.parametrize("times_ms", [EVEN, UNEVEN])
def test_unreferenced_frames_before_the_start_are_skipped(tmp_path, times_ms):
    path = numbered(tmp_path / "a.mkv", times_ms)
    start_s = Fraction(times_ms[-2], 1000)
    with av.open(str(path)) as file:
        packets = direct_decode.skip_until(file.demux(video=0), file.streams.video[0], start_s)
        decoded_ms = [round(picture.time * 1000) for picture in decode_packets(packets)]
    assert decoded_ms[-2:] == times_ms[-2:]
    assert len(decoded_ms) < len(times_ms)


def test_in_ms_and_start_ms_are_added(even):
    assert numbers(even, make_range(0, 3, in_ms=200, start_ms=500)) == [21, 22, 23]


@pytest.mark.parametrize("speed", [0.5, 0.6, 0.77])
@pytest.mark.parametrize("first", [0, 3, 11])
def test_slow_motion_is_equal_from_any_start(even, speed, first):
    whole = numbers(even, make_range(0, first + 6, speed=speed))
    assert numbers(even, make_range(first, 6, speed=speed)) == whole[first:]
    times_ms = [(index + 0.5) * speed * 1000 / 30 for index in range(first + 6)]
    expected = [max(n for n, ms in enumerate(EVEN) if ms <= time_ms) for time_ms in times_ms]
    assert whole == expected


def test_last_frame_is_held(even):
    assert numbers(even, make_range(0, 10, length=10, hold=4)) == [0, 1, 2, 3, 4, 5, 5, 5, 5, 5]


def test_file_that_ends_early_holds_its_last_frame(tmp_path):
    path = numbered(tmp_path / "a.mp4", EVEN[:6])
    assert numbers(path, make_range(0, 9)) == [0, 1, 2, 3, 4, 5, 5, 5, 5]


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "mov"])
def test_range_after_the_end_of_the_file_shows_its_last_frame(tmp_path, suffix):
    path = numbered(tmp_path / f"a.{suffix}", EVEN[:6])
    assert is_direct(path)
    assert numbers(path, make_range(20, 2)) == [5, 5]


@pytest.mark.parametrize("first", [0, 4, 10, 15, 30, 41])
def test_variable_frame_rate_is_resampled_by_timestamps(uneven, first):
    assert is_direct(uneven)
    whole = [max(n for n, time_ms in enumerate(UNEVEN) if time_ms <= (index + 0.5) * 1000 / 30) for index in range(44)]
    assert numbers(uneven, make_range(first, 3)) == whole[first : first + 3]


@pytest.mark.parametrize("fps", [Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(60)])
@pytest.mark.parametrize("first", [0, 9])
def test_other_frame_rates_give_the_frames_of_ffmpeg(even, fps, first):
    clip_range = make_range(first, 20)
    with_ffmpeg = []
    source, frame = probe_source(even), Frame(*SIZE, fps)
    with footage.read_output(footage.read_command(even, source, clip_range, frame)) as out:
        for _ in range(20):
            with_ffmpeg.append(np.frombuffer(out.read(108 * 288), np.uint8).reshape(288, 108))
    assert all(np.array_equal(a, b) for a, b in zip(frames_of(even, clip_range, fps), with_ffmpeg, strict=True))


def test_file_whose_audio_starts_earlier_keeps_its_video_times(even, tmp_path):
    path = tmp_path / "late.mp4"
    picture = ("-itsoffset", "0.5", "-i", even)
    sound = ("-f", "lavfi", "-i", "anullsrc", "-t", "2")
    run(command("delay", "-v", "error", *picture, *sound, "-map", 0, "-map", 1, "-c:v", "copy", "-c:a", "aac", path))
    assert is_direct(path)
    assert numbers(path, make_range(0, 3, in_ms=1000)) == [15, 16, 17]
    assert numbers(path, make_range(0, 3)) == [0, 0, 0]


def test_corrupt_data_in_the_middle_does_not_end_the_clip(even, tmp_path):
    path = tmp_path / "broken.mp4"
    data = bytearray(even.read_bytes())
    middle = data.index(b"mdat") + 4 + 600
    data[middle : middle + 120] = bytes(120)
    path.write_bytes(data)
    assert numbers(path, make_range(0, 50))[-3:] == [47, 48, 49]


def test_truncated_file_holds_its_last_decodable_frame(even, tmp_path):
    path = tmp_path / "cut.mkv"
    run(command("copy", "-v", "error", "-i", even, "-c", "copy", path))
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    shown = numbers(path, make_range(0, 50))
    assert shown == sorted(shown)
    assert 10 < shown[-1] < 49
    assert len(set(shown[-5:])) == 1


def test_every_frame_is_graded_once(even):
    def brighten(frame, out):
        footage.copy_frame(frame, out)
        out[:192] += 30

    brightened = [n + 10 for n in range(20)]
    assert [material.number_in(frame) for frame in frames_of(even, make_range(0, 20), change=brighten)] == brightened
    held = frames_of(even, make_range(0, 10, length=10, hold=4), change=brighten)
    assert [material.number_in(frame) for frame in held] == [10, 11, 12, 13, 14, 15, 15, 15, 15, 15]
