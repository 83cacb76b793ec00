"""The films that emulators return: real MP4 files in which a pattern moves and the prompt is written."""

from __future__ import annotations

import tempfile
import textwrap
import zlib
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from app.media.ffmpeg import command, run

SHORTER_SIDE_PX = {"360p": 360, "480p": 480, "540p": 540, "720p": 720, "1080p": 1080, "4k": 2160}


@lru_cache(maxsize=128)
def film(
    text: str = "", width: int = 360, height: int = 640, seconds: float = 2.0, fps: int = 24, source: str = "testsrc2"
) -> bytes:
    """Return an H.264 film of ``source`` (a test source of ffmpeg) with ``text`` on it, without sound.

    The same arguments give the same film, which is made once. Its colours depend on the text.
    """
    with tempfile.TemporaryDirectory() as folder:
        words, path = Path(folder, "words.png"), Path(folder, "film.mp4")
        _words(text, width, height).save(words)
        pattern = f"{source}=size={width}x{height}:rate={fps}:duration={seconds}"
        encode = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "30", "-pix_fmt", "yuv420p")
        faststart = ("-movflags", "+faststart")
        inputs = ("-f", "lavfi", "-i", pattern, "-i", words)
        hue = zlib.crc32(text.encode()) % 360
        filters = f"[0]hue=h={hue}:s=0.6[pattern];[pattern][1]overlay=0:H/8"
        run(command("make a film", *inputs, "-filter_complex", filters, *encode, *faststart, path))
        return path.read_bytes()


def film_size(aspect: str, resolution: str) -> tuple[int, int]:
    """Return width and height of a film of an aspect ("9:16") and a resolution ("720p"), both even."""
    across, down = (int(side) for side in aspect.split(":"))
    shorter = SHORTER_SIDE_PX[resolution]
    return tuple(round(shorter * side / min(across, down) / 2) * 2 for side in (across, down))  # type: ignore[return-value]


def small_size(width: int, height: int, longest: int = 640) -> tuple[int, int]:
    """Return a size of the same shape that is at most ``longest`` on its longer side, both even."""
    scale = min(1.0, longest / max(width, height))
    return round(width * scale / 2) * 2, round(height * scale / 2) * 2


def _words(text: str, width: int, height: int) -> Image.Image:
    image = Image.new("RGBA", (width, height // 3), (0, 0, 0, 150))
    size = max(10, width // 22)
    lines = textwrap.wrap(text, max(10, int(width / size * 1.7)))[: max(1, height // 3 // (size + 4))]
    font = ImageFont.load_default(size)
    ImageDraw.Draw(image).multiline_text((8, 8), "\n".join(lines), fill="white", font=font)
    return image
