"""Clips that providers return: good ones are accepted with their facts, faulty ones are refused with the reason."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from app.core.errors import ProviderRefused
from app.media.ffmpeg import command, run
from engines.hosted.returned_clips import ReturnedClip, check_returned_clip
from schemas.order import ClipOrder
from tests.emulators.films import film
from tests.media import material

ORDER = ClipOrder("model", seconds=2, aspect="9:16", width=360, height=640)
SIZE = "180x320"
MOVING = f"testsrc2=s={SIZE}:r=24"
BLACK = f"color=c=black:s={SIZE}:r=24"
STILL = f"{MOVING},select=eq(n\\,9),loop=-1:1,setpts=N/24/TB"


def clip(tmp_path, graph=MOVING, *options, name="clip.mp4", seconds=2.0):
    pixels = () if "-pix_fmt" in options else ("-pix_fmt", "yuv420p")
    return material.make_video(tmp_path / name, graph, *options, *pixels, seconds=seconds)


def reason_of(path, order=ORDER, **options) -> str:
    with pytest.raises(ProviderRefused) as refused:
        check_returned_clip(path, order, "acme", **options)
    assert refused.value.args[0] == "acme"
    assert str(path.parent) not in str(refused.value)
    return refused.value.args[1]


# -- good clips ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["testsrc2", "testsrc"])
def test_film_of_an_emulator_is_accepted_with_its_facts(tmp_path, source):
    path = tmp_path / "clip.mp4"
    path.write_bytes(film("A boat leaves", 360, 640, 2.0, source=source))
    assert check_returned_clip(path, ORDER, "acme") == ReturnedClip(360, 640, 2000, Fraction(24), "h264", "mp4")


@pytest.mark.parametrize(
    ("name", "options", "codec"),
    [
        ("clip.mov", ("-c:v", "libx264"), "h264"),
        ("clip.mp4", ("-c:v", "libx265", "-tag:v", "hvc1"), "hevc"),
        ("clip.mp4", ("-movflags", "frag_keyframe+empty_moov"), "h264"),
        ("clip.webm", ("-c:v", "libvpx-vp9", "-deadline", "realtime"), "vp9"),
        ("clip.webm", ("-c:v", "libvpx", "-deadline", "realtime"), "vp8"),
        ("clip.mov", ("-c:v", "prores_ks", "-pix_fmt", "yuv422p10le"), "prores"),
    ],
)
def test_containers_and_codecs_of_models_are_accepted(tmp_path, name, options, codec):
    facts = check_returned_clip(clip(tmp_path, MOVING, *options, name=name), ORDER, "acme")
    assert (facts.container, facts.codec) == (name[-4:].lstrip("."), codec)
    assert (facts.width, facts.height, facts.length_ms) == (180, 320, 2000)


def test_suffix_of_the_downloaded_file_does_not_matter(tmp_path):
    path = clip(tmp_path, name="clip.webm").rename(tmp_path / "clip.part")
    assert check_returned_clip(path, ORDER, "acme").container == "webm"


def test_animated_webp_is_accepted(tmp_path):
    path = tmp_path / "clip.webp"
    frames = [Image.fromarray(np.roll(pattern(), 8 * k, axis=1)) for k in range(16)]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=125)
    facts = check_returned_clip(path, ORDER, "acme")
    assert facts == ReturnedClip(180, 320, 2000, Fraction(8), "webp", "webp")


def pattern() -> np.ndarray:
    return np.random.default_rng(3).integers(40, 220, (20, 12, 3), np.uint8).repeat(16, axis=0).repeat(15, axis=1)


def test_sound_is_a_fact(tmp_path):
    sound = ("-f", "lavfi", "-i", "sine=f=440", "-t", "2", "-map", "0:v", "-map", "1:a", "-c:a", "aac")
    assert check_returned_clip(clip(tmp_path, MOVING, *sound), ORDER, "acme").has_sound


def test_rotated_clip_has_the_size_as_it_is_shown(tmp_path):
    plain = clip(tmp_path, "testsrc2=s=320x180:r=24", name="wide.mp4")
    path = tmp_path / "turned.mp4"
    run(command("turn", "-v", "error", "-display_rotation", "90", "-i", plain, "-c", "copy", path))
    facts = check_returned_clip(path, ORDER, "acme")
    assert (facts.width, facts.height) == (180, 320)


def test_pixels_that_are_not_square_are_counted_as_shown(tmp_path):
    facts = check_returned_clip(clip(tmp_path, "testsrc2=s=90x320:r=24,setsar=2"), ORDER, "acme")
    assert (facts.width, facts.height) == (180, 320)


@pytest.mark.parametrize(
    ("rate", "fps"), [("30000/1001", Fraction(30000, 1001)), ("8", Fraction(8)), ("60", Fraction(60))]
)
def test_frame_rate_is_that_of_the_pictures(tmp_path, rate, fps):
    assert check_returned_clip(clip(tmp_path, f"testsrc2=s={SIZE}:r={rate}"), ORDER, "acme").fps == fps


@pytest.mark.parametrize("seconds", [1.75, 2.04, 3.9])
def test_length_within_the_tolerance_is_accepted(tmp_path, seconds):
    assert check_returned_clip(clip(tmp_path, seconds=seconds), ORDER, "acme").length_ms > 1700


def test_slow_camera_over_a_picture_moves(tmp_path):
    slow = "mandelbrot=s=432x768:r=24:maxiter=64,select=eq(n\\,0),loop=-1:1,setpts=N/24/TB"
    path = clip(tmp_path, f"{slow},crop=w=324:h=576:x='t*8':y='t*4',scale=180:320")
    assert check_returned_clip(path, ORDER, "acme").frozen_share == 0


def test_dark_scene_with_a_spot_of_light_is_neither_black_nor_letterboxed(tmp_path):
    spot = "geq=lum='16+210*exp(-(pow(X-90-10*sin(6*T),2)+pow(Y-160,2))/900)':cb=128:cr=128"
    facts = check_returned_clip(clip(tmp_path, f"{BLACK},{spot}"), ORDER, "acme")
    assert facts.bars is None
    assert facts.black_share == 0


def test_fade_from_black_is_accepted(tmp_path):
    facts = check_returned_clip(clip(tmp_path, f"{MOVING},fade=in:d=0.6"), ORDER, "acme")
    assert 0 < facts.black_share < 0.2


def test_still_is_accepted_where_no_motion_is_asked(tmp_path):
    assert check_returned_clip(clip(tmp_path, STILL), ORDER, "acme", moves=False).frozen_share == 1


def test_small_bars_are_returned_as_a_crop(tmp_path):
    path = clip(tmp_path, "testsrc2=s=180x304:r=24,pad=180:320:0:8")
    facts = check_returned_clip(path, ORDER, "acme")
    assert abs(facts.bars.top - 8) <= 1
    assert abs(facts.bars.bottom - 8) <= 1
    assert (facts.bars.left, facts.bars.right) == (0, 0)
    left, top, width, height = facts.crop
    assert (left, width) == (0, 180)
    assert top % 2 == height % 2 == 0
    assert 8 <= top <= 10
    assert top + height <= 312


def test_clip_of_stock_footage_may_be_longer_and_of_another_shape(tmp_path):
    path = clip(tmp_path, "testsrc2=s=320x180:r=24", seconds=6)
    assert check_returned_clip(path, replace(ORDER, query="boat"), "acme").length_ms == 6000


def test_order_without_an_aspect_has_that_of_the_film(tmp_path):
    assert check_returned_clip(clip(tmp_path), replace(ORDER, aspect="auto"), "acme").width == 180


# -- faulty clips ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"<!DOCTYPE html><html><body>Not found</body></html>", "is a web page, not a video"),
        (json.dumps({"error": "expired", "key": "secret"}).encode(), "is JSON, not a video"),
        (b"#EXTM3U\n#EXTINF:2,\nhttp://example.com/a.ts\n", "is a playlist"),
        (b"ffconcat version 1.0\nfile '/etc/passwd'\n", "is a playlist"),
        (b"<?xml version='1.0'?><MPD></MPD>", "is a playlist"),
        (b"AccessDenied", "is text"),
        (b"", "is empty"),
        (b"PK\x03\x04" + bytes(100), "is a zip archive"),
        (bytes(range(256)) * 8, "is of an unknown type"),
    ],
)
def test_what_is_no_video_is_refused(tmp_path, data, reason):
    path = tmp_path / "clip.mp4"
    path.write_bytes(data)
    assert reason in reason_of(path)


@pytest.mark.parametrize(("name", "options"), [("clip.mkv", ()), ("clip.avi", ()), ("clip.gif", ()), ("clip.ts", ())])
def test_other_containers_are_refused(tmp_path, name, options):
    options = ("-pix_fmt", "pal8") if name.endswith("gif") else options
    assert "MP4, MOV, WEBM, WEBP are accepted" in reason_of(clip(tmp_path, MOVING, *options, name=name))


def test_other_codec_is_refused(tmp_path):
    path = clip(tmp_path, MOVING, "-c:v", "mjpeg", "-pix_fmt", "yuvj420p", name="clip.mov")
    assert "has the video codec mjpeg" in reason_of(path)


def test_sound_alone_is_refused(tmp_path):
    path = tmp_path / "clip.mp4"
    run(command("make sound", "-v", "error", "-f", "lavfi", "-i", "sine=d=2", "-c:a", "aac", path))
    assert "has no video stream" in reason_of(path)


def test_several_video_streams_are_refused(tmp_path):
    second = ("-f", "lavfi", "-i", MOVING, "-t", "2", "-map", "0:v", "-map", "1:v")
    assert "has 2 video streams" in reason_of(clip(tmp_path, MOVING, *second))


@pytest.mark.parametrize("share", [0.3, 0.7])
@pytest.mark.parametrize("name", ["clip.mp4", "clip.mov", "clip.webm"])
def test_incomplete_file_is_refused(tmp_path, share, name):
    path = clip(tmp_path, MOVING, *(("-movflags", "+faststart") if name != "clip.webm" else ()), name=name)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    assert any(words in reason_of(path) for words in ("cannot be decoded", "incomplete", "were ordered"))


def test_damaged_pictures_are_refused(tmp_path):
    path = clip(tmp_path, MOVING, "-movflags", "+faststart", "-g", "12")
    data = bytearray(path.read_bytes())
    noise = np.random.default_rng(1).integers(0, 256, len(data) // 3, np.uint8).tobytes()
    data[len(data) // 2 : len(data) // 2 + len(noise)] = noise
    path.write_bytes(data)
    assert "decoded" in reason_of(path)


def test_animation_that_is_cut_off_is_refused(tmp_path):
    path = tmp_path / "clip.webp"
    frames = [Image.fromarray(np.roll(pattern(), 8 * k, axis=1)) for k in range(16)]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=125, quality=95)
    path.write_bytes(path.read_bytes()[:-3000])
    assert "cannot be decoded" in reason_of(path) or "were ordered" in reason_of(path)


def test_still_webp_is_refused(tmp_path):
    Image.fromarray(pattern()).save(tmp_path / "clip.webp")
    assert "is a still picture" in reason_of(tmp_path / "clip.webp")


def test_shorter_clip_is_refused(tmp_path):
    assert reason_of(clip(tmp_path, seconds=1.5)) == "the returned clip has 1.5 s; 2 s were ordered"


def test_much_longer_clip_is_refused(tmp_path):
    assert "is longer than 4 s; 2 s were ordered" in reason_of(clip(tmp_path, seconds=4.5))


def test_small_clip_is_refused(tmp_path):
    assert "has only 180 × 320 pixels" in reason_of(clip(tmp_path), replace(ORDER, width=1080, height=1920))


@pytest.mark.parametrize("size", ["320x180", "320x320", "240x320"])
def test_other_shape_is_refused(tmp_path, size):
    assert f"has the shape {size.replace('x', ' × ')}; 9:16 was ordered" in reason_of(
        clip(tmp_path, f"testsrc2=s={size}:r=24")
    )


@pytest.mark.parametrize(("rate", "words"), [("2", "pictures in"), ("200", "pictures in")])
def test_absurd_frame_rate_is_refused(tmp_path, rate, words):
    assert words in reason_of(clip(tmp_path, f"testsrc2=s={SIZE}:r={rate}"))


def test_varying_frame_rate_is_refused(tmp_path):
    times_ms = [33 * k if k < 20 else 660 + 120 * (k - 20) for k in range(32)]
    path = material.make_numbered_video(tmp_path / "clip.mp4", times_ms, size=(180, 320))
    assert "frame rate that varies" in reason_of(path)


def test_black_clip_is_refused(tmp_path):
    path = clip(tmp_path, f"{MOVING},drawbox=c=black:t=fill:enable='gte(t,0.7)'")
    assert reason_of(path) == "the returned clip is black for 65% of its length"


@pytest.mark.parametrize("graph", [STILL, f"{STILL},noise=alls=1:allf=t"])
def test_still_is_refused_where_motion_is_asked(tmp_path, graph):
    assert "does not move for" in reason_of(clip(tmp_path, graph))


def test_clip_that_freezes_before_its_half_is_refused(tmp_path):
    frozen = f"{MOVING},trim=duration=0.8,setpts=PTS-STARTPTS,tpad=stop_mode=clone:stop_duration=1.2"
    assert "does not move for" in reason_of(clip(tmp_path, frozen))


@pytest.mark.parametrize(
    ("graph", "reason"),
    [
        ("testsrc2=s=180x102:r=24,pad=180:320:0:109", "is letterboxed: black bars cover 68% of it"),
        ("testsrc2=s=120x320:r=24,pad=180:320:30:0", "is pillarboxed: black bars cover 33% of it"),
    ],
)
def test_wide_bars_are_refused(tmp_path, graph, reason):
    assert reason_of(clip(tmp_path, graph)) == f"the returned clip {reason}"


def test_size_that_changes_is_refused(tmp_path):
    sizes = (SIZE, "360x640")
    parts = [clip(tmp_path, f"testsrc2=s={s}:r=24", "-c:v", "libx264", name=f"{s}.ts", seconds=1) for s in sizes]
    joined = tmp_path / "joined.ts"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    path = tmp_path / "clip.mp4"
    run(command("join", "-v", "error", "-i", joined, "-c", "copy", path))
    assert "changes its size" in reason_of(path)


def test_file_that_does_not_exist_is_a_fault_of_this_machine(tmp_path):
    with pytest.raises(FileNotFoundError):
        check_returned_clip(tmp_path / "clip.mp4", ORDER, "acme")
