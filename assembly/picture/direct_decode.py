"""The pictures of a clip that is as the film is: decoded here, as there is nothing to scale, turn or convert."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError

from app.media.av_open import open_av
from assembly.picture.i420 import Planes
from assembly.picture.normalise import Frame, Start
from assembly.picture.source import Source, decoded, use_one_thread

# Some containers find a place by when a picture is decoded, which is earlier than when it is shown.
EARLIER_S = Fraction(1, 5)


def can_decode_directly(source: Source, frame: Frame) -> bool:
    """Whether the file's own pictures are the film's, bit by bit."""
    same = (source.width, source.height) == (frame.width, frame.height) and source.aspect == 1
    foreign = source.hdr or source.wide_gamut or source.interlaced or source.alpha or source.full_range
    return source.direct and same and source.matrix == "bt709" and not foreign


class Pictures:
    """One picture for each frame of the film: ``read()`` gives the next one, the last again behind the end.

    Frame 0 of the film is at ``start_s`` in the file, and ``pace`` frames of it last a second of the file. ``read``
    gives ``None`` when there is no picture at all.
    """

    def __init__(
        self, decoded: Iterator[av.VideoFrame], start_s: Fraction, pace: Fraction, size: tuple[int, int]
    ) -> None:
        self._decoded, self._start_s, self._pace, self._size = decoded, start_s, pace, size
        self._at = 0
        self._shown = next(decoded, None)
        self._ahead, self._due = self._next()

    def read(self) -> Planes | None:
        if self._shown is None:
            return None
        while self._ahead is not None and self._due <= self._at:
            self._shown = self._ahead
            self._ahead, self._due = self._next()
        self._at += 1
        return _planes(self._shown, self._size)

    def _next(self) -> tuple[av.VideoFrame | None, int]:
        """The picture ahead, and the first frame of the film that shows it: the nearest to its time."""
        picture = next(self._decoded, None)
        if picture is None:
            return None, 0
        assert picture.pts is not None and picture.time_base is not None
        shown_s = Fraction(picture.pts * picture.time_base)
        return picture, math.floor((shown_s - self._start_s) * self._pace + Fraction(1, 2))


@contextmanager
def open_pictures(path: Path, frame: Frame, seek_s: Fraction, start: Start) -> Iterator[Callable[[], Planes | None]]:
    """``Pictures.read`` of the file from ``seek_s`` on, as ``start`` counts from there; 0 reads from the beginning."""
    with open_av(path) as file:
        stream = file.streams.video[0]
        use_one_thread(stream)
        begins_s = Fraction(file.start_time or 0, av.time_base)
        if seek_s > EARLIER_S:
            with suppress(FFmpegError):
                # What cannot be sought in is read from its beginning.
                file.seek(int((begins_s + seek_s - EARLIER_S) * av.time_base))
        start_s = begins_s + seek_s + start.late_s
        pictures = decoded(skip_until(file.demux(stream), stream, start_s))
        yield Pictures(pictures, start_s, frame.fps / start.speed, (frame.width, frame.height)).read


def skip_until(packets: Iterator[av.Packet], stream: av.VideoStream, start_s: Fraction) -> Iterator[av.Packet]:
    """The packets; the decoder is told before each whether it may leave it out.

    It may where another picture takes its place by ``start_s`` and none is made from it. Only H.264 tells the latter
    for certain.
    """
    latest_s: Fraction | float = -math.inf
    for packet in packets:
        if packet.pts is not None and stream.codec_context.name == "h264":
            at_s = Fraction(packet.pts * packet.time_base)
            stream.codec_context.skip_frame = "NONREF" if at_s < latest_s else "DEFAULT"
            if at_s <= start_s:
                latest_s = max(at_s, latest_s)
        yield packet


def _planes(picture: av.VideoFrame, size: tuple[int, int]) -> Planes:
    """Views of the picture's own memory, which they keep."""
    if (picture.width, picture.height, picture.format.name) != (*size, "yuv420p"):
        # A file may change in its middle.
        picture = picture.reformat(*size, "yuv420p")
    luma, cb, cr = (
        np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width]
        for plane in picture.planes
    )
    return luma, cb, cr
