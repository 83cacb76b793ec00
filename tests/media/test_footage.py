"""Reading footage: frames of the film's rate, size and colour from any user video."""

from fractions import Fraction

import numpy as np
import pytest

from app.core.errors import MediaError
from assembly.picture import i420
from assembly.picture.footage import open_footage
from assembly.picture.normalise import Frame
from schemas.exposure import Exposure
from schemas.scene_graph import Focus
from schemas.segment import ClipRange
from tests.media import material

FPS = Fraction(30)
EVEN = [round(n * 1000 / 30) for n in range(50)]


def clip_range(first=0, frames=20, of=None, in_ms=0, speed=1.0, hold=0, **clip):
    return ClipRange(material.video("x", **clip), first, frames, of or first + frames, in_ms, speed, hold)


def frames(path, selection, size=(108, 192), fps=FPS, cube=None):
    result = []
    with open_footage(path, selection, Frame(*size, fps), cube) as footage:
        for index in range(selection.first, selection.first + selection.frames):
            out = i420.empty(*size)
            footage.frame(index, out)
            result.append(out)
    return result


def numbers(path, selection, **options):
    return [material.number_in(frame) for frame in frames(path, selection, **options)]


def test_frames_are_read_in_order_from_the_first(tmp_path):
    path = material.make_numbered_video(tmp_path / "a.mp4", EVEN)
    assert numbers(path, clip_range(0, 30)) == list(range(30))


@pytest.mark.parametrize("first", [1, 7, 24, 25, 26, 43])
def test_range_that_starts_later_gives_the_same_frames(tmp_path, first):
    path = material.make_numbered_video(tmp_path / "a.mp4", EVEN)
    assert numbers(path, clip_range(first, 5)) == list(range(first, first + 5))


def test_in_ms_and_start_ms_are_added(tmp_path):
    path = material.make_numbered_video(tmp_path / "a.mp4", EVEN)
    assert numbers(path, clip_range(0, 3, in_ms=200, start_ms=500)) == [21, 22, 23]


def test_slow_motion_repeats_frames(tmp_path):
    path = material.make_numbered_video(tmp_path / "a.mp4", EVEN)
    assert numbers(path, clip_range(0, 8, speed=0.5)) in ([0, 1, 1, 2, 2, 3, 3, 4], [0, 0, 1, 1, 2, 2, 3, 3])


@pytest.mark.parametrize("speed", [0.5, 0.6, 0.77, 1.0])
@pytest.mark.parametrize("first", [3, 11])
def test_slow_motion_does_not_depend_on_the_first_frame(tmp_path, speed, first):
    path = material.make_numbered_video(tmp_path / "a.mp4", EVEN)
    whole = numbers(path, clip_range(0, first + 6, speed=speed))
    assert numbers(path, clip_range(first, 6, speed=speed)) == whole[first:]


def test_last_frame_is_held(tmp_path):
    path = material.make_numbered_video(tmp_path / "a.mp4", EVEN)
    assert numbers(path, clip_range(0, 10, of=10, hold=4)) == [0, 1, 2, 3, 4, 5, 5, 5, 5, 5]


def test_range_that_starts_in_the_hold_gives_the_held_frame(tmp_path):
    path = material.make_numbered_video(tmp_path / "a.mp4", EVEN)
    assert numbers(path, clip_range(7, 3, of=10, hold=4)) == [5, 5, 5]


def test_file_that_ends_early_holds_its_last_frame(tmp_path):
    path = material.make_numbered_video(tmp_path / "a.mp4", EVEN[:6])
    assert numbers(path, clip_range(0, 9)) == [0, 1, 2, 3, 4, 5, 5, 5, 5]


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "mov", "avi", "ts"])
def test_range_after_the_end_of_the_file_gives_its_last_frame(tmp_path, suffix):
    path = material.make_numbered_video(tmp_path / f"a.{suffix}", EVEN[:6])
    assert numbers(path, clip_range(20, 2)) == [5, 5]


UNEVEN = [0, 30, 70, 500, 520, 1400, 1433, 1467]


def test_frames_of_variable_rate_are_shown_at_their_time(tmp_path):
    path = material.make_numbered_video(tmp_path / "vfr.mp4", UNEVEN)
    shown = numbers(path, clip_range(0, 44))
    assert shown[0:3] == [0, 1, 2]
    assert shown[3:15] == [2] * 12
    assert set(shown[16:42]) == {4}
    assert shown[42:44] == [5, 6]


