"""Odd but honest video files: their frames are those that ffmpeg shows."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from app.core.errors import BadMedia, MediaError
from app.media.av_open import open_av
from app.media.ffmpeg import command, read_output, run
from app.media.probe.inspection import Limits, inspect
from app.media.video_stream import main_video
from app.store.backends.folder import Folder
from assembly.picture import i420
from assembly.picture.footage import check_clip, open_footage
from assembly.picture.normalise import Frame
from assembly.picture.source import probe_source
from engines.adapters.local import Local
from engines.fallback import EngineChain
from engines.footage import probe_footage
from engines.footage_subjects import subjects_of_footage
from schemas.segment import ClipRange
from tests.media import material
from tests.unit.engines.conftest import ShotFactory

SIZE, FPS = (160, 90), Fraction(30)
SOURCE = f"testsrc2=s={SIZE[0]}x{SIZE[1]}:r=30"
BT709 = ("-vf", "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p", "-colorspace", "bt709")
H264 = ("-c:v", "libx264", "-g", "15", "-bf", "3", "-crf", "12", "-pix_fmt", "yuv420p")


def ff(*args: object) -> None:
    run(command("make material", "-v", "error", *args))


def our_frames(path: Path, count: int, first: int = 0, size=SIZE, **clip) -> list[np.ndarray]:
    selection = ClipRange(material.video("x", **{"fit": "pad", **clip}), first, count, first + count)
    shown = []
    with open_footage(path, selection, Frame(*size, FPS)) as footage:
        for index in range(first, first + count):
            out = i420.empty(*size)
            footage.frame(index, out)
            shown.append(out)
    return shown


def ffmpeg_frames(path: Path, count: int, size=SIZE) -> list[np.ndarray]:
    """Return the luma that the ffmpeg command writes with its own choice of stream, times and rotation."""
    fitted = f"scale={size[0]}:{size[1]}:out_color_matrix=bt709:out_range=tv,format=yuv420p"
    rate = ("-fps_mode", "cfr", "-r", "30", "-frames:v", count)
    args = ("-v", "error", "-i", path, "-vf", fitted, *rate, "-an", "-f", "rawvideo", "-")
    with read_output(command("reference", *args)) as out:
        pixels = np.frombuffer(out.read(), np.uint8).reshape(-1, size[1] * 3 // 2, size[0])
    return list(pixels[:, : size[1]])


def difference(ours: np.ndarray, reference: np.ndarray) -> float:
    return float(np.abs(ours[: len(reference)].astype(int) - reference).mean())


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "base.mp4"
    ff("-f", "lavfi", "-i", SOURCE, "-f", "lavfi", "-i", "sine=440", "-t", 2, *H264, *BT709, "-shortest", path)
    return path


def make_odd(name: str, base: Path, into: Path) -> Path:
    """Make a file that differs from ``base`` in what its name says."""
    path, copy = into / name, ("-c", "copy")
    cover = into / "cover.jpg"
    ff("-f", "lavfi", "-i", "color=red:s=100x100", "-frames:v", 1, cover)
    preview = ("-f", "lavfi", "-i", "color=red:s=64x36:r=30")
    inputs: dict[str, tuple[object, ...]] = {
        "cut_with_edit_list.mp4": ("-ss", "0.7", "-i", base, *copy),
        "cut_without_first_times.mkv": ("-ss", "0.7", "-i", base, *copy, "-avoid_negative_ts", "disabled"),
        "begins_at_five_seconds.mkv": ("-i", base, *copy, "-output_ts_offset", 5),
        "sound_first.flv": ("-i", base, *copy),
        "cover_first.mp4": ("-i", cover, "-i", base, "-map", 0, "-map", 1, *copy, "-disposition:v:0", "attached_pic"),
        "preview_first.mkv": (*preview, "-i", base, "-t", 2, "-map", 0, "-map", 1, "-c:v:1", "copy", "-c:a", "copy"),
        "mirrored.mp4": ("-display_hflip", "-i", base, *copy),
        "upside_down.mp4": ("-display_rotation", 180, "-i", base, *copy),
        "odd_time_base.mp4": ("-i", base, *H264, *BT709, "-an", "-video_track_timescale", 97),
        "few_frames_a_second.mp4": ("-i", base, *H264, *BT709, "-an", "-r", 3),
        "one_frame.mp4": ("-i", base, *H264, *BT709, "-an", "-frames:v", 1),
        "tenth_of_a_second.mp4": ("-i", base, *H264, *BT709, "-an", "-t", 0.1),
        "ten_bits.mp4": ("-i", base, "-c:v", "libx264", "-crf", 5, "-pix_fmt", "yuv420p10le", "-colorspace", "bt709"),
        "full_chroma.mp4": ("-i", base, "-c:v", "libx264", "-crf", 5, "-pix_fmt", "yuv444p", "-colorspace", "bt709"),
        "grey.mp4": ("-i", base, "-c:v", "libx264", "-crf", 5, "-pix_fmt", "gray"),
        "full_range.avi": (
            "-i",
            base,
            "-vf",
            "scale=out_color_matrix=bt601:out_range=pc",
            "-c:v",
            "mjpeg",
            "-q:v",
            1,
            "-pix_fmt",
            "yuvj420p",
            "-an",
        ),
        "rgb.mov": ("-i", base, "-c:v", "qtrle", "-pix_fmt", "rgb24", "-an"),
    }
    ff(*inputs[name], path)
    return path


ODD = (
    *("cut_with_edit_list.mp4", "cut_without_first_times.mkv", "begins_at_five_seconds.mkv", "sound_first.flv"),
    *("cover_first.mp4", "preview_first.mkv", "mirrored.mp4", "upside_down.mp4", "odd_time_base.mp4"),
    *("few_frames_a_second.mp4", "one_frame.mp4", "tenth_of_a_second.mp4", "ten_bits.mp4", "full_chroma.mp4"),
    *("grey.mp4", "full_range.avi", "rgb.mov"),
)


@pytest.mark.parametrize("name", ODD)
def test_frames_are_those_that_ffmpeg_shows(base, tmp_path, name) -> None:
    path = make_odd(name, base, tmp_path)
    reference = ffmpeg_frames(path, 30)
    ours = our_frames(path, len(reference))
    assert max(difference(a, b) for a, b in zip(ours, reference, strict=True)) < 2.5


@pytest.mark.parametrize("name", ODD)
def test_reading_from_a_later_frame_gives_the_same_frames(base, tmp_path, name) -> None:
    path = make_odd(name, base, tmp_path)
    whole, later = our_frames(path, 30), our_frames(path, 5, first=24)
    assert max(float(np.abs(a.astype(int) - b).mean()) for a, b in zip(whole[24:29], later, strict=True)) < 0.1


@pytest.mark.parametrize("first", [3, 24, 40])
def test_transport_stream_gives_the_same_frames_from_any_start(base, tmp_path, first) -> None:
    path = tmp_path / "a.ts"
    ff("-i", base, "-c", "copy", path)
    whole, later = our_frames(path, 46), our_frames(path, 5, first=first)
    assert max(float(np.abs(a.astype(int) - b).mean()) for a, b in zip(whole[first:], later, strict=False)) < 0.1


@pytest.mark.parametrize("name", ["cover_first.mp4", "preview_first.mkv"])
def test_shown_stream_is_neither_a_cover_nor_a_small_preview(base, tmp_path, name) -> None:
    path = make_odd(name, base, tmp_path)
    with open_av(path) as container:
        assert main_video(container).codec_context.width == SIZE[0]
    facts = inspect(path, "file", Limits(1 << 30, 1 << 30, 60_000))
    assert (facts.kind, facts.width, facts.height) == ("video", *SIZE)


def test_file_with_a_cover_alone_has_no_video(tmp_path) -> None:
    cover, path = tmp_path / "cover.jpg", tmp_path / "a.m4a"
    ff("-f", "lavfi", "-i", "color=red:s=100x100", "-frames:v", 1, cover)
    sound = ("-f", "lavfi", "-i", "sine=440", "-t", 1)
    ff("-i", cover, *sound, "-map", 0, "-map", 1, "-c:v", "copy", "-disposition:v:0", "attached_pic", path)
    with pytest.raises(BadMedia, match="no video stream"):
        probe_source(path)


def test_length_of_a_clip_that_begins_late_counts_from_its_first_frame(base, tmp_path) -> None:
    path = make_odd("begins_at_five_seconds.mkv", base, tmp_path)
    assert probe_footage(path, 1500, 2000).length_ms == 2000


def test_clip_that_ffmpeg_cannot_decode_raises_an_error_that_says_so(tmp_path, base) -> None:
    path = tmp_path / "cut.mp4"
    path.write_bytes(base.read_bytes()[:2000])
    store = type("Store", (), {"local": staticmethod(lambda key: path)})
    with pytest.raises(MediaError, match="no decodable frame"):
        check_clip(material.video("cut.mp4"), store, Frame(*SIZE, FPS))


# -- size that changes on the way ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def turned(tmp_path_factory) -> Path:
    """A recording with a white square in the middle, first wide and then upright."""
    folder = tmp_path_factory.mktemp("turned")
    for name, size in (("a.ts", "320x180"), ("b.ts", "180x320")):
        square = f"color=c=0x204080:s={size}:r=30,drawbox=x=(iw-60)/2:y=(ih-60)/2:w=60:h=60:color=white:t=fill"
        ff("-f", "lavfi", "-i", square, "-t", 1, *H264, folder / name)
    joined = "|".join(str(folder / name) for name in ("a.ts", "b.ts"))
    ff("-i", f"concat:{joined}", "-c", "copy", folder / "turned.ts")
    return folder / "turned.ts"


@pytest.mark.parametrize("fit", ["pad", "blur", "crop"])
@pytest.mark.parametrize("size", [(320, 180), (180, 320)])
def test_each_size_of_a_recording_is_fitted_for_itself(turned, fit, size) -> None:
    shown = our_frames(turned, 55, size=size, fit=fit, resized=True)
    for index, source in ((10, (320, 180)), (50, (180, 320))):
        white = shown[index][: size[1]] > 200
        width, height = white.any(axis=0).sum(), white.any(axis=1).sum()
        assert abs(int(width) - int(height)) <= 4
        scale = (max if fit == "crop" else min)(size[0] / source[0], size[1] / source[1])
        assert abs(width - 60 * scale) <= 5


# -- HDR and wide gamut ----------------------------------------------------------------------------------------------


def flat_hdr(
    path: Path, code: int, transfer: str, primaries: str = "bt2020", matrix: str = "bt2020nc", *, size="108x192"
) -> Path:
    """Write a 10-bit grey of one code."""
    graph = f"color=c=gray:s={size}:r=30,format=yuv420p10le,lutyuv=y={code}:u=512:v=512"
    params = f"setparams=color_primaries={primaries}:color_trc={transfer}:colorspace={matrix}:range=tv"
    tags = ("-color_primaries", primaries, "-color_trc", transfer, "-colorspace", matrix, "-color_range", "tv")
    encoder = ("-c:v", "libx265", "-x265-params", "lossless=1:log-level=0")
    return material.make_video(path, f"{graph},{params}", *encoder, *tags, seconds=0.5)


def grey_of(path: Path) -> int:
    """Return the 8-bit level (0 … 255) at which the film shows the middle of a clip."""
    luma = our_frames(path, 2, size=(108, 192), fit="crop")[1][:192]
    return round((float(np.median(luma)) - 16) * 255 / 219)


def code_of(nits: float, transfer: str) -> int:
    """Return the 10-bit code of a grey of this light on a display of 1000 nits."""
    if transfer == "arib-std-b67":
        scene = (nits / 1000) ** (1 / 1.2)
        signal = (3 * scene) ** 0.5 if scene <= 1 / 12 else 0.17883277 * np.log(12 * scene - 0.28466892) + 0.55991073
    else:
        power = (nits / 10_000) ** (2610 / 16384)
        signal = ((3424 / 4096 + 2413 / 128 * power) / (1 + 2392 / 128 * power)) ** (2523 / 32)
    return round(64 + 876 * signal)


@pytest.mark.parametrize("transfer", ["arib-std-b67", "smpte2084"])
@pytest.mark.parametrize(("sdr", "tolerance"), [(64, 2), (128, 2), (191, 3), (230, 3)])
def test_light_below_diffuse_white_keeps_its_level(tmp_path, transfer, sdr, tolerance) -> None:
    code = code_of(203 * (sdr / 255) ** 2.4, transfer)
    assert abs(grey_of(flat_hdr(tmp_path / "a.mp4", code, transfer)) - sdr) <= tolerance


@pytest.mark.parametrize("fit", ["pad", "blur", "crop"])
@pytest.mark.parametrize("transfer", ["arib-std-b67", "smpte2084"])
def test_hdr_whose_size_changes_keeps_the_levels_below_diffuse_white(tmp_path, transfer, fit) -> None:
    code = code_of(203 * (128 / 255) ** 2.4, transfer)
    parts = [flat_hdr(tmp_path / f"{size}.ts", code, transfer, size=size) for size in ("160x90", "90x160")]
    ff("-i", "concat:" + "|".join(map(str, parts)), "-c", "copy", tmp_path / "turned.ts")
    shown = our_frames(tmp_path / "turned.ts", 30, size=(108, 192), fit=fit, resized=True)
    for frame, height in ((shown[5], 60), (shown[25], 192)):
        inside = frame[:192][96 - height // 4 : 96 + height // 4, 20:88]
        assert abs((float(np.median(inside)) - 16) * 255 / 219 - 128) <= 2
    if fit == "pad":
        assert float(np.median(shown[5][:20])) < 40


@pytest.mark.parametrize("transfer", ["arib-std-b67", "smpte2084"])
def test_diffuse_white_is_white_and_brighter_light_is_brighter(tmp_path, transfer) -> None:
    levels = [grey_of(flat_hdr(tmp_path / f"{n}.mp4", code_of(n, transfer), transfer)) for n in (203, 400, 900)]
    assert 242 <= levels[0] < levels[1] < levels[2] <= 255


@pytest.mark.parametrize("primaries", ["smpte432", "bt2020"])
@pytest.mark.parametrize("code", [200, 500, 900])
def test_grey_of_wide_gamut_sdr_is_unchanged(tmp_path, primaries, code) -> None:
    matrix = "bt2020nc" if primaries == "bt2020" else "bt709"
    grey = grey_of(flat_hdr(tmp_path / "a.mp4", code, "bt709", primaries, matrix))
    assert abs(grey - (code - 64) * 255 / 876) <= 2


def test_display_p3_is_more_vivid_than_the_same_codes_in_bt709(tmp_path) -> None:
    chroma = []
    for primaries in ("bt709", "smpte432"):
        graph = "color=c=0xC04030:s=108x192:r=30,format=gbrp,scale=out_color_matrix=bt709:out_range=tv,format=yuv420p"
        tags = ("-color_primaries", primaries, "-color_trc", "bt709", "-colorspace", "bt709", "-qp", "0")
        params = f"setparams=color_primaries={primaries}:color_trc=bt709:colorspace=bt709:range=tv"
        path = material.make_video(tmp_path / f"{primaries}.mp4", f"{graph},{params}", *tags, seconds=0.1)
        chroma.append(float(np.median(i420.planes(our_frames(path, 2, size=(108, 192), fit="crop")[1])[2])))
    assert chroma[1] > chroma[0] + 4


# -- what engines find in them ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["cut_without_first_times.mkv", "begins_at_five_seconds.mkv", "one_frame.mp4"])
def test_odd_clip_is_rendered_as_a_video(base, tmp_path, name) -> None:
    shots = ShotFactory(tmp_path)
    clip = EngineChain((Local(),), Local()).render(shots.shot(make_odd(name, base, tmp_path), kind="video"))
    assert (clip.kind, clip.warnings, clip.steps_down) == ("video", (), ())


def test_file_in_which_no_place_can_be_found_is_rendered_as_a_video(base, tmp_path) -> None:
    # Without times, length and index: every seek fails.
    path = tmp_path / "a.h264.mkv"
    ff("-i", base, "-an", "-c", "copy", "-f", "h264", tmp_path / "a.h264")
    with av.open(str(tmp_path / "a.h264")) as raw, av.open(str(path), "w", options={"live": "1"}) as file:
        stream = file.add_stream_from_template(raw.streams.video[0])
        for number, packet in enumerate(raw.demux(raw.streams.video[0])):
            if packet.size:
                packet.stream, packet.pts, packet.dts, packet.time_base = stream, number, number, Fraction(1, 30)
                file.mux(packet)
    shots = ShotFactory(tmp_path)
    clip = EngineChain((Local(),), Local()).render(shots.shot(path, kind="video"))
    assert (clip.kind, clip.warnings) == ("video", ())


def test_size_that_changes_is_known_to_the_clip(turned, tmp_path) -> None:
    clip = Local().render(ShotFactory(tmp_path).shot(turned, kind="video"))
    assert (clip.resized, clip.aspect) == (True, None)


def test_hdr_has_the_tone_of_the_same_picture_in_sdr(tmp_path) -> None:
    levels = []
    for name, code, transfer in (("hlg", code_of(203 * 0.5, "arib-std-b67"), "arib-std-b67"), ("sdr", 720, "bt709")):
        path = flat_hdr(tmp_path / f"{name}.mp4", code, transfer)
        found = subjects_of_footage(path, name.ljust(64, "0"), 100, Folder(tmp_path))
        levels.append(np.mean(list(bytes.fromhex(found.moments[0].subjects.tone.luma))))
    assert levels[0] == pytest.approx(255 * 0.5 ** (1 / 2.4), abs=4)
    assert levels[1] == pytest.approx((720 - 64) * 255 / 876, abs=4)
