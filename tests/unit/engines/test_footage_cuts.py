"""Cuts inside a video of a user."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from skimage import data

from app.media.ffmpeg import command, run
from engines.footage_cuts import changes_size, find_cuts, read_key_frames

RATE = 10


def video(path: Path, pictures, *, regular: bool) -> Path:
    """Write RGB ``pictures`` at ten a second; ``regular`` places key frames as a phone does, once a second."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = 160, 160, "yuv420p"
        stream.options = {"preset": "veryfast"} | ({"g": "10", "sc_threshold": "0"} if regular else {})
        for index, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, RATE)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


def pan(picture, frames: int):
    """A camera that moves over a third of the picture."""
    return [picture[40:200, 20 + 3 * index : 180 + 3 * index] for index in range(frames)]


@pytest.mark.parametrize("regular", [True, False])
def test_cut_between_two_pictures_is_found(tmp_path, regular) -> None:
    pictures = [*pan(data.coffee(), 34), *pan(data.astronaut(), 36)]
    cuts_ms = find_cuts(read_key_frames(video(tmp_path / "a.mp4", pictures, regular=regular)).frames)
    assert cuts_ms
    assert all(abs(cut_ms - 3400) <= 1000 for cut_ms in cuts_ms)


@pytest.mark.parametrize("regular", [True, False])
@pytest.mark.parametrize("name", ["coffee", "astronaut", "chelsea"])
def test_moving_camera_is_no_cut(tmp_path, regular, name) -> None:
    picture = getattr(data, name)()
    assert find_cuts(read_key_frames(video(tmp_path / "a.mp4", pan(picture, 70), regular=regular)).frames) == ()


def test_cut_of_a_format_with_key_frames_only_is_exact(tmp_path) -> None:
    path = tmp_path / "a.avi"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("mjpeg", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = 160, 160, "yuvj420p"
        for picture in [*pan(data.coffee(), 20), *pan(data.chelsea(), 20)]:
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    assert all(abs(cut_ms - 2000) <= 300 for cut_ms in find_cuts(read_key_frames(path).frames))
    assert find_cuts(read_key_frames(path).frames)


def test_change_of_size_on_the_way_is_found(tmp_path) -> None:
    parts = []
    for name, size in (("a.ts", "320x180"), ("b.ts", "180x320")):
        source = ("-f", "lavfi", "-i", f"testsrc2=s={size}:r=10")
        run(command("make", "-v", "error", *source, "-t", 1, "-c:v", "libx264", "-pix_fmt", "yuv420p", tmp_path / name))
        parts.append((tmp_path / name).read_bytes())
    path = tmp_path / "turned.ts"
    path.write_bytes(b"".join(parts))
    assert changes_size(read_key_frames(path).frames)
    assert not changes_size(read_key_frames(tmp_path / "a.ts").frames)