@pytest.mark.parametrize("first", [4, 10, 15, 30, 41])
def test_range_that_starts_inside_a_long_frame_shows_that_frame(tmp_path, first):
    path = material.make_numbered_video(tmp_path / "vfr.mp4", UNEVEN)
    whole = numbers(path, clip_range(0, 44))
    assert numbers(path, clip_range(first, 3)) == whole[first : first + 3]


@pytest.mark.parametrize("fps", [Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(60)])
def test_other_frame_rates_keep_the_time(tmp_path, fps):
    path = material.make_numbered_video(tmp_path / "a.mp4", EVEN)
    count = int(fps)
    shown = numbers(path, clip_range(0, count), fps=fps)
    assert all(abs(n - index * 30 / float(fps)) <= 1 for index, n in enumerate(shown))
    assert shown == sorted(shown)


def test_earlier_frame_raises_value_error(tmp_path):
    path = material.make_numbered_video(tmp_path / "a.mp4", EVEN)
    out = i420.empty(108, 192)
    with open_footage(path, clip_range(0, 20), Frame(108, 192, FPS)) as footage:
        footage.frame(9, out)
        with pytest.raises(ValueError, match="requested after frame 9"):
            footage.frame(3, out)


def test_file_that_is_not_a_video_raises_media_error(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"this is not a video" * 100)
    with pytest.raises(MediaError, match="no decodable frame"):
        frames(path, clip_range())


def test_playlist_is_not_opened(tmp_path):
    material.make_numbered_video(tmp_path / "a.mp4", EVEN)
    path = tmp_path / "list.mp4"
    path.write_text("ffconcat version 1.0\nfile a.mp4\n")
    with pytest.raises(MediaError):
        frames(path, clip_range())


# -- shape -----------------------------------------------------------------------------------------------------------

# The left half is dark, the right half light.
HALVES = "color=c=black:s={}x{}:r=30,drawbox=x=iw/2:w=iw/2:h=ih:y=0:color=white:t=fill"


def test_wide_video_is_cropped_around_its_focus(tmp_path):
    path = material.make_video(tmp_path / "a.mp4", HALVES.format(320, 180), "-pix_fmt", "yuv420p")
    left = frames(path, clip_range(0, 2, fit="crop", focus=Focus(0.1, 0.5)))[1]
    right = frames(path, clip_range(0, 2, fit="crop", focus=Focus(0.9, 0.5)))[1]
    assert left[:192].max() < 30
    assert right[:192].min() > 220


def test_wide_video_is_padded_with_its_background_colour(tmp_path):
    path = material.make_video(tmp_path / "a.mp4", "color=c=white:s=320x180:r=30", "-pix_fmt", "yuv420p")
    frame = frames(path, clip_range(0, 2, fit="pad", ground="#FF0000"))[1]
    assert frame[96, 54] > 230
    assert np.abs(i420.planes(frame)[0][5, 5].astype(int) - 63) <= 3
    assert np.abs(i420.planes(frame)[2][3, 3].astype(int) - 240) <= 3


def test_wide_video_has_a_blurred_background(tmp_path):
    path = material.make_video(tmp_path / "a.mp4", "testsrc2=s=320x180:r=30", "-pix_fmt", "yuv420p")
    frame = frames(path, clip_range(0, 2, fit="blur"))[1]
    sharp, soft = frame[80:110].astype(int), frame[10:40].astype(int)
    assert np.abs(np.diff(sharp, axis=1)).mean() > 3 * np.abs(np.diff(soft, axis=1)).mean()
    assert soft.std() > 2


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_display_rotation_is_applied(tmp_path, rotation):
    flat = material.make_video(tmp_path / "flat.mp4", HALVES.format(192, 108), "-pix_fmt", "yuv420p", "-c:v", "libx264")
    path = tmp_path / "rotated.mp4"
    from app.media.ffmpeg import command, run

    run(command("rotate", "-v", "error", "-display_rotation", rotation, "-i", flat, "-c", "copy", path))
    size = (192, 108) if rotation == 180 else (108, 192)
    frame = frames(path, clip_range(0, 2), size=size)[1][: size[1]]
    light_half = {90: frame[:90], 180: frame[:, :90], 270: frame[100:]}[rotation]
    dark_half = {90: frame[100:], 180: frame[:, 100:], 270: frame[:90]}[rotation]
    assert light_half.min() > 200
    assert dark_half.max() < 50


