"""Small valid files of every type that the inspection of uploads accepts, made by code."""

from __future__ import annotations

import io
from pathlib import Path

import pi_heif
import pillow_heif
from PIL import Image

from app.core.errors import PytoonError
from app.media import ffmpeg

IMAGES = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "JPEG2000", "ICO", "PPM", "HEIF")
ANIMATED = ("GIF", "WEBP", "PNG", "AVIF")
SOUND = ("-f", "lavfi", "-i", "sine=d=0.3")
VIDEOS: dict[str, tuple[str, ...]] = {
    "a.mp4": ("-c:v", "libx264"),
    "a.mov": ("-c:v", "prores_ks"),
    "a.mkv": ("-c:v", "libx264"),
    "a.webm": ("-c:v", "libvpx", "-deadline", "realtime"),
    "a.ts": ("-c:v", "libx264"),
    "a.m2ts": ("-c:v", "libx264", "-mpegts_m2ts_mode", "1"),
    "a.avi": ("-c:v", "mpeg4"),
    "a.mpg": ("-c:v", "mpeg2video"),
    "a.wmv": ("-c:v", "wmv2"),
    "a.flv": ("-c:v", "flv", "-ar", "44100"),
    "a.ogv": ("-c:v", "libtheora"),
    "a.3gp": ("-c:v", "h263", "-s", "128x96", "-c:a", "aac"),
}
SOUNDS = ("a.wav", "a.mp3", "a.m4a", "a.flac", "a.ogg", "a.aac", "a.aiff", "a.caf", "a.wma", "a.mka")


def samples(folder: Path) -> dict[str, bytes]:
    """Return the files by a name; types that this ffmpeg cannot write are left out."""
    made = {format_.lower(): image(format_) for format_ in IMAGES}
    made |= {f"animated-{format_.lower()}": image(format_, frames=3) for format_ in ANIMATED}
    made["progressive-jpeg"] = image("JPEG", progressive=True)
    made["jpeg-with-exif"] = image("JPEG", exif=exif())
    made["png-with-exif"] = image("PNG", exif=exif())
    for name, options in VIDEOS.items():
        made |= recording(folder / name, ("-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=0.3", *SOUND, *options))
    for name in SOUNDS:
        made |= recording(folder / name, SOUND)
    return made


def image(format_: str, frames: int = 1, **options: object) -> bytes:
    pictures = [
        Image.linear_gradient("L").resize((40, 30)).rotate(30 * number).convert("RGB") for number in range(frames)
    ]
    if frames > 1:
        options |= {"save_all": True, "append_images": pictures[1:], "duration": 100}
    buffer = io.BytesIO()
    if format_ == "HEIF":
        pillow_heif.register_heif_opener()
    pictures[0].save(buffer, format_, **options)
    pi_heif.register_heif_opener()
    return buffer.getvalue()


def exif() -> Image.Exif:
    tags = Image.Exif()
    tags[0x0112], tags[0x010E] = 6, "a description"
    return tags


def recording(path: Path, options: tuple[str, ...]) -> dict[str, bytes]:
    try:
        ffmpeg.run(ffmpeg.command("make a sample", *options, path, limit_s=60))
    except PytoonError:
        return {}
    return {path.name: path.read_bytes()}
