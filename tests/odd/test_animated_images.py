"""Images with several frames are silent clips: their kind, their length and their transparency."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from app.core.errors import BadMedia
from app.media.probe.inspection import Limits, MediaFacts, inspect

LIMITS = Limits(max_bytes=8 << 20, max_pixels=4_000_000, max_ms=60_000)
TYPES = {"GIF": (".gif", "image/gif"), "WEBP": (".webp", "image/webp"), "PNG": (".png", "image/png")}
TYPES_AND_AVIF = {**TYPES, "AVIF": (".avif", "image/avif")}


def animation(format_: str, duration_ms: int | list[int] = 200, count: int = 3, mode: str = "RGB") -> bytes:
    """An animation of 40 × 30 pixels with a square that moves."""
    frames = []
    for number in range(count):
        frame = Image.new(mode, (40, 30), (255, 255, 255, 255)[: len(mode)])
        colour = (255, 20 * number, 0, 255)[: len(mode)]
        ImageDraw.Draw(frame).rectangle((number * 9, 5, number * 9 + 8, 20), fill=colour)
        frames.append(frame)
    buffer = io.BytesIO()
    frames[0].save(buffer, format_, save_all=True, append_images=frames[1:], duration=duration_ms)
    return buffer.getvalue()


def facts(folder: Path, data: bytes, limits: Limits = LIMITS) -> MediaFacts:
    path = folder / "a"
    path.write_bytes(data)
    return inspect(path, "file", limits)


@pytest.mark.parametrize("format_", TYPES_AND_AVIF)
def test_image_with_several_frames_is_a_silent_clip_as_long_as_one_loop(tmp_path: Path, format_: str) -> None:
    suffix, content_type = TYPES_AND_AVIF[format_]
    expected = MediaFacts("video", content_type, suffix, 40, 30, length_ms=600)
    assert facts(tmp_path, animation(format_)) == expected


@pytest.mark.parametrize("format_", TYPES_AND_AVIF)
def test_image_saved_as_an_animation_of_one_frame_is_an_image(tmp_path: Path, format_: str) -> None:
    assert facts(tmp_path, animation(format_, count=1)).kind == "image"


@pytest.mark.parametrize("format_", TYPES)
def test_each_frame_has_its_own_duration(tmp_path: Path, format_: str) -> None:
    assert facts(tmp_path, animation(format_, [100, 250, 70])).length_ms == 420


@pytest.mark.parametrize("format_", TYPES)
@pytest.mark.parametrize("duration_ms", [0, 10])
def test_frame_of_10_ms_or_less_counts_as_100_ms_as_in_browsers(tmp_path: Path, format_: str, duration_ms: int) -> None:
    assert facts(tmp_path, animation(format_, duration_ms)).length_ms == 300


@pytest.mark.parametrize("format_", ["GIF", "WEBP", "PNG"])
def test_animation_with_transparent_pixels_has_alpha(tmp_path: Path, format_: str) -> None:
    assert not facts(tmp_path, animation(format_)).alpha
    frames = [Image.new("RGBA", (40, 30)) for _ in range(3)]
    for number, frame in enumerate(frames):
        ImageDraw.Draw(frame).rectangle((number * 9, 5, number * 9 + 8, 20), fill=(255, 0, 0, 255))
    buffer = io.BytesIO()
    frames[0].save(buffer, format_, save_all=True, append_images=frames[1:], duration=100, disposal=2)
    assert facts(tmp_path, buffer.getvalue()).alpha


def test_default_image_of_an_animated_png_is_no_frame(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("white", "red", "blue")]
    buffer = io.BytesIO()
    frames[0].save(buffer, "PNG", save_all=True, default_image=True, append_images=frames[1:], duration=100)
    assert facts(tmp_path, buffer.getvalue()).length_ms == 200


def test_gif_without_its_end_mark_is_accepted(tmp_path: Path) -> None:
    data = animation("GIF")
    assert data.endswith(b";")
    assert facts(tmp_path, data[:-1]).length_ms == 600


def test_animation_longer_than_the_limit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadMedia, match="longer than the allowed 1 seconds"):
        facts(tmp_path, animation("GIF", 500), Limits(8 << 20, 4_000_000, 1_000))


def tiny_frames(count: int) -> bytes:
    """A GIF with frames of one pixel that share nothing; 20 bytes each."""
    frame = b"!\xf9\x04\x04\x05\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00"
    return b"GIF89a" + struct.pack("<HH", 1, 1) + b"\x80\x00\x00" + b"\xff\xff\xff\x00\x00\x00" + frame * count + b";"


def test_gif_with_more_frames_than_allowed_is_refused_by_their_number(tmp_path: Path) -> None:
    assert facts(tmp_path, tiny_frames(5)).length_ms == 250
    with pytest.raises(BadMedia, match="more than 10,000 frames"):
        facts(tmp_path, tiny_frames(100_000))
