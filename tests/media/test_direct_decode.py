"""A clip that is as the film is is decoded without an ffmpeg, and gives the same frames as with one."""

from fractions import Fraction

import av
import numpy as np
import pytest

from app.media.ffmpeg import command, run
from assembly.picture import direct_decode, footage, i420
from assembly.picture.normalise import Frame
from assembly.picture.source import decoded, probe_source
from schemas.segment import ClipRange
from tests.media import material

SIZE = (108, 192)
EVEN = [round(n * 1000 / 30) for n in range(50)]
UNEVEN = [0, 30, 70, 500, 520, 1400, 1433, 1467]
BT709 = {"colorspace": 1, "color_primaries": 1, "color_trc": 1, "color_range": 1}
TAGS = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv")


def numbered(path, times_ms=EVEN):
    return material.numbered(path, times_ms, **BT709)


def is_plain(path, size=SIZE):
    return direct_decode.can_decode_directly(probe_source(path), Frame(*size, Fraction(30)))


def strip(first=0, frames=20, of=None, in_ms=0, speed=1.0, hold=0, **clip):
    return ClipRange(material.video("x", **clip), first, frames, of or first + frames, in_ms, speed, hold)


def frames(path, wanted, fps=Fraction(30), change=footage.copy_frame):
    found = []
    with footage.open_footage(path, wanted, Frame(*SIZE, fps), change=change) as shown:
        for index in range(wanted.first, wanted.first + wanted.frames):
            out = i420.empty(*SIZE)
            shown.frame(index, out)
            found.append(out)
    return found


def numbers(path, wanted, fps=Fraction(30)):
    return [material.number(frame) for frame in frames(path, wanted, fps)]


@pytest.fixture(scope="module")
def even(tmp_path_factory):
    return numbered(tmp_path_factory.mktemp("plain") / "even.mp4")


@pytest.fixture(scope="module", params=["mp4", "mkv", "mov"])
def uneven(request, tmp_path_factory):
    return numbered(tmp_path_factory.mktemp("plain") / f"uneven.{request.param}", UNEVEN)


def test_a_clip_of_the_films_size_and_colour_is_plain(even):
    assert is_plain(even)
    assert not is_plain(even, (192, 108))


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
def test_a_clip_of_another_kind_is_not_plain(tmp_path, options):
    path = material.made(tmp_path / "a.mp4", "testsrc2=s=108x192:r=30,format=yuv420p", *options, seconds=0.2)
    assert not is_plain(path)


@pytest.mark.parametrize("turn", [("-display_rotation", 180), ("-display_vflip",), ("-display_hflip",)])
def test_a_clip_that_is_shown_turned_is_not_plain(even, tmp_path, turn):
    path = tmp_path / "turned.mp4"
    run(command("turn", "-v", "error", *turn, "-i", even, "-c", "copy", path))
    assert not is_plain(path)


def test_a_container_without_times_is_not_plain(even, tmp_path):
    path = tmp_path / "a.avi"
    run(command("copy", "-v", "error", "-i", even, "-c", "copy", path))
    assert not is_plain(path)


@pytest.mark.parametrize("first", [0, 1, 7, 24, 25, 26, 43])
def test_frames_come_in_order_wherever_reading_begins(even, first):
    assert numbers(even, strip(first, 7)) == list(range(first, first + 7))


@pytest.fixture(scope="module")
def woven(tmp_path_factory):
    """Ninety pictures, each unlike the others, that are made from each other from the first to the last."""
    path = tmp_path_factory.mktemp("plain") / "woven.mp4"
    moving = "testsrc2=s=108x192:r=30,noise=alls=20:allf=t,format=yuv420p"
    return material.made(path, moving, "-g", "250", "-bf", "3", *TAGS, seconds=3)


@pytest.mark.parametrize("first", [1, 2, 3, 4, 30, 57, 58, 59, 60, 83])
def test_a_strip_that_begins_far_behind_a_key_frame_is_the_same_bit_by_bit(woven, first):
    assert is_plain(woven)
    whole = frames(woven, strip(0, 90))
    found = frames(woven, strip(first, 7))
    assert all(np.array_equal(a, b) for a, b in zip(found, whole[first : first + 7], strict=True))


@pytest.mark.parametrize("times_ms", [EVEN, UNEVEN])
def test_of_what_is_behind_only_what_others_are_made_from_is_decoded(tmp_path, times_ms):
    path = numbered(tmp_path / "a.mkv", times_ms)
    start_s = Fraction(times_ms[-2], 1000)
    with av.open(str(path)) as file:
        packets = direct_decode.skip_until(file.demux(video=0), file.streams.video[0], start_s)
        at_ms = [round(picture.time * 1000) for picture in decoded(packets)]
    assert at_ms[-2:] == times_ms[-2:]
    assert len(at_ms) < len(times_ms)


