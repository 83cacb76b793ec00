"""A user's film: looked into, never re-encoded on the way."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av

from app.core.errors import BadMedia
from app.media.av_open import open_av, stated_length_s

_MICROSECONDS = 1000  # in a millisecond, PyAV's unit for whole files


@dataclass(frozen=True, slots=True)
class Footage:
    """``length_ms`` is what can be shown from the file's first frame on; ``None`` where the file does not say."""

    length_ms: int | None


def probe_footage(path: Path, start_ms: int, measured_ms: int | None = None) -> Footage:
    """What the film at ``path`` can give; its length is ``measured_ms`` where that is known.

    Raises ``BadMedia`` when no frame can be decoded from ``start_ms`` on.
    """
    try:
        with open_av(path) as container:
            if not container.streams.video:
                raise BadMedia("video", "there is no picture in it")
            stream = container.streams.video[0]
            length = measured_ms or _stated_ms(container, stream)
            _decodes(container, stream, min(start_ms, max(0, (length or 1) - 1)))
    except (av.FFmpegError, OSError, ValueError) as error:
        raise BadMedia("video", f"it cannot be opened ({type(error).__name__})") from error
    if length is not None and start_ms >= length:
        raise BadMedia("video", f"it is over after {length} ms and is to begin at {start_ms} ms")
    return Footage(length)


def _stated_ms(container: av.container.InputContainer, stream: av.VideoStream) -> int | None:
    length_s = stated_length_s(stream)
    if length_s is not None:
        return max(1, round(length_s * 1000))
    return max(1, int(container.duration) // _MICROSECONDS) if container.duration is not None else None


def _decodes(container: av.container.InputContainer, stream: av.VideoStream, at_ms: int) -> None:
    if at_ms:
        container.seek(at_ms * _MICROSECONDS)
    for _ in container.decode(stream):
        return
    raise BadMedia("video", "not one frame of it can be decoded")
