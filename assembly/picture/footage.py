"""The frames of a video file as the film needs them, one after the other.

A clip that is as the film is is decoded here; any other comes from an ffmpeg at the other end of a pipe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from itertools import cycle
from pathlib import Path
from typing import IO

import ffmpeg
import numpy as np

from app.core.errors import MediaError
from app.media.av_open import LIMITS
from app.media.ffmpeg import Command, read_output
from assembly.picture import direct_decode, i420
from assembly.picture.i420 import Pixels, Planes
from assembly.picture.normalise import Frame, Start, graded, graph
from assembly.picture.source import Source, probe_source
from schemas.segment import ClipRange

LIMIT_S = 4 * 3600.0


# Gives the next frame of the film, to be looked at until the one after is asked for; nothing when there is none.
Reading = Callable[[], Planes | None]
# Writes a frame into another as it is to look.
Change = Callable[[Planes, Pixels], None]


def unchanged(frame: Planes, out: Pixels) -> None:
    """Frames without a look."""
    for plane, target in zip(frame, i420.planes(out), strict=True):
        np.copyto(target, plane)


class Footage:
    """The clip's own frames from ``begin`` on, in ascending order; after ``last`` (or the file's end) the last stays.

    ``frame(index, out)`` raises ``ValueError`` when asked for one that is past.
    """

    def __init__(self, read: Reading, begin: int, last: int, change: Change = unchanged) -> None:
        self._read, self._change = read, change
        self._at, self._last = begin - 1, last
        self._frame: Planes | None = None
        self.ended = False

    def frame(self, index: int, out: Pixels) -> None:
        """Writes frame ``index`` of the clip into ``out``, an I420 buffer of the film's size."""
        if index < min(self._at, self._last):
            raise ValueError(f"frame {index} is past: {self._at} was read")
        while self._at < min(index, self._last) and not self.ended:
            self.advance()
        assert self._frame is not None
        self._change(self._frame, out)

    def advance(self) -> None:
        """Reads the next frame; at the end of the file the one before stays and ``ended`` is true."""
        read = self._read()
        if read is None:
            self.ended = True
            return
        self._frame = read
        self._at += 1


@contextmanager
def open_footage(
    path: Path, strip: ClipRange, frame: Frame, cube: Path | None = None, change: Change = unchanged
) -> Iterator[Footage]:
    """``with opened(path, strip, frame) as footage``, each frame graded by a table of colours and then changed.

    Raises ``MediaError`` when the file has no picture.
    """
    begin, last = _reach(strip)
    source = probe_source(path)
    direct = cube is None and direct_decode.can_decode_directly(source, frame)
    # Some containers give nothing when asked for what is behind their end: then from the beginning.
    for seeking in (True, False):
        if direct:
            pictures = direct_decode.open_pictures(path, frame, *_start(strip, begin, frame.fps, seeking))
        else:
            pictures = _piped(read_command(path, source, strip, frame, cube, seeking=seeking), frame)
        with pictures as read:
            footage = Footage(read, begin, last, change)
            footage.advance()
            if not footage.ended:
                yield footage
                return
    raise MediaError("read video", [path.name], 0, "no picture of it can be decoded")


@contextmanager
def _piped(todo: Command, frame: Frame) -> Iterator[Reading]:
    # One is shown while the other is read into: the last of a file may come in part.
    buffers = cycle(i420.empty(frame.width, frame.height) for _ in range(2))
    with read_output(todo) as out:
        yield lambda: _whole(out, next(buffers))


def _whole(out: IO[bytes], frame: Pixels) -> Planes | None:
    view = frame.data.cast("B")
    got = 0
    while got < len(view):
        n = out.readinto(view[got:])  # type: ignore[attr-defined]  # a BufferedReader
        if not n:
            return None
        got += n
    return i420.planes(frame)


def _reach(strip: ClipRange) -> tuple[int, int]:
    """The first and the last of the clip's own frames that the file has to give."""
    last = min(strip.first + strip.frames, max(1, strip.of - strip.hold_frames)) - 1
    return min(strip.first, last), last


def read_command(
    path: Path, source: Source, strip: ClipRange, frame: Frame, cube: Path | None = None, *, seeking: bool = True
) -> Command:
    """Reads the strip's frames to standard output, ``seeking`` near to the first of them."""
    begin, last = _reach(strip)
    seek_s, start = _start(strip, begin, frame.fps, seeking)
    options: dict[str, object] = {**LIMITS, "threads": 1, "ss": f"{float(seek_s):.6f}", "an": None, "sn": None}
    # From the key frame before it on, or a picture that was shown before and still is would be missed.
    options["noaccurate_seek"] = None
    if source.decoder:
        options["c:v"] = source.decoder
    read = ffmpeg.input(str(path.absolute()), **options)
    shown = graph(read.video, source, strip.clip, frame, start)
    shown = (graded(shown, cube) if cube else shown).filter("format", "yuv420p")
    count = last - begin + 1
    sink = ffmpeg.output(shown, "pipe:1", f="rawvideo", pix_fmt="yuv420p", vframes=count, fps_mode="passthrough")
    args: list[str] = ffmpeg.get_args(sink)
    quiet = ("-v", "error", "-filter_threads", "1", "-filter_complex_threads", "1")
    return Command(f"read scene {strip.clip.scene_id}", (*quiet, *args), LIMIT_S)


def _start(strip: ClipRange, begin: int, fps: Fraction, seeking: bool) -> tuple[Fraction, Start]:
    """Where to seek to, in whole microseconds and half a frame early, and how far behind that the frame lies."""
    speed = Fraction(strip.speed).limit_denominator(10_000)
    at_s = Fraction(strip.clip.start_ms + strip.in_ms, 1000) + Fraction(begin) / fps * speed
    early_s = max(Fraction(0), at_s - speed / fps / 2) if seeking else Fraction(0)
    seek_s = Fraction(int(early_s * 1_000_000), 1_000_000)
    return seek_s, Start(at_s - seek_s, speed)
