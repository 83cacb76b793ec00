"""Cuts and changes of size inside a video, found from its key frames: encoders begin a new one at either."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from app.media.av_open import open_av
from app.media.video_stream import TIMED_DEMUXERS, decode_packets, main_video

# Key frames of H.264 are one to eight seconds apart; of a format with nothing but key frames, few are decoded.
_MIN_DISTANCE_MS = 200
_MAX_KEY_FRAMES = 240
# Between key frames at most this far apart, a cut may be anywhere: recorders place them at equal distances. One after a
# longer distance is where the encoder saw a cut.
_MAX_REGULAR_MS = 2000
_SIZE = (32, 32)
_BINS = 6
# Pictures before and after a cut have less in common, of colours and of what is where; those of a moving camera more.
_MAX_COMMON_COLOURS, _MIN_DIFFERENCE = 0.55, 24.0

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class KeyFrame:
    """A key frame ``at_ms`` from the start of the video: its size and a small copy."""

    at_ms: int
    size: tuple[int, int]
    copy: Floats


@dataclass(frozen=True, slots=True)
class KeyFrames:
    """The first key frames of a video, and the moments in ms from its start at which one cannot be decoded."""

    frames: tuple[KeyFrame, ...] = ()
    damaged_ms: tuple[int, ...] = ()


def find_cuts(key_frames: Sequence[KeyFrame]) -> tuple[int, ...]:
    """Return the moments, in ms from the start of the video, near which it cuts to another picture."""
    moments: list[int] = []
    for before, after in pairwise(key_frames):
        if _is_other_picture(before.copy, after.copy):
            if after.at_ms - before.at_ms <= _MAX_REGULAR_MS:
                moments.append((before.at_ms + after.at_ms) // 2)
            moments.append(after.at_ms)
    return tuple(moments)


def changes_size(key_frames: Sequence[KeyFrame]) -> bool:
    """Return whether the video has pictures of several sizes, as recordings of streams and turned phones have."""
    return len({frame.size for frame in key_frames}) > 1


def read_key_frames(path: Path) -> KeyFrames:
    """Return the first key frames of a video. Raises as PyAV for a file that cannot be read."""
    read_ms: list[int] = []
    frames = tuple(_key_frames(path, read_ms))
    return KeyFrames(frames, _damaged_ms(frames, read_ms))


def _damaged_ms(frames: Sequence[KeyFrame], read_ms: Sequence[int]) -> tuple[int, ...]:
    """Return the moments of the packets that give no picture after the first one; some decoders report no error."""
    decoded_ms = {frame.at_ms for frame in frames}
    first_ms, last_ms = min(decoded_ms, default=0), max(decoded_ms, default=0)
    # The pictures of the last packets may still be in the decoder when reading ends before the file.
    end_ms = last_ms if len(read_ms) >= _MAX_KEY_FRAMES else math.inf
    return tuple(at_ms for at_ms in read_ms if first_ms < at_ms <= end_ms and at_ms not in decoded_ms)


def _key_frames(path: Path, read_ms: list[int]) -> Iterator[KeyFrame]:
    """Yield the key frames. The moments of their packets are added to ``read_ms`` if the container states each one."""
    with open_av(path) as container:
        stream = main_video(container)
        stream.thread_type = "NONE"
        # A packet whose data are damaged has no mark of a key frame.
        indexed = {entry.timestamp for entry in stream.index_entries if entry.is_keyframe}
        is_timed = not TIMED_DEMUXERS.isdisjoint(container.format.name.split(","))
        start_ms, last_ms, count = (container.start_time or 0) // 1000, -_MIN_DISTANCE_MS, 0
        stream.codec_context.skip_frame = "NONKEY"
        for packet in container.demux(stream):
            is_key = packet.is_keyframe or packet.dts in indexed
            if packet.size and (not is_key or packet.pts is None):
                continue
            # Times begin anew in the middle of joined transport streams.
            if packet.size and 0 < _ms(packet.pts, stream) - start_ms - last_ms < _MIN_DISTANCE_MS:
                continue
            if packet.size and is_timed and not packet.is_discard:
                read_ms.append(_ms(packet.pts, stream) - start_ms)
            for frame in decode_packets((packet,)):
                if frame.pts is not None:
                    yield KeyFrame(_ms(frame.pts, stream) - start_ms, (frame.width, frame.height), _thumbnail(frame))
            if packet.size:
                last_ms, count = _ms(packet.pts, stream) - start_ms, count + 1
            if count >= _MAX_KEY_FRAMES:
                return


def _ms(pts: int | None, stream: Any) -> int:
    return round(float((pts or 0) * stream.time_base * 1000))


def _thumbnail(frame: Any) -> Floats:
    return np.asarray(frame.reformat(*_SIZE, format="rgb24").to_ndarray(), np.float32)


def _is_other_picture(before: Floats, after: Floats) -> bool:
    difference = float(np.abs(before - after).mean())
    return difference >= _MIN_DIFFERENCE and _common_colours(before, after) <= _MAX_COMMON_COLOURS


def _common_colours(before: Floats, after: Floats) -> float:
    """Return the share of pixels (0 … 1) that have the same colour in both pictures, wherever they are."""
    histograms = (
        cv2.calcHist([picture], [0, 1, 2], None, [_BINS] * 3, [0, 256] * 3) / (_SIZE[0] * _SIZE[1])
        for picture in (before, after)
    )
    return float(np.minimum(*histograms).sum())
