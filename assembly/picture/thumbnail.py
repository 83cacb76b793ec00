"""The thumbnail of a film: the most appealing of a few frames."""

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

LONGEST = 1280
QUALITY = 88
SCENES = 8
# Where in a scene's own frames to look. Early, since all frames from the key frame on have to be decoded; not at once,
# since that is when titles come in. Later only where a key frame lies.
EARLY, SETTLED_MS = 0.35, 400
LATER = 0.65
# Pictures that no other picture needs are not decoded; x264 puts at most three of them in a row.
UNNEEDED = 3
JUDGED_WIDTH = 360


@dataclass(frozen=True, slots=True)
class Place:
    """Frames of the film: ``early`` is worth its decoding, a key frame behind it and up to ``later`` costs nothing."""

    early: int
    later: int


def thumbnail(film: Path, timeline: Timeline, into: Path) -> None:
    """Writes the best frame of ``film`` as JPEG, its longer side at most 1280: sharp, well lit, in no transition.

    Raises ``MediaError`` when the film cannot be read.
    """
    found = _frames(film, candidates(timeline), timeline.fps)
    judged = ((appeal(_rgb(frame, JUDGED_WIDTH)), frame) for frame in found)
    _, best = max(judged, key=itemgetter(0), default=(0.0, None))
    if best is None:
        raise MediaError("thumbnail", [film.name], 0, "the film has no frame")
    _save(Image.fromarray(_rgb(best)), LONGEST, into)


def candidates(timeline: Timeline) -> tuple[Place, ...]:
    """Where to look, ascending: in each of at most eight scenes, outside its transitions."""
    step = max(1, -(-len(timeline.scenes) // SCENES))
    return tuple(_inside(timeline, scene) for scene in timeline.scenes[::step])


def _inside(timeline: Timeline, scene: TimedScene) -> Place:
    first = max((t.end_frame for t in timeline.transitions if t.into == scene.scene_id), default=scene.start_frame)
    end = min((t.start_frame for t in timeline.transitions if t.out_of == scene.scene_id), default=scene.end_frame)
    # A scene may be all transition: then its middle shows most of it.
    first, end = (first, end) if first < end else (scene.start_frame, scene.end_frame)
    settled = min(int((end - first) * EARLY), frames_of(SETTLED_MS, timeline.fps))
    early = max(first, min(first + settled, end - 1 - UNNEEDED))
    return Place(min(early, timeline.total_frames - 1), first + int((end - first) * LATER))


def appeal(rgb: Rgb) -> float:
    """How well a frame stands for a film: sharpness (variance of the Laplacian) times exposure (0 … 1)."""
    scale = JUDGED_WIDTH / rgb.shape[1]
    small = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else rgb
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    sharpness = float(np.log1p(cv2.Laplacian(grey, cv2.CV_64F).var()))
    # Best at a middling brightness; black and white stand for nothing. What fills the range is worth more.
    light = 1 - (float(grey.mean()) / 127.5 - 1) ** 2
    span = min(1.0, float(np.percentile(grey, 95) - np.percentile(grey, 5)) / 128)
    return sharpness * max(0.0, light) * span


def _save(picture: Image.Image, longest: int, into: Path) -> None:
    picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    picture.save(into, "JPEG", quality=QUALITY, optimize=True, progressive=True)


def _rgb(frame: av.VideoFrame, width: int | None = None) -> Rgb:
    """``frame`` as RGB, at most ``width`` wide."""
    width = min(width or frame.width, frame.width)
    height = max(1, round(frame.height * width / frame.width))
    rgb = frame.reformat(width, height, "rgb24", src_colorspace="ITU709", src_color_range="MPEG")
    return np.asarray(rgb.to_ndarray(), np.uint8)


def _frames(film: Path, places: Iterable[Place], fps: Fraction) -> Iterator[av.VideoFrame]:
    """What is at the places: one frame each, and a second one where a key frame is."""
    try:
        with open_av(film) as file:
            stream = file.streams.video[0]
            use_one_thread(stream)
            stream.codec_context.skip_frame = "NONREF"
            for place in places:
                early, later = (_ticks(frame, fps, stream) for frame in (place.early, place.later))
                yield from _early(file, stream, early)
                yield from _key(file, stream, early, later)
    except (FFmpegError, IndexError) as error:
        raise MediaError("read film", [film.name], 0, str(error)) from error


def _ticks(frame: int, fps: Fraction, stream: av.VideoStream) -> int:
    assert stream.time_base is not None
    return round(Fraction(frame) / fps / Fraction(stream.time_base))


def _early(file: av.container.InputContainer, stream: av.VideoStream, at: int) -> Iterator[av.VideoFrame]:
    """The first frame from ``at`` on that others need, or the film's last one."""
    file.seek(at, stream=stream)
    shown = None
    for shown in file.decode(stream):
        if shown.pts is not None and shown.pts >= at:
            break
    if shown is not None:
        yield shown


def _key(file: av.container.InputContainer, stream: av.VideoStream, after: int, until: int) -> Iterator[av.VideoFrame]:
    """The last key frame of ``(after, until]``, if there is one."""
    file.seek(until, stream=stream)
    packet = next(file.demux(stream))
    if packet.pts is not None and after < packet.pts <= until:
        yield from islice(chain(packet.decode(), file.decode(stream)), 1)
