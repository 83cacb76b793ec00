"""Opening media files: one local file, by demuxers that contain media themselves; references are not followed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

PROTOCOLS = "file"
# Names of ffmpeg demuxers. None reads a playlist (hls, dash), a list of files (concat, image2) or a device (lavfi).
VIDEO_DEMUXERS = ("mov", "matroska", "avi", "mpegts", "mpeg", "flv", "ogg", "gif", "apng", "asf", "mxf", "nut")
AUDIO_DEMUXERS = ("wav", "mp3", "aac", "flac", "aiff", "caf", "w64", "amr")
# The demuxer of a stored file by its suffix, which follows from its content.
DEMUXER_OF_SUFFIX = {
    **dict.fromkeys((".mp4", ".mov", ".m4a", ".avif"), "mov"),
    **dict.fromkeys((".mkv", ".mka", ".webm"), "matroska"),
    **dict.fromkeys((".ogg", ".ogv", ".opus"), "ogg"),
    **dict.fromkeys((".wmv", ".wma"), "asf"),
    ".ts": "mpegts",
    ".mpg": "mpeg",
    **{f".{name}": name for name in ("avi", "flv", "mxf", "wav", "mp3", "aac", "flac", "aiff", "caf", "amr", "gif")},
}
LIMITS = {"protocol_whitelist": PROTOCOLS, "format_whitelist": ",".join(VIDEO_DEMUXERS + AUDIO_DEMUXERS)}


def open_av(
    path: Path,
    *,
    demuxer: str | None = None,
    decoders: Collection[str] = (),
    stream_options: Mapping[str, str] | None = None,
) -> Any:
    """Open a file as an ``av.container.InputContainer``, to be used in a ``with`` block.

    Only ``demuxer`` is tried, or that of the file's suffix, and streams are examined only with ``decoders``. All of
    ``LIMITS`` are allowed for other suffixes, and without ``decoders``. ``stream_options`` are options of the decoders.
    Raises ``FFmpegError`` or ``OSError``.
    """
    limits = dict(LIMITS)
    if decoders:
        limits["codec_whitelist"] = ",".join(sorted(decoders))
    return av.open(
        _absolute(path),
        format=demuxer or DEMUXER_OF_SUFFIX.get(path.suffix),
        options=dict(stream_options or {}),
        container_options=limits,
        metadata_errors="replace",
    )


def av_input(path: Path) -> tuple[str, ...]:
    """Return the arguments with which the ffmpeg command opens ``path`` as ``open_av`` does."""
    return (
        *(part for name, value in input_options(path).items() for part in (f"-{name}", value)),
        "-i",
        _absolute(path),
    )


def input_options(path: Path) -> dict[str, str]:
    """Return the options before the input ``path`` of an ffmpeg command, by name."""
    demuxer = DEMUXER_OF_SUFFIX.get(path.suffix)
    return {**LIMITS, "f": demuxer} if demuxer else dict(LIMITS)


def _absolute(path: Path) -> str:
    # ffmpeg would read a protocol from a relative name such as "concat:a.mp4".
    return str(path.absolute())


def declared_length_s(stream: Any) -> Fraction | None:
    """Return the length of the stream in seconds as the container states it, or ``None``."""
    if not stream.duration or not stream.time_base:
        return None
    return Fraction(stream.duration) * Fraction(stream.time_base)
