"""Decoding in this process of clips whose frames already have the film's size, orientation and pixel format."""

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
from app.media.video_stream import decode_packets, main_video
from assembly.picture.i420 import Planes
from assembly.picture.normalise import Frame, StartOffset
from assembly.picture.source import Source, use_one_thread

# Some containers seek by decoding time, which is earlier than presentation time.
SEEK_MARGIN_S = Fraction(1, 5)


def can_decode_directly(source: Source, frame: Frame) -> bool:
    """Return whether the file's decoded frames are the film's frames, bit by bit."""
    same_size = (source.width, source.height) == (frame.width, frame.height) and source.aspect == 1
    needs_conversion = source.needs_sdr or source.interlaced or source.alpha or source.full_range
    return source.direct and same_size and source.matrix == "bt709" and not needs_conversion


class PictureReader:
    """Reader of one picture for each frame of the film.

    ``read()`` returns the next picture, the last one again after the end of the file, and ``None`` when the file has
    none. Frame 0 of the film is at ``start_s`` in the file; ``rate`` frames of the film last one second of the file.
    """

    def __init__(
        self, decoded: Iterator[av.VideoFrame], start_s: Fraction, rate: Fraction, size: tuple[int, int]
    ) -> None:
        self._decoded, self._start_s, self._rate, self._size = decoded, start_s, rate, size
        self._index = 0
        self._current = next(decoded, None)
        self._following, self._following_index = self._read_ahead()

    def read(self) -> Planes | None:
        if self._current is None:
            return None
        while self._following is not None and self._following_index <= self._index:
            self._current = self._following
            self._following, self._following_index = self._read_ahead()
        self._index += 1
        return _plane_views(self._current, self._size)

    def _read_ahead(self) -> tuple[av.VideoFrame | None, int]:
        """Return the next picture, and the first frame of the film that shows it: the one nearest to its time."""
        picture = next(self._decoded, None)
        if picture is None:
            return None, 0
        assert picture.pts is not None and picture.time_base is not None
        time_s = Fraction(picture.pts * picture.time_base)
        return picture, math.floor((time_s - self._start_s) * self._rate + Fraction(1, 2))


@contextmanager
def open_pictures(
    path: Path, frame: Frame, seek_s: Fraction, start: StartOffset
) -> Iterator[Callable[[], Planes | None]]:
    """Open the file and yield ``PictureReader.read`` from ``seek_s`` on; ``start`` is relative to ``seek_s``.

    0 reads from the beginning of the file.
    """
    with open_av(path) as file:
        stream = main_video(file)
        use_one_thread(stream)
        file_start_s = Fraction(file.start_time or 0, av.time_base)
        if seek_s > SEEK_MARGIN_S:
            with suppress(FFmpegError):
                # A file without seeking is read from its beginning.
                file.seek(int((file_start_s + seek_s - SEEK_MARGIN_S) * av.time_base))
        start_s = file_start_s + seek_s + start.late_s
        pictures = (p for p in decode_packets(skip_until(file.demux(stream), stream, start_s)) if p.pts is not None)
        yield PictureReader(pictures, start_s, frame.fps / start.speed, (frame.width, frame.height)).read


def skip_until(packets: Iterator[av.Packet], stream: av.VideoStream, start_s: Fraction) -> Iterator[av.Packet]:
    """Yield the packets; before each, set whether the decoder may skip it.

    It may skip a picture that a later one replaces by ``start_s`` and that no other picture references. Only H.264
    reliably marks the latter.
    """
    latest_s: Fraction | float = -math.inf
    for packet in packets:
        if packet.pts is not None and stream.codec_context.name == "h264":
            time_s = Fraction(packet.pts * packet.time_base)
            stream.codec_context.skip_frame = "NONREF" if time_s < latest_s else "DEFAULT"
            if time_s <= start_s:
                latest_s = max(time_s, latest_s)
        yield packet


def _plane_views(picture: av.VideoFrame, size: tuple[int, int]) -> Planes:
    """Return views of the picture's memory, which stays allocated as long as they exist."""
    if (picture.width, picture.height, picture.format.name) != (*size, "yuv420p"):
        # The frame size or format may change within a file.
        picture = picture.reformat(*size, "yuv420p")
    luma, cb, cr = (
        np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width]
        for plane in picture.planes
    )
    return luma, cb, cr