def test_in_ms_and_start_ms_add_up(even):
    assert numbers(even, strip(0, 3, in_ms=200, start_ms=500)) == [21, 22, 23]


@pytest.mark.parametrize("speed", [0.5, 0.6, 0.77])
@pytest.mark.parametrize("first", [0, 3, 11])
def test_slow_motion_is_the_same_wherever_reading_begins(even, speed, first):
    whole = numbers(even, strip(0, first + 6, speed=speed))
    assert numbers(even, strip(first, 6, speed=speed)) == whole[first:]
    due = [max(n for n, ms in enumerate(EVEN) if ms <= (place + 0.5) * speed * 1000 / 30) for place in range(first + 6)]
    assert whole == due


def test_the_last_frame_is_held(even):
    assert numbers(even, strip(0, 10, of=10, hold=4)) == [0, 1, 2, 3, 4, 5, 5, 5, 5, 5]


def test_a_file_that_ends_early_holds_its_last_frame(tmp_path):
    path = numbered(tmp_path / "a.mp4", EVEN[:6])
    assert numbers(path, strip(0, 9)) == [0, 1, 2, 3, 4, 5, 5, 5, 5]


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "mov"])
def test_a_strip_behind_the_end_of_the_file_shows_its_last_frame(tmp_path, suffix):
    path = numbered(tmp_path / f"a.{suffix}", EVEN[:6])
    assert is_plain(path)
    assert numbers(path, strip(20, 2)) == [5, 5]


@pytest.mark.parametrize("first", [0, 4, 10, 15, 30, 41])
def test_uneven_frames_are_shown_when_they_are_due(uneven, first):
    assert is_plain(uneven)
    whole = [max(n for n, time_ms in enumerate(UNEVEN) if time_ms <= (place + 0.5) * 1000 / 30) for place in range(44)]
    assert numbers(uneven, strip(first, 3)) == whole[first : first + 3]


@pytest.mark.parametrize("fps", [Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(60)])
@pytest.mark.parametrize("first", [0, 9])
def test_other_rates_show_what_ffmpeg_shows(even, fps, first):
    wanted = strip(first, 20)
    with_ffmpeg = []
    source, frame = probe_source(even), Frame(*SIZE, fps)
    with footage.read_output(footage.read_command(even, source, wanted, frame)) as out:
        for _ in range(20):
            with_ffmpeg.append(np.frombuffer(out.read(108 * 288), np.uint8).reshape(288, 108))
    assert all(np.array_equal(a, b) for a, b in zip(frames(even, wanted, fps), with_ffmpeg, strict=True))


def test_a_film_with_sound_that_begins_earlier_keeps_its_time(even, tmp_path):
    path = tmp_path / "late.mp4"
    picture = ("-itsoffset", "0.5", "-i", even)
    sound = ("-f", "lavfi", "-i", "anullsrc", "-t", "2")
    run(command("delay", "-v", "error", *picture, *sound, "-map", 0, "-map", 1, "-c:v", "copy", "-c:a", "aac", path))
    assert is_plain(path)
    assert numbers(path, strip(0, 3, in_ms=1000)) == [15, 16, 17]
    assert numbers(path, strip(0, 3)) == [0, 0, 0]


def test_what_is_broken_in_the_middle_does_not_end_the_film(even, tmp_path):
    path = tmp_path / "broken.mp4"
    data = bytearray(even.read_bytes())
    middle = data.index(b"mdat") + 4 + 600
    data[middle : middle + 120] = bytes(120)
    path.write_bytes(data)
    assert numbers(path, strip(0, 50))[-3:] == [47, 48, 49]


def test_a_file_cut_short_holds_what_it_has(even, tmp_path):
    path = tmp_path / "cut.mkv"
    run(command("copy", "-v", "error", "-i", even, "-c", "copy", path))
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    shown = numbers(path, strip(0, 50))
    assert shown == sorted(shown)
    assert 10 < shown[-1] < 49
    assert len(set(shown[-5:])) == 1


def test_every_frame_is_changed_once(even):
    def lighter(frame, out):
        footage.copy_frame(frame, out)
        out[:192] += 30

    once = [n + 10 for n in range(20)]
    assert [material.number(frame) for frame in frames(even, strip(0, 20), change=lighter)] == once
    held = frames(even, strip(0, 10, of=10, hold=4), change=lighter)
    assert [material.number(frame) for frame in held] == [10, 11, 12, 13, 14, 15, 15, 15, 15, 15]
