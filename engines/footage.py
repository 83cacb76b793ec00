"""Read facts and pictures of a user's video file, which is used as it is and not re-encoded here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import av

from app.core.errors import BadMedia
from app.media.av_open import declared_length_s, open_av
from app.media.video_stream import alpha_decoder, decode_packets, main_video, seek
from engines.animations import is_animation, pictures_at
from engines.stills.pictures import Picture

# The quarters of a video at which its transparency is looked at.
SAMPLES = (0, 1, 2, 3)
_MICROSECONDS_PER_MS = 1000  # PyAV states container times in microseconds.


@dataclass(frozen=True, slots=True)
class Footage:
    """``length_ms`` is the duration from the file's first frame; ``None`` if the file does not state it."""

    length_ms: int | None


def probe_footage(path: Path, start_ms: int, measured_ms: int | None = None) -> Footage:
    """Return the facts about the video at ``path``; ``measured_ms``, if known, is its duration.

    Raises ``BadMedia`` when no frame can be decoded from ``start_ms`` on.
    """
    try:
        with open_av(path) as container:
            length_ms = measured_ms or _stated_ms(container, main_video(container))
        at_ms = min(start_ms, max(0, (length_ms or 1) - 1))
        # Some containers return nothing after a seek; the renderer then reads from the beginning.
        if not _is_decodable(path, at_ms) and not _is_decodable(path, 0):
            raise BadMedia("video", "no frame of the file can be decoded")
    except (av.FFmpegError, OSError, ValueError) as error:
        raise BadMedia("video", f"the file cannot be opened ({type(error).__name__})") from error
    if length_ms is not None and start_ms >= length_ms:
        raise BadMedia("video", f"the file ends at {length_ms} ms and cannot start at {start_ms} ms")
    return Footage(length_ms)


def _stated_ms(container: av.container.InputContainer, stream: av.VideoStream) -> int | None:
    length_s = declared_length_s(stream)
    if length_s is not None:
        return max(1, round(length_s * 1000))
    return max(1, int(container.duration) // _MICROSECONDS_PER_MS) if container.duration is not None else None


def _is_decodable(path: Path, at_ms: int) -> bool:
    with open_av(path) as container:
        if at_ms:
            seek(container, at_ms)
        return next(decode_packets(container.demux(main_video(container))), None) is not None


def transparent_pictures(path: Path, length_ms: int) -> list[Picture]:
    """Return pictures of a video that can be seen through, with their alpha; empty if none can be decoded."""
    moments_ms = [length_ms * share // len(SAMPLES) for share in SAMPLES]
    if is_animation(path):
        return [picture for _, picture in pictures_at(path, moments_ms)]
    pictures = []
    with suppress(av.FFmpegError, OSError, ValueError), open_av(path) as container:
        stream = main_video(container)
        for at_ms in moments_ms:
            seek(container, at_ms)
            if frame := next(_with_alpha(container.demux(stream), alpha_decoder(stream)), None):
                rgba = frame.to_ndarray(format="rgba")
                pictures.append(Picture(rgba[..., :3], rgba[..., 3]))
    return pictures


def _with_alpha(packets: Iterator[av.Packet], decoder: str | None) -> Iterator[av.VideoFrame]:
    if decoder is None:
        return decode_packets(packets)
    context = av.CodecContext.create(decoder, "r")
    return (frame for packet in packets for frame in context.decode(packet))
