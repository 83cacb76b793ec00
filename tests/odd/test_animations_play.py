"""Animated images in a film: they play in a loop at their own speed, on the film's frame grid."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from app.core.errors import BadMedia
from app.media.ffmpeg import command, read_output
from app.media.probe.inspection import Limits, inspect
from app.planning.timing.clip_fit import fit_clip
from assembly.encode.compose import draw_frames
from assembly.picture import i420
from engines.adapters.local import Local
from engines.animations import Video, animation_as_video, pictures_at
from engines.base import Shot
from engines.footage_subjects import subjects_of_footage
from presets.library import preset
from schemas.segment import ClipRange
from tests.media import material
from tests.odd.broken_notes import GIF_NOTES, PNG_NOTES, WEBP_NOTES, exif, webp_with
from tests.unit.engines.conftest import ShotFactory

COLOURS = {"red": (200, 0, 0), "green": (0, 160, 0), "blue": (0, 0, 200), "purple": (200, 0, 200)}
FORMATS = {"gif": "GIF", "webp": "WEBP", "png": "PNG", "avif": "AVIF"}
LIMITS = Limits(max_bytes=8 << 20, max_pixels=4_000_000, max_ms=60_000)


def animation(path: Path, durations_ms: list[int], size=(108, 192)) -> Path:
    frames = [Image.new("RGB", size, colour) for _, colour in zip(durations_ms, COLOURS.values(), strict=False)]
    options = {"lossless": True} if path.suffix == ".webp" else {}
    format_ = FORMATS[path.suffix[1:]]
    frames[0].save(path, format_, save_all=True, append_images=frames[1:], duration=durations_ms, loop=0, **options)
    return path


def shot_of(shots: ShotFactory, path: Path, **options: object) -> Shot:
    """Return a shot of the animation with the facts that an upload of it has."""
    facts = inspect(path, "file", LIMITS)
    shot = shots.shot(path, kind="video", **options)
    size = {"width": facts.width, "height": facts.height, "length_ms": facts.length_ms, "alpha": facts.alpha}
    return replace(shot, asset=replace(shot.asset, content_type=facts.content_type, **size))


def names_in_film(shots: ShotFactory, shot: Shot, count: int) -> list[str]:
    """Return the name of the colour in the middle of each of the first frames."""
    clip = Local().render(shot)
    segment = material.segment(ClipRange(clip, 0, count, count), count)
    return [colour_name(frame) for frame in draw_frames(segment, list(range(count)), shots.store)]


def colour_name(frame: np.ndarray) -> str:
    y, u, v = (float(plane[plane.shape[0] // 2, plane.shape[1] // 2]) for plane in i420.planes(frame))
    luma, cb, cr = (y - 16) / 219, (u - 128) / 224, (v - 128) / 224
    red, blue = luma + 1.5748 * cr, luma + 1.8556 * cb
    rgb = np.array([red, (luma - 0.2126 * red - 0.0722 * blue) / 0.7152, blue]) * 255
    return min(COLOURS, key=lambda name: float(np.abs(rgb - COLOURS[name]).sum()))


@pytest.fixture
def shots(tmp_path) -> ShotFactory:
    return ShotFactory(tmp_path)


@pytest.mark.parametrize("suffix", FORMATS)
def test_colours_follow_each_other_and_begin_again(shots, tmp_path, suffix) -> None:
    path = animation(tmp_path / f"a.{suffix}", [400] * 4)
    shown = names_in_film(shots, shot_of(shots, path), 85)
    assert [shown[index] for index in (6, 18, 30, 42, 54, 66, 78)] == [*COLOURS, *list(COLOURS)[:3]]


@pytest.mark.parametrize("suffix", FORMATS)
def test_each_frame_is_shown_as_long_as_it_says(shots, tmp_path, suffix) -> None:
    path = animation(tmp_path / f"a.{suffix}", [200, 1000, 100])
    shown = names_in_film(shots, shot_of(shots, path), 39)
    assert [shown.count(name) for name in ("red", "green", "blue")] == [6, 30, 3]


def test_frame_of_10_ms_is_shown_for_100_ms(shots, tmp_path) -> None:
    path = animation(tmp_path / "a.gif", [10, 10, 10])
    assert names_in_film(shots, shot_of(shots, path), 9) == ["red"] * 3 + ["green"] * 3 + ["blue"] * 3


def test_frames_shorter_than_those_of_the_film_keep_the_time(shots, tmp_path) -> None:
    path = animation(tmp_path / "a.gif", [20, 20, 20, 20])
    clip = Local().render(shot_of(shots, path))
    assert clip.length_ms >= 3000
    assert len(set(names_in_film(shots, shot_of(shots, path), 12))) >= 3


def test_blank_first_frame_does_not_hide_the_others(shots, tmp_path) -> None:
    path = tmp_path / "a.gif"
    frames = [Image.new("RGB", (108, 192), colour) for colour in ((255, 255, 255), *COLOURS.values())]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=[100, 300, 300, 300, 300], loop=0)
    assert names_in_film(shots, shot_of(shots, path), 38)[6::9] == list(COLOURS)


def test_clip_is_as_long_as_its_scene_and_starts_where_the_scene_says(shots, tmp_path) -> None:
    path = animation(tmp_path / "a.png", [400] * 4)
    shot = shot_of(shots, path, start_ms=400)
    clip = Local().render(shot)
    assert (clip.start_ms, clip.kind, clip.cuts_ms) == (400, "video", ())
    assert names_in_film(shots, shot, 13)[6] == "green"
    fitted = fit_clip(shot.frames, clip, preset("clean_bold").pacing, shot.fps, spoken=False)
    assert (fitted.frames, fitted.speed, fitted.hold_frames) == (shot.frames, 1.0, 0)


def test_image_before_an_animated_png_is_not_part_of_it(shots, tmp_path) -> None:
    path = tmp_path / "a.png"
    frames = [Image.new("RGB", (108, 192), colour) for colour in COLOURS.values()]
    default = Image.new("RGB", (108, 192), (255, 255, 255))
    default.save(path, "PNG", save_all=True, append_images=frames, duration=200, default_image=True)
    assert names_in_film(shots, shot_of(shots, path), 24)[3::6] == list(COLOURS)


@pytest.mark.parametrize("disposal", [0, 1, 2, 3])
def test_frames_of_a_gif_are_composed_as_ffmpeg_composes_them(tmp_path, disposal) -> None:
    path, frames = tmp_path / "a.gif", []
    for number in range(4):
        frame = Image.new("RGBA", (40, 30), (0, 0, 0, 0))
        ImageDraw.Draw(frame).rectangle((number * 9, 5, number * 9 + 8, 20), fill=(200, 50 * number, 0, 255))
        frames.append(frame)
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=100, disposal=disposal)
    raw = ("-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "rgba", "-fps_mode", "passthrough", "-")
    with read_output(command("reference", *raw)) as out:
        reference = np.frombuffer(out.read(), np.uint8).reshape(-1, 30, 40, 4)
    ours = [picture for _, picture in pictures_at(path, [50, 150, 250, 350])]
    for mine, theirs in zip(ours, reference, strict=True):
        alpha = np.full((30, 40), 255) if mine.alpha is None else mine.alpha
        assert (alpha == theirs[..., 3]).all()
        assert (mine.rgb[alpha > 0] == theirs[..., :3][alpha > 0]).all()


def test_large_animation_is_stored_no_larger_than_the_film_needs(shots, tmp_path) -> None:
    path = animation(tmp_path / "a.png", [100] * 4, size=(1080, 1920))
    video = Video(108, 192, Fraction(30), 1000, alpha=False)
    from assembly.picture.source import probe_source

    source = probe_source(shots.store.local(animation_as_video(path, "f" * 64, video, shots.store)))
    assert (source.width, source.height) == (135, 240)


def test_subjects_are_searched_over_one_loop(shots, tmp_path) -> None:
    path = animation(tmp_path / "a.webp", [1000] * 4)
    found = subjects_of_footage(path, "e" * 64, 4000, shots.store)
    assert [moment.at_ms for moment in found.moments] == [500, 1500, 2500, 3500]
    assert found.aspect == pytest.approx(108 / 192, abs=1e-3)


def test_damaged_frame_ends_the_loop(shots, tmp_path) -> None:
    path = animation(tmp_path / "a.png", [200] * 4)
    data = path.read_bytes()
    second = data.index(b"fdAT", data.index(b"fdAT") + 4)
    path.write_bytes(data[: second + 8] + b"\xff" * 20 + data[second + 28 :])
    shot = shots.shot(path, kind="video")
    shot = replace(shot, asset=replace(shot.asset, content_type="image/png", length_ms=800))
    assert set(names_in_film(shots, shot, 30)) == {"red", "green"}


def accepted_and_played(path: Path, data: bytes) -> bool:
    """Whether the inspection accepts an animation of four frames of 200 ms, and all of them are shown."""
    path.write_bytes(data)
    facts = inspect(path, "file", LIMITS)
    shown = {picture.rgb[5, 5].tobytes() for _, picture in pictures_at(path, [100, 300, 500, 700])}
    return (facts.kind, facts.length_ms, len(shown)) == ("video", 800, 4)


@pytest.mark.parametrize("place", ["first", "middle", "end"])
@pytest.mark.parametrize("note", PNG_NOTES)
def test_animated_png_with_a_damaged_note_plays(tmp_path, note, place) -> None:
    path = animation(tmp_path / "a.png", [200] * 4)
    data = path.read_bytes()
    at = {"first": 33, "middle": data.index(b"fdAT") - 4, "end": len(data) - 12}[place]
    assert accepted_and_played(path, data[:at] + PNG_NOTES[note] + data[at:])


@pytest.mark.parametrize("place", ["first", "middle", "end"])
@pytest.mark.parametrize("note", GIF_NOTES)
def test_animated_gif_with_a_damaged_note_plays(tmp_path, note, place) -> None:
    path = animation(tmp_path / "a.gif", [200] * 4)
    data = path.read_bytes()
    at = {"first": data.index(b"!"), "middle": data.rindex(b"!\xf9"), "end": len(data) - 1}[place]
    assert accepted_and_played(path, data[:at] + GIF_NOTES[note] + data[at:])


@pytest.mark.parametrize("note", WEBP_NOTES)
def test_animated_webp_with_a_damaged_note_plays(tmp_path, note) -> None:
    path = animation(tmp_path / "a.webp", [200] * 4)
    assert accepted_and_played(path, webp_with(path.read_bytes(), note))


def test_animated_avif_with_damaged_exif_plays(tmp_path) -> None:
    path, frames = tmp_path / "a.avif", [Image.new("RGB", (40, 30), colour) for colour in COLOURS.values()]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=200, exif=exif(1))
    assert accepted_and_played(path, path.read_bytes().replace(exif(1), b"?" * len(exif(1))))


def test_inspection_refuses_an_animated_png_with_a_damaged_frame(tmp_path) -> None:
    path = animation(tmp_path / "a.png", [200] * 4)
    data = bytearray(path.read_bytes())
    data[data.rindex(b"fdAT") + 12] ^= 0x55
    path.write_bytes(data)
    with pytest.raises(BadMedia, match="the PNG is damaged or incomplete"):
        inspect(path, "file", LIMITS)


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"RIFF\x08\x00\x00\x00WEBPVP8X", b"\x89PNG\r\n\x1a\n"])
@pytest.mark.parametrize("suffix", ["gif", "webp", "png", "avif"])
def test_file_without_frames_is_refused_and_not_read_forever(shots, tmp_path, data, suffix) -> None:
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(data)
    with pytest.raises(BadMedia):
        animation_as_video(path, "d" * 64, Video(108, 192, Fraction(30), 1000, alpha=False), shots.store)
