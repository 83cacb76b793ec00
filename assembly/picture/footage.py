"""Frames of a video file, converted to the film's size, rate and colours.

A clip that already has the film's format is decoded in this process; any other is read from an ffmpeg process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import cycle, product
from pathlib import Path
from typing import IO

import ffmpeg
import numpy as np

from app.core.errors import MediaError
from app.media.av_open import input_options
from app.media.ffmpeg import Command, read_output
from app.store.base import Storage
from assembly.picture import direct_decode, i420
from assembly.picture.footage_views import Views, views_of
from assembly.picture.i420 import Pixels, Planes
from assembly.picture.normalise import Frame, StartOffset, View, apply_cube, filter_graph
from assembly.picture.plane_exposure import PlaneExposure
from assembly.picture.source import Source, probe_source
from schemas.clip import Clip
from schemas.segment import ClipRange

TIMEOUT_S = 4 * 3600.0
MIN_SEEK_S = Fraction(1, 2)

# Returns the next frame of the film, valid until the next call; ``None`` at the end.
ReadFrame = Callable[[], Planes | None]
# Writes a frame, with the grade applied, into another.
FrameChange = Callable[[Planes, Pixels], None]
# Returns what is seen of a frame, given with its index in the clip.
FrameView = Callable[[int, Planes], Planes]


def copy_frame(frame: Planes, out: Pixels) -> None:
    """Copy a frame that needs no grading."""
    for plane, target in zip(frame, i420.planes(out), strict=True):
        np.copyto(target, plane)


def whole_frame(_index: int, frame: Planes) -> Planes:
    """Return a frame of which all is seen."""
    return frame


class Footage:
    """The clip's frames from ``begin`` on, read in ascending order; ``view`` and then ``change`` are applied to each.

    The last frame repeats after ``last`` or the end of the file. ``frame`` raises ``ValueError`` for a frame before
    the current one.
    """

    def __init__(
        self,
        read: ReadFrame,
        begin: int,
        last: int,
        change: FrameChange = copy_frame,
        *,
        view: FrameView = whole_frame,
    ) -> None:
        self._read, self._change, self._view = read, change, view
        self._index, self._last = begin - 1, last
        self._frame: Planes | None = None
        self.ended = False

    def frame(self, index: int, out: Pixels) -> None:
        """Write frame ``index`` of the clip into ``out``, an I420 buffer of the film's size."""
        if index < min(self._index, self._last):
            raise ValueError(f"frame {index} was requested after frame {self._index}")
        while self._index < min(index, self._last) and not self.ended:
            self.advance()
        assert self._frame is not None
        self._change(self._view(index, self._frame), out)

    def advance(self) -> None:
        """Read the next frame; at the end of the file keep the previous one and set ``ended``."""
        frame = self._read()
        if frame is None:
            self.ended = True
            return
        self._frame = frame
        self._index += 1


@contextmanager
def open_footage(
    path: Path, clip_range: ClipRange, frame: Frame, cube: Path | None = None, change: FrameChange = copy_frame
) -> Iterator[Footage]:
    """Open a range of a video clip; each frame is exposed, then graded by the ``cube`` file and then by ``change``.

    Raises ``MediaError`` when the file has no decodable frame.
    """
    source = probe_source(path)
    reading = Reading(path, source, clip_range, frame, change)
    is_direct = cube is None and not clip_range.clip.resized and direct_decode.can_decode_directly(source, frame)
    ways = [*([reading.direct] if is_direct else []), lambda seeking: reading.piped(cube, seeking)]
    # Some containers return nothing after a seek past their end; the file is then read from the beginning.
    for way, seeking in product(ways, (True, False)):
        with way(seeking) as footage:
            footage.advance()
            if not footage.ended:
                yield footage
                return
    raise MediaError("read video", [path.name], 0, "none of its frames can be decoded")


@dataclass(frozen=True, slots=True)
class Reading:
    """A range of a clip to be read from its file, and the change that is applied to its frames."""

    path: Path
    source: Source
    clip_range: ClipRange
    frame: Frame
    change: FrameChange

    @contextmanager
    def direct(self, seeking: bool) -> Iterator[Footage]:
        """Decode in this process."""
        frame, change = self.frame, self.change
        if not self.clip_range.clip.exposure.is_neutral:
            change = PlaneExposure(self.clip_range.clip.exposure, frame.width, frame.height).before(change)
        begin, last = _frame_bounds(self.clip_range)
        views = views_of(self.clip_range, self.source, frame, begin)
        view = _from(begin, Views(views, (frame.width, frame.height))) if views else whole_frame
        seek_s, start = _seek_point(self.clip_range, self.source, begin, frame.fps, seeking)
        with direct_decode.open_pictures(self.path, frame, seek_s, start) as read_frame:
            yield Footage(read_frame, begin, last, change, view=view)

    @contextmanager
    def piped(self, cube: Path | None, seeking: bool) -> Iterator[Footage]:
        """Read from an ffmpeg process, which also grades by ``cube``."""
        begin, last = _frame_bounds(self.clip_range)
        last += _cut_hold(self.clip_range, views_of(self.clip_range, self.source, self.frame, begin))
        command = read_command(self.path, self.source, self.clip_range, self.frame, cube, seeking=seeking)
        with _piped_frames(command, self.frame) as read_frame:
            yield Footage(read_frame, begin, last, self.change)


