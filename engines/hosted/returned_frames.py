"""The pictures of a returned clip, decoded once to the end and measured: times, black, changes and black bars."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from app.core.errors import BadMedia
from app.media.images.opening import open_image
from app.media.images.srgb import rgba_of
from app.media.probe.animation import frame_durations_ms
from app.media.probe.av import MAX_FRAME_PIXELS

Luma = npt.NDArray[np.uint8]
# Pixel formats whose first plane is luma with 8 bits; others are converted.
_WITH_LUMA = frozenset(
    ["yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "yuva420p", "nv12", "gray"]
)
_FULL_RANGE = 2  # ``AVCOL_RANGE_JPEG``
# Luma below this share of its range is black, as in ``assembly.report.detectors``; a frame with so many such points is.
BLACK_LEVEL, BLACK_POINTS = 0.10, 0.98
# The longer side of the copy of each picture that is compared with others; averaging removes most of the noise.
_SIDE = 96
# Encoders refine a still picture by up to this much: the mean and the greatest difference of the copies, of 255.
_STILL_MEAN, _STILL_MOST = 0.15, 5
# A picture that stays for less than this is not frozen: some models make eight pictures a second.
_SHORTEST_FREEZE_MS = 400
# Bars are looked for in pictures that are this far apart, in every fourth point across.
_BARS_EVERY_MS, _STRIDE = 250, 4
# A line is part of a bar if, in every picture, no more points than these are bright. A bar has a sharp edge: lines
# inside of it are brighter than black by a share of the range in at least one picture.
_BRIGHT_POINTS, _EDGE_STEP = 0.02, 0.08
_EDGE_LINES = 0.01


@dataclass(frozen=True, slots=True)
class Bars:
    """The widths of black bars in pixels of the picture as it is shown."""

    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0

    def __bool__(self) -> bool:
        return bool(self.left or self.top or self.right or self.bottom)


@dataclass(frozen=True, slots=True)
class SeenFrame:
    """A picture of a clip; luma is upright and has 0 … 255, of which ``black`` and ``span`` are its own range."""

    at_ms: float
    luma: Luma
    black: int = 16
    span: int = 219
    is_damaged: bool = False


@dataclass(slots=True)
class FrameMeter:
    """Measures pictures one after the other.

    ``sizes`` are the (width, height) that they have, ``end_ms`` is the time at which the last one ends.
    """

    sizes: set[tuple[int, int]] = field(default_factory=set)
    times_ms: list[float] = field(default_factory=list)
    black: int = 0
    damaged: int = 0
    frozen_ms: float = 0.0
    end_ms: float = 0.0
    _still: npt.NDArray[np.int16] | None = None
    _still_since_ms: float = 0.0
    _bars_at_ms: float = 0.0
    _lines: tuple[_Lines, _Lines] | None = None

    def add(self, frame: SeenFrame) -> None:
        height, width = frame.luma.shape
        scale = min(1.0, _SIDE / max(width, height))
        size = max(1, round(width * scale)), max(1, round(height * scale))
        small = np.asarray(cv2.resize(frame.luma, size, interpolation=cv2.INTER_AREA)).astype(np.int16)
        self.sizes.add((width, height))
        self.times_ms.append(frame.at_ms)
        self.damaged += frame.is_damaged
        is_black = float((small < frame.black + BLACK_LEVEL * frame.span).mean()) >= BLACK_POINTS
        self.black += is_black
        self._compare(small, frame.at_ms)
        if not is_black and frame.at_ms >= self._bars_at_ms and len(self.sizes) == 1:
            self._bars_at_ms = frame.at_ms + _BARS_EVERY_MS
            self._look_for_bars(frame)

    def finish(self, end_ms: float) -> None:
        """Count the last picture until ``end_ms``."""
        self.end_ms = end_ms
        self._end_still(end_ms)

    @property
    def bars(self) -> Bars:
        """The black bars that every picture has; those at one side only may be part of what is shown."""
        if self._lines is None:
            return Bars()
        (top, bottom), (left, right) = (lines.bars for lines in self._lines)
        return Bars(left, top, right, bottom)

    def _compare(self, small: npt.NDArray[np.int16], at_ms: float) -> None:
        if self._still is not None and self._still.shape == small.shape:
            difference = np.abs(small - self._still)
            if difference.mean() < _STILL_MEAN and difference.max() < _STILL_MOST:
                return
        self._end_still(at_ms)
        self._still, self._still_since_ms = small, at_ms

    def _end_still(self, at_ms: float) -> None:
        still_ms = at_ms - self._still_since_ms if self._still is not None else 0.0
        if still_ms >= _SHORTEST_FREEZE_MS:
            self.frozen_ms += still_ms

    def _look_for_bars(self, frame: SeenFrame) -> None:
        down, across = self._lines = self._lines or (_Lines.of(frame.luma.shape[0]), _Lines.of(frame.luma.shape[1]))
        down.add(frame.luma[:, ::_STRIDE], frame)
        across.add(frame.luma[::_STRIDE].T, frame)


@dataclass(slots=True)
class _Lines:
    """For each row (or column) of the pictures so far: the greatest share of bright points, and the greatest mean."""

    bright: npt.NDArray[np.float64]
    mean: npt.NDArray[np.float64]

    @classmethod
    def of(cls, count: int) -> _Lines:
        return cls(np.zeros(count), np.zeros(count))

    def __len__(self) -> int:
        return len(self.bright)

    def add(self, luma: Luma, frame: SeenFrame) -> None:
        level = frame.black + BLACK_LEVEL * frame.span / 2
        self.bright = np.maximum(self.bright, (luma > level).mean(axis=1))
        self.mean = np.maximum(self.mean, (luma.mean(axis=1) - frame.black) / frame.span)

    @property
    def bars(self) -> tuple[int, int]:
        """The number of black lines before and after the others, if both edges are sharp; else none."""
        seen = np.flatnonzero(self.bright > _BRIGHT_POINTS)
        if not len(seen):
            return 0, 0
        first, last = int(seen[0]), int(seen[-1])
        near = max(2, round(len(self) * _EDGE_LINES))
        before, after = self.mean[first : first + near].max(), self.mean[last + 1 - near : last + 1].max()
        return (first if before >= _EDGE_STEP else 0), (len(self) - 1 - last if after >= _EDGE_STEP else 0)


def video_frames(container: Any, stream: Any, others: list[Any]) -> Iterator[SeenFrame]:
    """Yield the pictures of ``stream``, and read the packets of ``others``. Raises ``FFmpegError`` for damaged data."""
    start = Fraction(stream.start_time or 0) * stream.time_base
    aspect = Fraction(stream.sample_aspect_ratio or 1) or Fraction(1)
    for packet in container.demux([stream, *others]):
        for frame in packet.decode() if packet.stream_index == stream.index else ():
            if frame.pts is not None:
                yield _seen(frame, float((frame.pts * frame.time_base - start) * 1000), aspect)


def _seen(frame: Any, at_ms: float, sample_aspect: Fraction) -> SeenFrame:
    if frame.format.name not in _WITH_LUMA:
        frame_8_bit = frame.reformat(format="yuv420p")
        is_full = int(frame_8_bit.color_range) == _FULL_RANGE
    else:
        frame_8_bit = frame
        is_full = int(frame.color_range) == _FULL_RANGE or frame.format.name.startswith("yuvj")
    plane = frame_8_bit.planes[0]
    luma = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: frame_8_bit.height, : frame_8_bit.width]
    if sample_aspect != 1:
        width = max(2, round(frame_8_bit.width * sample_aspect))
        luma = np.asarray(cv2.resize(luma, (width, frame_8_bit.height), interpolation=cv2.INTER_AREA), np.uint8)
    upright = np.rot90(luma, round(frame.rotation / 90) % 4)
    black, span = (0, 255) if is_full else (16, 219)
    return SeenFrame(at_ms, np.ascontiguousarray(upright), black, span, bool(frame.is_corrupt))


def animation_frames(path: Path) -> tuple[Iterator[SeenFrame], list[float]]:
    """Return the pictures of an animated WebP, and how long each is shown. Raises ``BadMedia`` or what Pillow does."""
    durations_ms = frame_durations_ms(path, ".webp", "clip")
    return _animation_frames(path, durations_ms), durations_ms


def _animation_frames(path: Path, durations_ms: list[float]) -> Iterator[SeenFrame]:
    at_ms = 0.0
    with open_image(path, "clip") as user_image:
        if user_image.image.width * user_image.image.height > MAX_FRAME_PIXELS:
            raise BadMedia("clip", f"its pictures have more than {MAX_FRAME_PIXELS:,} pixels")
        for index, duration_ms in enumerate(durations_ms):
            user_image.image.seek(index)
            grey = np.asarray(rgba_of(user_image.image).convert("RGB").convert("L"))
            yield SeenFrame(at_ms, grey, 0, 255)
            at_ms += duration_ms
