"""Animated images (GIF, WebP, PNG, AVIF) as videos: the frames that a film shows, in a loop, without loss."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from app.core.errors import BadMedia
from app.media.images.opening import open_image
from app.media.images.srgb import rgba_of
from app.media.probe.animation import frame_durations_ms
from app.media.probe.facts import DECODE_ERRORS
from app.store.base import Storage
from app.store.cache import get_or_make
from engines.stills.pictures import Picture
from schemas.contract import fingerprint

# Increment this when another video would be made of the same file.
ANIMATION_VERSION = 1
_MS = Fraction(1, 1000)
OPAQUE = 255
# The camera may show a part of a frame that is so much smaller than the film's frame fills.
_CLOSER = 1.25
Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Video:
    """The video to make of an animation for frames of a film; ``alpha`` keeps its transparency."""

    width: int
    height: int
    fps: Fraction
    length_ms: int
    alpha: bool


@dataclass(frozen=True, slots=True)
class ShownFrame:
    """One frame of an animation: ``rgba`` is (height, width, 4)."""

    start_ms: float
    duration_ms: float
    rgba: Pixels


def is_animation(path: Path) -> bool:
    """Return whether a video file is an animated image; its suffix follows from its content."""
    return path.suffix in (".gif", ".webp", ".png", ".avif")


def animation_as_video(path: Path, sha256: str, video: Video, store: Storage) -> str:
    """Return the storage key of the animation at ``path``, repeated, as a video that every reader of footage reads.

    Raises ``BadMedia`` for a file that cannot be read.
    """
    facts = (video.width, video.height, str(video.fps), video.length_ms, video.alpha)
    identity = fingerprint("animation", ANIMATION_VERSION, sha256, *facts)
    return get_or_make(store, "animation", identity, ".mkv", lambda into: _write(path, video, into))[0]


def pictures_at(path: Path, moments_ms: Sequence[int]) -> Iterator[tuple[int, Picture]]:
    """Yield the picture that the first loop shows at each of the ascending moments. Raises ``BadMedia``."""
    frames, moments = pairwise(chain(_loop(path), [None])), iter(moments_ms)
    at_ms = next(moments, None)
    for current, following in frames:
        assert current is not None
        while at_ms is not None and (following is None or at_ms < following.start_ms):
            yield at_ms, _picture(current.rgba)
            at_ms = next(moments, None)


def damaged_at_ms(path: Path) -> tuple[int, ...]:
    """Return the moment of the first frame that cannot be decoded, at which the loop ends; empty if all can."""
    durations_ms = frame_durations_ms(path, path.suffix, "animation")
    count = sum(1 for _ in _decoded(path, len(durations_ms)))
    return () if count == len(durations_ms) else (round(sum(durations_ms[:count])),)


def _picture(rgba: Pixels) -> Picture:
    alpha = np.ascontiguousarray(rgba[..., 3])
    return Picture(np.ascontiguousarray(rgba[..., :3]), None if alpha.min() == OPAQUE else alpha)


def _loop(path: Path) -> Iterator[ShownFrame]:
    """Yield the composed frames of one loop, one at a time; the loop ends before a frame that is damaged."""
    try:
        durations_ms = frame_durations_ms(path, path.suffix, "animation")
    except DECODE_ERRORS as error:
        raise BadMedia("animation", f"it is damaged ({type(error).__name__})") from error
    start_ms = 0.0
    for duration_ms, rgba in zip(durations_ms, _decoded(path, len(durations_ms)), strict=False):
        yield ShownFrame(start_ms, duration_ms, rgba)
        start_ms += duration_ms


def _decoded(path: Path, count: int) -> Iterator[Pixels]:
    index = 0
    try:
        with open_image(path, "animation") as user_image:
            image = user_image.image
            # The image that a PNG shows where animations are not supported may not be part of the animation.
            first = int(bool(image.info.get("default_image")))
            for index in range(count):
                image.seek(first + index)
                yield np.asarray(rgba_of(image))
    except DECODE_ERRORS as error:
        if index == 0:
            raise BadMedia("animation", f"its first frame cannot be decoded ({type(error).__name__})") from error


def _repeated(path: Path, length_ms: int) -> Iterator[ShownFrame]:
    """Yield the frames of as many loops as last ``length_ms``, with their times from the first loop on."""
    end_ms = 0.0
    while end_ms < length_ms:
        loop_ms = end_ms
        for frame in _loop(path):
            if end_ms >= length_ms:
                return
            yield replace(frame, start_ms=loop_ms + frame.start_ms)
            end_ms = loop_ms + frame.start_ms + frame.duration_ms
        if end_ms <= loop_ms:
            raise BadMedia("animation", "it has no frames")


def _write(path: Path, video: Video, into: Path) -> None:
    """Write FFV1, one picture for each frame of the film at which the animation has changed."""
    with av.open(str(into), "w", format="matroska") as file:
        stream = None
        for frame in _on_grid(_repeated(path, video.length_ms), video.fps):
            stream = stream or _add_stream(file, frame.rgba, video)
            picture = av.VideoFrame.from_ndarray(frame.rgba, format="rgba")
            picture = picture.reformat(stream.width, stream.height, stream.pix_fmt, interpolation="AREA")
            picture.pts, picture.time_base = round(frame.start_ms), _MS
            file.mux(stream.encode(picture))
        if stream:
            file.mux(stream.encode(None))


def _on_grid(frames: Iterator[ShownFrame], fps: Fraction) -> Iterator[ShownFrame]:
    """Leave out the frames that the next one replaces before the film shows them."""
    for current, following in pairwise(chain(frames, [None])):
        assert current is not None
        if following is None or _slot(current, fps) < _slot(following, fps):
            yield current


def _slot(frame: ShownFrame, fps: Fraction) -> int:
    return round(frame.start_ms * float(fps) / 1000)


def _add_stream(file: Any, rgba: Pixels, video: Video) -> Any:
    stream = file.add_stream("ffv1", rate=video.fps)
    height, width = rgba.shape[:2]
    scale = min(1.0, _CLOSER * max(video.width / width, video.height / height))
    stream.width, stream.height = max(1, round(width * scale)), max(1, round(height * scale))
    stream.pix_fmt = "bgra" if video.alpha else "bgr0"
    stream.time_base = stream.codec_context.time_base = _MS
    return stream
