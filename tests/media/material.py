"""Test material for ffmpeg: videos whose frames show their number, plates, clips, segments and captions."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from app.media.ffmpeg import command, run
from app.store.backends.folder import Folder
from assembly.picture import i420
from schemas.clip import Clip, Motion, Window
from schemas.preset import CaptionStyle
from schemas.segment import ClipRange, Encoding, Segment
from schemas.speech import Word
from schemas.timeline import Cue

WIDTH, HEIGHT = 108, 192
FAST = Encoding("ultrafast", 18, 250)


def luma_of(number: int) -> int:
    """Return the luma that encodes ``number`` (up to 60)."""
    return 30 + 3 * number


def number_in(frame: np.ndarray) -> int:
    """Return the number that the luma in the middle of an I420 frame encodes."""
    height, width = frame.shape[0] * 2 // 3, frame.shape[1]
    middle = frame[height // 2 - 4 : height // 2 + 4, width // 2 - 4 : width // 2 + 4]
    return round((float(middle.mean()) - 30) / 3)


def make_numbered_video(path: Path, times_ms: list[int], size=(108, 192), codec="libx264", **tags: int) -> Path:
    """Write a video whose frame ``n`` is shown from ``times_ms[n]`` on and encodes the number ``n``."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream(codec, rate=30)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        if codec == "libx264":
            stream.options = {"crf": "10", "preset": "fast", "g": "25"}
        for name, value in tags.items():
            setattr(stream.codec_context, name, value)
        for index, time_ms in enumerate(times_ms):
            pixels = np.full((size[1] * 3 // 2, size[0]), 128, np.uint8)
            pixels[: size[1]] = luma_of(index)
            frame = av.VideoFrame.from_ndarray(pixels, format="yuv420p")
            frame.pts, frame.time_base = time_ms, Fraction(1, 1000)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


def make_video(path: Path, graph: str, *options: str, seconds: float = 1.0) -> Path:
    """Write a video of one of ffmpeg's test sources."""
    source = ("-f", "lavfi", "-i", graph)
    run(command("make material", "-v", "error", *source, "-t", seconds, *options, path))
    return path


def store_flat_plate(store: Folder, key: str, y: int, u: int = 128, v: int = 128, size=(WIDTH, HEIGHT)) -> str:
    """Store a plate of one colour and return its key."""
    frame = i420.empty(*size)
    for plane, value in zip(i420.planes(frame), (y, u, v), strict=True):
        plane[:] = value
    return store_plate(store, key, frame)


def store_noisy_plate(store: Folder, key: str, seed: int, size=(160, 280)) -> str:
    """Store a plate of random blocks, so that no two parts of it are equal, and return its key."""
    rng = np.random.default_rng(seed)
    frame = i420.empty(*size)
    for plane in i420.planes(frame):
        coarse = rng.integers(60, 200, (plane.shape[0] // 8 + 1, plane.shape[1] // 8 + 1), np.uint8)
        plane[:] = np.kron(coarse, np.ones((8, 8), np.uint8))[: plane.shape[0], : plane.shape[1]]
    return store_plate(store, key, frame)


def store_plate(store: Folder, key: str, frame: np.ndarray) -> str:
    with store.writing(key) as path:
        np.save(path, frame)
    return key


def still(key: str, scene_id: int = 1, moving: bool = False) -> Clip:
    motion = Motion("push_in", Window(0.5, 0.5, 1.0), Window(0.5, 0.45, 0.85)) if moving else None
    return Clip(scene_id, "still", key, key, "local", motion=motion)


def video(key: str, **facts) -> Clip:
    return Clip(1, "video", key, key, "local", **facts)


def segment(incoming: ClipRange, frames: int, fps=Fraction(30), **facts) -> Segment:
    facts = {"width": WIDTH, "height": HEIGHT, "encoding": FAST, "captions": CaptionStyle(), **facts}
    return Segment(facts.pop("index", 0), 1, facts.pop("start_frame", 0), frames, fps, incoming=incoming, **facts)


def cue(start_ms: int, end_ms: int, *lines: str) -> Cue:
    """Return a cue whose words share its time evenly."""
    count = sum(len(line.split()) for line in lines)
    step_ms, index, cue_lines = (end_ms - start_ms) / max(1, count), 0, []
    for line in lines:
        words = []
        for text in line.split():
            words.append(Word(text, round(start_ms + index * step_ms), round(start_ms + (index + 1) * step_ms)))
            index += 1
        cue_lines.append(tuple(words))
    return Cue(1, start_ms, end_ms, tuple(cue_lines))


def decode_frames(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as file:
        return [frame.to_ndarray(format="yuv420p") for frame in file.decode(video=0)]
