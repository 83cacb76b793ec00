"""The thumbnail of a film: the best-scored of a few candidate frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, islice
from operator import itemgetter
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
from av.error import FFmpegError
from PIL import Image

from app.core.errors import MediaError
from app.media.av_open import open_av
from assembly.picture.source import use_one_thread
from schemas.timeline import TimedScene, Timeline
from schemas.timing import frames_of

Rgb = npt.NDArray[np.uint8]

MAX_SIDE = 1280
QUALITY = 88
MAX_SCENES = 8
# Positions in a scene, as shares of its frames outside transitions. The early one limits decoding, which starts at the
# key frame before it, but lies after titles have faded in. Up to the later one, only a key frame is a candidate.
EARLY_SHARE, SETTLED_MS = 0.35, 400
LATER_SHARE = 0.65
# Unreferenced pictures are not decoded; x264 encodes at most three of them in a row.
MAX_SKIPPED = 3
# Frames are scored at most this wide.
SCORING_WIDTH = 360


@dataclass(frozen=True, slots=True)
class Candidate:
    """Frame numbers in the film: ``early`` is decoded, and a key frame after it up to ``later`` if there is one."""

    early: int
    later: int


def thumbnail(film: Path, timeline: Timeline, into: Path) -> None:
    """Write the best frame of ``film`` (sharp, well exposed, outside transitions) as JPEG, at most 1280 px long.

    Raises ``MediaError`` when the film cannot be read.
    """
    frames = _candidate_frames(film, candidates(timeline), timeline.fps)
    scored = ((score(_rgb(frame, SCORING_WIDTH)), frame) for frame in frames)
    _, best = max(scored, key=itemgetter(0), default=(0.0, None))
    if best is None:
        raise MediaError("thumbnail", [film.name], 0, "the film has no frames")
    _save(Image.fromarray(_rgb(best)), MAX_SIDE, into)


def candidates(timeline: Timeline) -> tuple[Candidate, ...]:
    """Return one candidate in each of at most eight scenes, outside its transitions, in ascending order."""
    step = max(1, -(-len(timeline.scenes) // MAX_SCENES))
    return tuple(_candidate(timeline, scene) for scene in timeline.scenes[::step])


def _candidate(timeline: Timeline, scene: TimedScene) -> Candidate:
    first = max((t.end_frame for t in timeline.transitions if t.into == scene.scene_id), default=scene.start_frame)
    end = min((t.start_frame for t in timeline.transitions if t.out_of == scene.scene_id), default=scene.end_frame)
    # A scene may consist of transitions only; the whole scene is used then.
    first, end = (first, end) if first < end else (scene.start_frame, scene.end_frame)
    settled = min(int((end - first) * EARLY_SHARE), frames_of(SETTLED_MS, timeline.fps))
    early = max(first, min(first + settled, end - 1 - MAX_SKIPPED))
    return Candidate(min(early, timeline.total_frames - 1), first + int((end - first) * LATER_SHARE))


def score(rgb: Rgb) -> float:
    """Return a frame's suitability as thumbnail: sharpness (variance of the Laplacian) times exposure (0 … 1)."""
    scale = SCORING_WIDTH / rgb.shape[1]
    small = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else rgb
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    sharpness = float(np.log1p(cv2.Laplacian(grey, cv2.CV_64F).var()))
    # Exposure is 1 at medium brightness and 0 for black and white; a low dynamic range reduces it.
    brightness = 1 - (float(grey.mean()) / 127.5 - 1) ** 2
    dynamic_range = min(1.0, float(np.percentile(grey, 95) - np.percentile(grey, 5)) / 128)
    return sharpness * max(0.0, brightness) * dynamic_range


def _save(picture: Image.Image, max_side: int, into: Path) -> None:
    picture.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
    picture.save(into, "JPEG", quality=QUALITY, optimize=True, progressive=True)


def _rgb(frame: av.VideoFrame, width: int | None = None) -> Rgb:
    """Return ``frame`` as RGB, at most ``width`` wide."""
    width = min(width or frame.width, frame.width)
    height = max(1, round(frame.height * width / frame.width))
    rgb = frame.reformat(width, height, "rgb24", src_colorspace="ITU709", src_color_range="MPEG")
    return np.asarray(rgb.to_ndarray(), np.uint8)


def _candidate_frames(film: Path, positions: Iterable[Candidate], fps: Fraction) -> Iterator[av.VideoFrame]:
    """Yield one frame for each candidate, and a second one where there is a key frame."""
    try:
        with open_av(film) as file:
            stream = file.streams.video[0]
            use_one_thread(stream)
            stream.codec_context.skip_frame = "NONREF"
            for candidate in positions:
                early, later = (_ticks(frame, fps, stream) for frame in (candidate.early, candidate.later))
                yield from _early_frame(file, stream, early)
                yield from _key_frame(file, stream, early, later)
    except (FFmpegError, IndexError) as error:
        raise MediaError("read film", [film.name], 0, str(error)) from error


def _ticks(frame: int, fps: Fraction, stream: av.VideoStream) -> int:
    assert stream.time_base is not None
    return round(Fraction(frame) / fps / Fraction(stream.time_base))


def _early_frame(file: av.container.InputContainer, stream: av.VideoStream, start: int) -> Iterator[av.VideoFrame]:
    """Yield the first referenced frame from ``start`` on, or the film's last one."""
    file.seek(start, stream=stream)
    frame = None
    for frame in file.decode(stream):
        if frame.pts is not None and frame.pts >= start:
            break
    if frame is not None:
        yield frame


def _key_frame(
    file: av.container.InputContainer, stream: av.VideoStream, after: int, until: int
) -> Iterator[av.VideoFrame]:
    """Yield the last key frame in ``(after, until]``, if there is one."""
    file.seek(until, stream=stream)
    packet = next(file.demux(stream))
    if packet.pts is not None and after < packet.pts <= until:
        yield from islice(chain(packet.decode(), file.decode(stream)), 1)
