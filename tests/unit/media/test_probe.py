"""Inspection of uploaded files: the facts of accepted files, and the reasons for refused ones."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from app.core.config import Settings
from app.core.errors import BadMedia, TooLarge
from app.media import ffmpeg
from app.media.probe.inspection import Limits, MediaFacts, inspect

LIMITS = Limits(max_bytes=8 << 20, max_pixels=4_000_000, max_ms=60_000)


def facts(path: Path, **limits: int) -> MediaFacts:
    return inspect(path, "media[0]", replace(LIMITS, **limits))


def refused(path: Path, **limits: int) -> str:
    with pytest.raises(BadMedia) as caught:
        facts(path, **limits)
    assert caught.value.field == "media[0]"
    return str(caught.value.reason)


def picture(width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
    noise = np.random.default_rng(7).integers(0, 255, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(noise).convert(mode)


def make_video(path: Path, *args: str, picture_s: float = 1.0, size: str = "64x48") -> Path:
    ffmpeg.run(
        ffmpeg.command(
            "make a clip", "-f", "lavfi", "-i", f"testsrc2=s={size}:r=25:d={picture_s}", *args, path, limit_s=30
        )
    )
    return path


def make_audio(path: Path, *args: str, seconds: float = 1.0) -> Path:
    tone = f"sine=f=440:r=44100:d={seconds}"
    ffmpeg.run(ffmpeg.command("make a tone", "-f", "lavfi", "-i", tone, *args, path, limit_s=30))
    return path


# -- images ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("format_", "content_type", "suffix"),
    [
        ("JPEG", "image/jpeg", ".jpg"),
        ("PNG", "image/png", ".png"),
        ("WEBP", "image/webp", ".webp"),
        ("GIF", "image/gif", ".gif"),
        ("BMP", "image/bmp", ".bmp"),
        ("TIFF", "image/tiff", ".tiff"),
        ("AVIF", "image/avif", ".avif"),
    ],
)
def test_image_type_is_detected_from_content_and_not_from_the_name(
    tmp_path: Path, format_: str, content_type: str, suffix: str
) -> None:
    path = tmp_path / "holiday.mp4"
    picture().save(path, format=format_)
    assert facts(path) == MediaFacts("image", content_type, suffix, 64, 48)


def iptc(*fields: tuple[int, bytes]) -> bytes:
    """A Photoshop segment of a JPEG with fields of the IPTC record 2."""
    data = b"".join(b"\x1c\x02" + bytes([number]) + struct.pack(">H", len(text)) + text for number, text in fields)
    block = b"8BIM\x04\x04\x00\x00" + struct.pack(">I", len(data)) + data + b"\x00" * (len(data) % 2)
    content = b"Photoshop 3.0\x00" + block
    return b"\xff\xed" + struct.pack(">H", len(content) + 2) + content


def test_description_is_that_of_exif_iptc_or_png(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "A cat\non the sofa"
    exif[0x9C9E] = "cat;sofa".encode("utf-16-le")
    picture().save(tmp_path / "exif.jpg", exif=exif)
    assert facts(tmp_path / "exif.jpg").description == "A cat on the sofa, cat;sofa"
    plain = io.BytesIO()
    picture().save(plain, "JPEG")
    jpeg = plain.getvalue()
    (tmp_path / "iptc.jpg").write_bytes(jpeg[:2] + iptc((120, "Käse".encode()), (25, b"cow"), (25, b"milk")) + jpeg[2:])
    assert facts(tmp_path / "iptc.jpg").description == "Käse, cow, milk"
    text = PngInfo()
    text.add_text("Title", "The moon")
    picture().save(tmp_path / "a.png", pnginfo=text)
    assert facts(tmp_path / "a.png").description == "The moon"


@pytest.mark.parametrize("made", ["OLYMPUS DIGITAL CAMERA         ", "SONY DSC", "DCIM", "", "\x00\x00"])
def test_description_of_a_camera_is_none(tmp_path: Path, made: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = made
    picture().save(tmp_path / "a.jpg", exif=exif)
    assert facts(tmp_path / "a.jpg").description == ""


@pytest.mark.parametrize("orientation", range(1, 9))
def test_image_size_is_that_after_exif_orientation(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture().save(tmp_path / "a.jpg", exif=exif)
    media = facts(tmp_path / "a.jpg")
    assert (media.width, media.height) == ((48, 64) if orientation >= 5 else (64, 48))


def test_image_with_damaged_exif_is_accepted(tmp_path: Path) -> None:
    picture().save(tmp_path / "a.jpg", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\x01\x12garbage")
    assert facts(tmp_path / "a.jpg").width == 64


def test_alpha_is_true_only_if_a_pixel_is_transparent(tmp_path: Path) -> None:
    opaque = picture(mode="RGBA")
    opaque.save(tmp_path / "opaque.png")
    transparent = opaque.copy()
    transparent.putpixel((3, 3), (0, 0, 0, 0))
    transparent.save(tmp_path / "transparent.png")
    assert not facts(tmp_path / "opaque.png").alpha
    assert facts(tmp_path / "transparent.png").alpha


def test_transparent_palette_colour_is_alpha(tmp_path: Path) -> None:
    drawn = picture().quantize(8)
    drawn.save(tmp_path / "a.gif", transparency=drawn.getpixel((0, 0)))
    assert facts(tmp_path / "a.gif").alpha


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "I;16", "LA"])
def test_rare_colour_modes_are_read(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.tiff"
    (Image.new("I;16", (64, 48), 900) if mode == "I;16" else picture(mode="L").convert(mode)).save(path)
    assert facts(path).kind == "image"


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
@pytest.mark.parametrize("part", [0.3, 0.7, 0.97])
def test_truncated_image_is_refused(tmp_path: Path, format_: str, part: float) -> None:
    whole = io.BytesIO()
    picture(200, 150).save(whole, format=format_)
    path = tmp_path / "a"
    path.write_bytes(whole.getvalue()[: int(len(whole.getvalue()) * part)])
    assert refused(path) == f"the {format_} is damaged or incomplete"


def png_claiming(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(10_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_decompression_bomb_is_refused_by_its_stated_size(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png_claiming(30_000, 30_000))
    assert "pixels" in refused(path, max_pixels=120_000_000)
    path.write_bytes(png_claiming(3_000, 3_000))
    assert refused(path) == "3000 × 3000 pixels are more than the allowed 4,000,000"


def test_picture_with_a_side_over_the_limit_is_refused(tmp_path: Path) -> None:
    Image.new("1", (40_000, 1)).save(tmp_path / "a.png")
    assert "40000 × 1 pixels" in refused(tmp_path / "a.png")


# -- video -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "codec", "content_type"),
    [
        ("a.mp4", ("-c:v", "libx264"), "video/mp4"),
        ("a.mov", ("-c:v", "libx264"), "video/quicktime"),
        ("a.mkv", ("-c:v", "libx264"), "video/x-matroska"),
        ("a.webm", ("-c:v", "libvpx-vp9", "-deadline", "realtime"), "video/webm"),
        ("a.ts", ("-c:v", "libx264"), "video/mp2t"),
        ("a.mov", ("-c:v", "prores_ks"), "video/quicktime"),
    ],
)
def test_video_type_is_detected_from_content(
    tmp_path: Path, name: str, codec: tuple[str, ...], content_type: str
) -> None:
    path = make_video(tmp_path / name, *codec).rename(tmp_path / "renamed.jpg")
    media = facts(path)
    assert (media.kind, media.content_type, media.suffix) == ("video", content_type, Path(name).suffix)
    assert (media.width, media.height, media.sound) == (64, 48, False)
    assert media.length_ms == pytest.approx(1000, abs=45)


def test_video_with_an_audio_stream_has_sound(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", "-f", "lavfi", "-i", "sine=d=1", "-shortest")
    assert facts(path).sound


def test_length_of_a_video_is_that_of_the_video_stream(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", "-f", "lavfi", "-i", "sine=d=3")
    assert facts(path).length_ms == 1000


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_video_size_is_that_after_display_rotation(tmp_path: Path, degrees: int) -> None:
    upright = make_video(tmp_path / "a.mp4")
    turned = tmp_path / "b.mp4"
    ffmpeg.run(ffmpeg.command("turn", "-display_rotation", degrees, "-i", upright, "-c", "copy", turned))
    media = facts(turned)
    assert (media.width, media.height) == ((48, 64) if degrees % 180 else (64, 48))


def test_video_size_is_in_square_pixels(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", "-vf", "setsar=4/3")
    assert (facts(path).width, facts(path).height) == (85, 48)


def test_video_with_an_alpha_plane_has_alpha(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mov", "-vf", "format=yuva444p10le", "-c:v", "prores_ks", "-profile:v", "4444")
    assert facts(path).alpha


def test_length_of_webm_without_stated_length_is_measured(tmp_path: Path) -> None:
    """MediaRecorder of browsers writes WebM as a stream and never fills in the length."""
    live = make_video(tmp_path / "a.webm", "-c:v", "libvpx", "-deadline", "realtime", "-live", "1", picture_s=2)
    assert facts(live).length_ms == pytest.approx(2000, abs=80)


def test_length_of_fragmented_mp4_is_measured(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", "-movflags", "frag_keyframe+empty_moov", "-g", "10", picture_s=2)
    assert facts(path).length_ms == pytest.approx(2000, abs=45)


def test_mp4_without_its_index_is_refused(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4")
    path.write_bytes(path.read_bytes()[:-400])
    assert refused(path) == "the MP4 is damaged or incomplete"


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_truncated_video_is_refused(tmp_path: Path, name: str) -> None:
    path = make_video(tmp_path / name, "-movflags", "+faststart", "-g", "25", picture_s=8)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * 0.6)])
    assert refused(path).endswith("of 8.0 seconds")


def test_video_with_noise_as_data_is_refused(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", "-movflags", "+faststart")
    data = bytearray(path.read_bytes())
    begin = data.index(b"mdat") + 4
    data[begin:] = np.random.default_rng(1).bytes(len(data) - begin)
    path.write_bytes(data)
    assert refused(path) in ("nothing in it can be decoded", "the MP4 is damaged or incomplete")


def test_video_longer_than_the_limit_is_refused(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", picture_s=3)
    assert refused(path, max_ms=2000) == "it is longer than the allowed 2 seconds"


def test_video_without_stated_length_is_refused_over_the_limit(tmp_path: Path) -> None:
    live = make_video(tmp_path / "a.webm", "-c:v", "libvpx", "-deadline", "realtime", "-live", "1", picture_s=3)
    assert refused(live, max_ms=2000) == "it is longer than the allowed 2 seconds"


def test_video_with_too_many_pixels_is_refused(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", size="320x240")
    assert refused(path, max_pixels=50_000) == "320 × 240 pixels are more than the allowed 50,000"


def test_refusal_names_the_codec_that_is_not_accepted(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mkv", "-c:v", "ffv1")
    assert refused(path).startswith("its video codec is ffv1")


def test_container_without_video_and_audio_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nHello\n")
    path = tmp_path / "a.mkv"
    ffmpeg.run(ffmpeg.command("subtitle", "-i", tmp_path / "a.srt", path))
    assert refused(path) == "it has neither video nor audio"


def test_too_many_streams_are_refused(tmp_path: Path) -> None:
    maps = [part for _ in range(40) for part in ("-map", "0:a")]
    path = make_audio(tmp_path / "a.mka", *maps, "-c:a", "pcm_u8", seconds=0.1)
    assert refused(path) == "it has 40 streams, more than 32"


# -- sound -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "codec", "content_type"),
    [
        ("a.wav", ("-c:a", "pcm_s16le"), "audio/wav"),
        ("a.mp3", (), "audio/mpeg"),
        ("a.mp3", ("-id3v2_version", "0"), "audio/mpeg"),
        ("a.m4a", (), "audio/mp4"),
        ("a.flac", (), "audio/flac"),
        ("a.ogg", ("-c:a", "libvorbis"), "audio/ogg"),
        ("a.aac", (), "audio/aac"),
        ("a.webm", ("-c:a", "libopus"), "audio/webm"),
        ("a.mka", ("-c:a", "pcm_s16le"), "audio/x-matroska"),
    ],
)
def test_audio_type_is_detected_from_content(
    tmp_path: Path, name: str, codec: tuple[str, ...], content_type: str
) -> None:
    path = make_audio(tmp_path / name, *codec, seconds=2).rename(tmp_path / "x")
    media = facts(path)
    assert (media.kind, media.content_type, media.suffix) == ("audio", content_type, Path(name).suffix)
    assert (media.width, media.height, media.sound) == (None, None, True)
    assert media.length_ms == pytest.approx(2000, abs=80)


def test_audio_with_a_cover_image_is_audio(tmp_path: Path) -> None:
    picture().save(tmp_path / "cover.jpg")
    path = tmp_path / "a.mp3"
    song = make_audio(tmp_path / "b.mp3")
    ffmpeg.run(
        ffmpeg.command(
            "cover",
            *("-i", song, "-i", tmp_path / "cover.jpg", "-map", "0", "-map", "1", "-c", "copy"),
            *("-disposition:v", "attached_pic", path),
        )
    )
    assert facts(path).kind == "audio"


@pytest.mark.parametrize("name", ["a.wav", "a.flac"])
def test_truncated_audio_is_refused(tmp_path: Path, name: str) -> None:
    path = make_audio(tmp_path / name, seconds=8)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * 0.6)])
    assert "incomplete" in refused(path)


def test_wav_without_samples_is_refused(tmp_path: Path) -> None:
    path = make_audio(tmp_path / "a.wav", seconds=0.5)
    path.write_bytes(path.read_bytes()[:78])
    assert refused(path)


# -- other files -----------------------------------------------------------------------------------------------------


def zip_archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.mp4", "x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:10\nfile:///etc/passwd\n", "the file is a playlist"),
        (b"\n  #EXTM3U\nhttp://169.254.169.254/\n", "the file is a playlist"),
        (b"\xef\xbb\xbf#EXTM3U\nx.ts\n", "the file is a playlist"),
        ("#EXTM3U\nx.ts\n".encode("utf-16"), "the file is a playlist"),
        (b"ffconcat version 1.0\nfile '/etc/passwd'\n", "the file is a playlist"),
        (b"# list\nfile '/etc/passwd'\n", "the file is a playlist"),
        (b"[playlist]\nFile1=http://a/b\n", "the file is a playlist"),
        (b'<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011">', "the file is a playlist"),
        (
            b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
            "the file is an SVG drawing",
        ),
        (b'<?xml version="1.0"?>\n<!-- x -->\n<svg/>', "the file is an SVG drawing"),
        (b"<!DOCTYPE html><title>404</title>", "the file is a web page"),
        (b'{"error": "not found"}', "the file is text"),
        ("Grüße aus Köln".encode(), "the file is text"),
        (zip_archive(), "the file is a zip archive"),
        (b"\x1f\x8b\x08\x00rest", "the file is a gzip archive"),
        (b"%PDF-1.7\n%\xe2\xe3", "the file is a PDF document"),
        (b"\x7fELF\x02\x01\x01" + bytes(60), "the file is a program"),
        (b"MZ\x90\x00" + bytes(60), "the file is a program"),
        (bytes(5000), "the file is of an unknown type"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "the file is an old Office document"),
        (b"PK\x03\x04" + bytes(26) + b"word/document.xml", "the file is a Word document"),
        (b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X" + bytes(60), "the file is AppleDouble data"),
        (b"MThd\x00\x00\x00\x06", "the file is a MIDI file"),
    ],
)
@pytest.mark.parametrize("name", ["a.mp4", "a.jpg"])
def test_file_that_is_not_media_is_refused_with_its_type(
    tmp_path: Path, content: bytes, reason: str, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert refused(path).startswith(reason)


def test_file_over_the_size_limit_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    with path.open("wb") as file:
        file.truncate(9 << 20)
    with pytest.raises(TooLarge, match="larger than 8 MB"):
        facts(path)


def test_limits_are_read_from_settings() -> None:
    assert Limits.from_settings(Settings(max_upload_mb=2, max_pixels=5, max_media_seconds=3)) == Limits(
        2 << 20, 5, 3000
    )


# -- properties of all files -----------------------------------------------------------------------------------------


@lru_cache
def samples() -> tuple[bytes, ...]:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        for name in ("a.jpg", "a.png", "a.webp", "a.gif", "a.tiff"):
            picture().save(directory / name)
        make_video(directory / "a.mp4", picture_s=0.4)
        make_video(directory / "b.webm", "-c:v", "libvpx", "-deadline", "realtime", picture_s=0.4)
        make_audio(directory / "a.mp3", seconds=0.3)
        make_audio(directory / "a.wav", seconds=0.1)
        return tuple(path.read_bytes() for path in sorted(directory.iterdir()))


@hypothesis_settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    index=st.integers(0, 8), changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=12)
)
@example(index=8, changes=[(0.080078125, 5)])  # ffmpeg: not yet implemented
def test_corrupted_file_is_read_or_refused(tmp_path: Path, index: int, changes: list[tuple[float, int]]) -> None:
    data = bytearray(samples()[index])
    for position, value in changes:
        data[min(int(position**2 * len(data)), len(data) - 1)] = value
    path = tmp_path / "a"
    path.write_bytes(data)
    try:
        assert facts(path).kind in ("image", "video", "audio")
    except BadMedia as error:
        assert str(error.reason)


@hypothesis_settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(min_size=1, max_size=400))
def test_random_bytes_are_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(data)
    assert refused(path)
