"""Video clips made from photographs: a camera moves over each, as in footage of a user."""

from __future__ import annotations

import tempfile
from pathlib import Path

from app.media.ffmpeg import command, run

# Pixels of the clip.
_SIZE = (1080, 1920)
SECONDS = 14


def moving_photo(photograph: Path) -> bytes:
    """Return an upright H.264 clip of ``SECONDS`` over the photograph."""
    width, height = _SIZE
    seen = f"scale=-2:{round(height * 1.15)},crop={width}:{height}:x='(iw-ow)*t/{SECONDS}':y='(ih-oh)/2'"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        source = ("-loop", "1", "-framerate", "30", "-i", photograph, "-t", SECONDS)
        coded = ("-c:v", "libx264", "-preset", "veryfast", "-colorspace", "bt709", "-color_range", "tv")
        run(command("make a clip", "-v", "error", *source, "-vf", f"{seen},setsar=1,format=yuv420p", *coded, path))
        return path.read_bytes()