def check_clip(clip: Clip, store: Storage, frame: Frame) -> None:
    """Raise ``MediaError`` if ``clip`` is a video of which the renderer of segments cannot read a frame."""
    if clip.kind == "video":
        with open_footage(store.local(clip.key), ClipRange(clip, 0, 1, 1), frame):
            pass


def _from(begin: int, views: Views) -> FrameView:
    return lambda index, frame: views.of_frame(index - begin, frame)


@contextmanager
def _piped_frames(command: Command, frame: Frame) -> Iterator[ReadFrame]:
    # Two buffers: the previous frame must stay intact, as the last frame of a file may be incomplete.
    buffers = cycle(i420.empty(frame.width, frame.height) for _ in range(2))
    with read_output(command) as out:
        yield lambda: _read_whole_frame(out, next(buffers))


def _read_whole_frame(out: IO[bytes], frame: Pixels) -> Planes | None:
    view = frame.data.cast("B")
    filled = 0
    while filled < len(view):
        count = out.readinto(view[filled:])  # type: ignore[attr-defined]  # a BufferedReader
        if not count:
            return None
        filled += count
    return i420.planes(frame)


def _frame_bounds(clip_range: ClipRange) -> tuple[int, int]:
    """Return the first and the last of the clip's frames to be read from the file."""
    last = min(clip_range.first + clip_range.frames, max(1, clip_range.of - clip_range.hold_frames)) - 1
    return min(clip_range.first, last), last


def _cut_hold(clip_range: ClipRange, views: Sequence[View]) -> int:
    """Return the frames of the hold that are converted one by one, because the view changes while it lasts."""
    begin, last = _frame_bounds(clip_range)
    shown = clip_range.first + clip_range.frames - 1 - last
    return max(0, shown) if any(view.first > last - begin for view in views) else 0


def read_command(
    path: Path, source: Source, clip_range: ClipRange, frame: Frame, cube: Path | None = None, *, seeking: bool = True
) -> Command:
    """Return the command that writes the range's frames to standard output; ``seeking`` seeks close to the first."""
    begin, last = _frame_bounds(clip_range)
    seek_s, start = _seek_point(clip_range, source, begin, frame.fps, seeking)
    options: dict[str, object] = {**input_options(path), "threads": 1, "an": None, "sn": None}
    # Where nothing can be decoded, the last picture stays, however many packets are damaged.
    options["max_error_rate"] = 1
    if seek_s:
        options["ss"] = f"{float(seek_s):.6f}"
    # Decode from the preceding key frame: the picture shown at the start may have begun before it.
    options["noaccurate_seek"] = None
    if clip_range.clip.resized:
        # A graph that begins anew at another size would count its frames from 0 again.
        options["reinit_filter"] = 0
    if source.decoder:
        options["c:v"] = source.decoder
    file = ffmpeg.input(str(path.absolute()), **options)
    views = views_of(clip_range, source, frame, begin)
    held = _cut_hold(clip_range, views)
    count = last - begin + 1
    frames = filter_graph(
        file[str(source.stream)], source, clip_range.clip, frame, start, views=views, hold_after=count if held else None
    )
    frames = (apply_cube(frames, cube) if cube else frames).filter("format", "yuv420p")
    count += held
    sink = ffmpeg.output(frames, "pipe:1", f="rawvideo", pix_fmt="yuv420p", vframes=count, fps_mode="passthrough")
    args: list[str] = ffmpeg.get_args(sink)
    quiet = ("-v", "error", "-filter_threads", "1", "-filter_complex_threads", "1")
    return Command(f"read scene {clip_range.clip.scene_id}", (*quiet, *args), TIMEOUT_S)


def _seek_point(
    clip_range: ClipRange, source: Source, begin: int, fps: Fraction, seeking: bool
) -> tuple[Fraction, StartOffset]:
    """Return the time to seek to (half a frame early, in units of the stream), and how long after it the frame starts.

    0 reads from the beginning: a seek to before the first key frame would find the second one.
    """
    speed = Fraction(clip_range.speed).limit_denominator(10_000)
    frame_s = Fraction(clip_range.clip.start_ms + clip_range.in_ms, 1000) + Fraction(begin) / fps * speed
    early_s = frame_s - speed / fps / 2 - source.seek_margin_s
    # ffmpeg rounds the shift of a seek to the time base, which is a whole frame in AVI.
    unit_s = max(source.time_base, Fraction(1, 1_000_000))
    seek_s = early_s // unit_s * unit_s if seeking and early_s >= MIN_SEEK_S else Fraction(0)
    return seek_s, StartOffset(frame_s - max(seek_s, source.lead_s), speed)
