"""Reading the video of a file as ffmpeg reads it: which stream is shown, seeking, and decoding of damaged packets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

import av
from av.error import FFmpegError, InvalidDataError

from app.core.errors import BadMedia

_COVERS = av.stream.Disposition.attached_pic | av.stream.Disposition.timed_thumbnails
# The number of pixels that the mark "default" is worth; ffmpeg chooses with the same number.
_DEFAULT_PIXELS = 5_000_000
# ffmpeg's names of the demuxers that report the time of every picture.
TIMED_DEMUXERS = frozenset(("mov", "matroska"))
_MICROSECONDS_PER_MS = 1000


def main_video(container: Any) -> Any:
    """Return the stream that is shown, see ``video_to_show``. Raises ``BadMedia`` if there is none."""
    stream = video_to_show(container)
    if stream is None:
        raise BadMedia("video", "the file has no video stream")
    return stream


def video_to_show(container: Any) -> Any:
    """Return the video stream that is neither a cover nor the small preview of some cameras, or ``None``."""
    return max(video_streams(container), key=_rank, default=None)


def video_streams(container: Any) -> list[Any]:
    """Return the video streams that are no covers."""
    return [stream for stream in container.streams.video if not stream.disposition & _COVERS]


def _rank(stream: Any) -> int:
    context = stream.codec_context
    pixels = context.width * context.height if context else 0
    return int(pixels) + (_DEFAULT_PIXELS if stream.disposition & av.stream.Disposition.default else 0)


def seek(container: Any, at_ms: int) -> None:
    """Go to the key frame before ``at_ms`` after the start of the file; one without seeking stays where it is."""
    with suppress(FFmpegError):
        container.seek((container.start_time or 0) + at_ms * _MICROSECONDS_PER_MS)


def decode_packets(packets: Iterable[Any]) -> Iterator[Any]:
    """Yield the pictures that can be decoded; packets with invalid data are skipped, as ffmpeg does."""
    for packet in packets:
        try:
            pictures = packet.decode()
        except InvalidDataError:
            continue
        yield from pictures


def alpha_decoder(stream: Any) -> str | None:
    """Return the decoder for VP8 and VP9 with alpha: it is stored beside the picture, and only libvpx reads it."""
    metadata = {key.lower(): value for key, value in stream.metadata.items()}
    if metadata.get("alpha_mode") != "1":
        return None
    return {"vp8": "libvpx", "vp9": "libvpx-vp9"}.get(stream.codec_context.name)