def test_sample_aspect_ratio_is_applied(tmp_path):
    # 96 × 192 pixels with the aspect 9/8: displayed at a width of 108.
    options = ("-vf", "setsar=9/8", "-pix_fmt", "yuv420p")
    path = material.make_video(tmp_path / "a.mp4", HALVES.format(96, 192), *options)
    frame = frames(path, clip_range(0, 2, fit="pad", ground="#FF0000"))[1]
    assert frame[:192, :50].max() < 40
    assert frame[:192, 58:].min() > 200


@pytest.mark.parametrize("size", [(107, 191), (33, 77), (109, 192)])
@pytest.mark.parametrize("fit", ["crop", "pad", "blur"])
def test_odd_sizes_fill_the_frame(tmp_path, size, fit):
    source = f"color=c=gray:s={size[0]}x{size[1]}:r=30"
    path = material.make_video(tmp_path / "a.mkv", source, "-c:v", "ffv1", "-pix_fmt", "yuv444p", seconds=0.2)
    frame = frames(path, clip_range(0, 2, fit=fit, ground="#808080"))[1]
    assert np.abs(frame[:192].astype(int) - 126).max() <= 45
    assert np.abs(frame[90:100, 50:60].astype(int) - 126).max() <= 2


def test_transparent_video_shows_the_background_colour(tmp_path):
    clear = "color=c=black@0.0:s=108x192:r=30,format=rgba"
    path = material.make_video(tmp_path / "a.mov", clear, "-c:v", "qtrle", seconds=0.3)
    frame = frames(path, clip_range(0, 2, ground="#00FF00"))[1]
    assert np.abs(i420.planes(frame)[0].astype(int) - 173).max() <= 2


def test_vp9_alpha_is_read(tmp_path):
    clear = "color=c=red@0.0:s=108x192:r=30,format=yuva420p"
    path = material.make_video(tmp_path / "a.webm", clear, "-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p", seconds=0.2)
    frame = frames(path, clip_range(0, 2, ground="#FFFFFF"))[1]
    assert i420.planes(frame)[0].min() > 225


def test_interlaced_video_is_deinterlaced(tmp_path):
    moving = "testsrc2=s=320x180:r=60,interlace=scan=tff"
    options = ("-c:v", "mpeg2video", "-q:v", "2", "-flags", "+ildct+ilme", "-pix_fmt", "yuv420p")
    path = material.make_video(tmp_path / "a.mpg", moving, *options)
    luma = frames(path, clip_range(5, 2), size=(320, 180))[1][:180].astype(int)
    # Combing: lines that differ from both neighbours, while the neighbours are similar.
    comb = np.abs(2 * luma[1:-1] - luma[:-2] - luma[2:]) - np.abs(luma[2:] - luma[:-2])
    from assembly.picture.source import probe_source

    assert probe_source(path).interlaced
    assert (comb > 60).mean() < 0.02


# -- colour ----------------------------------------------------------------------------------------------------------

RED = (63, 102, 240)  # BT.709, limited range, of pure red


def colour_of(frame):
    return tuple(int(np.median(plane)) for plane in i420.planes(frame))


def near(colour, reference, tolerance=3):
    return all(abs(a - b) <= tolerance for a, b in zip(colour, reference, strict=True))


@pytest.mark.parametrize(
    ("matrix", "tag", "span"),
    [("bt709", "bt709", "tv"), ("bt601", "smpte170m", "tv"), ("bt709", "bt709", "pc"), ("bt601", "bt470bg", "pc")],
)
def test_colour_tags_are_used(tmp_path, matrix, tag, span):
    converted = f"scale=out_color_matrix={matrix}:out_range={span},format=yuv420p"
    tags = ("-colorspace", tag, "-color_range", span, "-qp", "0")
    path = material.make_video(
        tmp_path / "a.mp4", f"color=c=red:s=108x192:r=30,format=gbrp,{converted}", *tags, seconds=0.2
    )
    assert near(colour_of(frames(path, clip_range(0, 2))[1]), RED)


@pytest.mark.parametrize(("size", "matrix"), [("108x192", "bt601"), ("1280x720", "bt709")])
def test_untagged_matrix_depends_on_the_size(tmp_path, size, matrix):
    converted = (
        f"scale=out_color_matrix={matrix}:out_range=tv,format=yuv420p,setparams=colorspace=unknown:range=unknown"
    )
    path = tmp_path / "a.mp4"
    material.make_video(path, f"color=c=red:s={size}:r=30,format=gbrp,{converted}", "-qp", "0", seconds=0.2)
    assert near(colour_of(frames(path, clip_range(0, 2, fit="crop"))[1]), RED)


