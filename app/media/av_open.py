"""Opening recordings: one local file, by demuxers that hold media themselves; nothing that it refers to is opened."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

PROTOCOLS = "file"
# By ffmpeg's names. None of them is a playlist (hls, dash), a list of files (concat, image2) or a device (lavfi).
VIDEO_DEMUXERS = ("mov", "matroska", "avi", "mpegts", "mpeg", "flv", "ogg", "gif", "apng", "asf", "mxf", "nut")
AUDIO_DEMUXERS = ("wav", "mp3", "aac", "flac", "aiff", "caf", "w64", "amr")
LIMITS = {"protocol_whitelist": PROTOCOLS, "format_whitelist": ",".join(VIDEO_DEMUXERS + AUDIO_DEMUXERS)}


def open_av(
    path: Path,
    *,
    demuxer: str | None = None,
    decoders: Collection[str] = (),
    stream_options: Mapping[str, str] | None = None,
) -> Any:
    """An ``av.container.InputContainer``, to be used in a ``with`` block.

    ``demuxer`` is the only one that is tried; ``decoders`` the only ones with which its streams are examined;
    ``stream_options`` are those of the decoders. Raises ``FFmpegError`` or ``OSError``.
    """
    limits = dict(LIMITS)
    if decoders:
        limits["codec_whitelist"] = ",".join(sorted(decoders))
    return av.open(
        _absolute(path),
        format=demuxer,
        options=dict(stream_options or {}),
        container_options=limits,
        metadata_errors="replace",
    )


def av_input(path: Path) -> tuple[str, ...]:
    """The arguments by which the ffmpeg command opens ``path``, with the same limits."""
    options = (part for name, value in LIMITS.items() for part in (f"-{name}", value))
    return (*options, "-i", _absolute(path))


def _absolute(path: Path) -> str:
    # A relative name such as "concat:a.mp4" would be taken for a protocol.
    return str(path.absolute())


def stated_length_s(stream: Any) -> Fraction | None:
    """What the container says of the stream's length, in seconds; ``None`` where it does not."""
    if not stream.duration or not stream.time_base:
        return None
    return Fraction(stream.duration) * Fraction(stream.time_base)