def test_rgb_video_is_converted_to_bt709(tmp_path):
    path = material.make_video(
        tmp_path / "a.mov", "color=c=red:s=108x192:r=30,format=rgb24", "-c:v", "qtrle", seconds=0.2
    )
    assert near(colour_of(frames(path, clip_range(0, 2))[1]), RED)


@pytest.mark.parametrize(("transfer", "grey"), [("smpte2084", 593), ("arib-std-b67", 769)])
def test_hdr_is_converted_to_sdr(tmp_path, transfer, grey):
    # The 10-bit code of SDR white (203 nits, BT.2408), which would be grey if its HDR curve were kept.
    uniform = f"color=c=gray:s=108x192:r=30,format=yuv420p10le,lutyuv=y={grey}:u=512:v=512"
    tags = ("-color_primaries", "bt2020", "-color_trc", transfer, "-colorspace", "bt2020nc", "-color_range", "tv")
    params = f"setparams=color_primaries=bt2020:color_trc={transfer}:colorspace=bt2020nc:range=tv"
    path = tmp_path / "a.mp4"
    material.make_video(
        path, f"{uniform},{params}", "-c:v", "libx265", "-x265-params", "lossless=1:log-level=0", *tags, seconds=0.2
    )
    y, u, v = colour_of(frames(path, clip_range(0, 2))[1])
    assert 150 <= y <= 236
    assert abs(u - 128) <= 2
    assert abs(v - 128) <= 2


def test_grade_is_applied_from_its_cube(tmp_path):
    from app.media.grading import cube_text
    from schemas.preset import Grade

    table = tmp_path / "grade.cube"
    table.write_text(cube_text(Grade(saturation=0.0)))
    path = material.make_video(
        tmp_path / "a.mov", "color=c=red:s=108x192:r=30,format=rgb24", "-c:v", "qtrle", seconds=0.2
    )
    y, u, v = colour_of(frames(path, clip_range(0, 2), cube=table)[1])
    assert (abs(u - 128) <= 1, abs(v - 128) <= 1) == (True, True)
    assert abs(y - 63) <= 3


@pytest.mark.parametrize("exposure", [Exposure(0.8), Exposure(-1.2), Exposure(0.3, 1.7)])
def test_exposure_is_the_same_through_the_filter_graph_and_on_decoded_planes(tmp_path, exposure):
    # The second file has another size, so that it is read through ffmpeg's filters.
    frames = []
    for name, size in (("direct.mp4", "108x192"), ("scaled.mp4", "216x384")):
        graph = f"color=c=0x7A5030:s={size}:r=30"
        path = material.make_video(
            tmp_path / name,
            graph,
            "-c:v",
            "libx264",
            "-crf",
            "5",
            "-pix_fmt",
            "yuv420p",
            *("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"),
        )
        out = i420.empty(108, 192)
        clip_range = ClipRange(material.video("x", fit="crop", exposure=exposure), 0, 2, 2)
        with open_footage(path, clip_range, Frame(108, 192, Fraction(30))) as footage:
            footage.frame(1, out)
        frames.append([float(np.median(plane)) for plane in i420.planes(out)])
    assert frames[0] == pytest.approx(frames[1], abs=1.5)
    plain = i420.empty(108, 192)
    with open_footage(path, ClipRange(material.video("x", fit="crop"), 0, 2, 2), Frame(108, 192, Fraction(30))) as f:
        f.frame(1, plain)
    luma = (float(np.median(i420.planes(plain)[0])) - 16) / 219
    assert frames[0][0] == pytest.approx(16 + 219 * exposure.level(luma), abs=1.5)


def test_ground_of_a_padded_video_keeps_its_colour(tmp_path):
    path = material.make_video(tmp_path / "a.mp4", "color=c=gray:s=200x100:r=30", "-c:v", "libx264")
    out = i420.empty(108, 192)
    clip = material.video("x", fit="pad", ground="#808080", exposure=Exposure(1.0))
    with open_footage(path, ClipRange(clip, 0, 2, 2), Frame(108, 192, Fraction(30))) as footage:
        footage.frame(1, out)
    luma = i420.planes(out)[0]
    assert abs(int(luma[5, 50]) - 126) <= 2 and luma[96, 50] > 150
