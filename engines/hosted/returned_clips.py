"""Check of the clip that a provider has returned: it is a video, whole, of the ordered shape and length, and moves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from av.error import FFmpegError

from app.core.errors import BadMedia, ProviderRefused
from app.core.http import MAX_CLIP_BYTES
from app.media.av_open import declared_length_s, open_av
from app.media.probe.av import AUDIO_DECODERS, MAX_FRAME_PIXELS
from app.media.probe.facts import DECODE_ERRORS
from app.media.probe.file_type import HEAD_BYTES, MOV, MP4, WEBM, WEBP, FileType, detect_file_type
from app.media.probe.unsupported import UnsupportedFile
from app.media.video_stream import video_streams
from engines.hosted.returned_frames import Bars, FrameMeter, SeenFrame, animation_frames, video_frames
from engines.hosted.returned_rules import (
    ClipFault,
    check_length,
    check_motion,
    check_not_too_long,
    check_size,
    check_whole,
    cropped_bars,
    frame_rate,
    usual_interval_ms,
)
from schemas.order import ClipOrder

CONTAINERS = {MP4: "mp4", MOV: "mov", WEBM: "webm", WEBP: "webp"}
# What models write; every further decoder would be one more that reads data from outside.
CODECS = frozenset(["h264", "hevc", "vp8", "vp9", "libvpx", "libvpx-vp9", "av1", "libdav1d", "mpeg4", "prores"])
DECODERS = CODECS | frozenset(AUDIO_DECODERS.split())
MAX_STREAMS, MAX_PICTURES = 8, 60_000


@dataclass(frozen=True, slots=True)
class ReturnedClip:
    """Facts of a clip that can be used: ``width`` × ``height`` as it is shown, with square pixels.

    ``container`` is "mp4", "mov", "webm" or "webp". ``bars`` are black bars that are narrow enough to be cropped;
    ``None`` without any. ``black_share`` and ``frozen_share`` are shares of its length.
    """

    width: int
    height: int
    length_ms: int
    fps: Fraction
    codec: str
    container: str
    has_sound: bool = False
    bars: Bars | None = None
    black_share: float = 0.0
    frozen_share: float = 0.0

    @property
    def crop(self) -> tuple[int, int, int, int] | None:
        """Left, top, width and height, all even, of the picture inside the bars; ``None`` without bars."""
        if self.bars is None:
            return None
        left, top = _even_up(self.bars.left), _even_up(self.bars.top)
        right, bottom = self.width - self.bars.right, self.height - self.bars.bottom
        return left, top, (right - left) // 2 * 2, (bottom - top) // 2 * 2


@dataclass(frozen=True, slots=True)
class _Measured:
    meter: FrameMeter
    codec: str
    has_sound: bool = False


def check_returned_clip(path: Path, order: ClipOrder, engine: str, *, moves: bool = True) -> ReturnedClip:
    """Return the facts of the clip at ``path``, all of which is decoded once.

    With ``moves``, a clip that mostly stands still is refused. A clip of stock footage (``order.query``) may be of any
    greater length, and of another shape. Raises ``ProviderRefused`` with what is wrong, and ``OSError``.
    """
    try:
        return _checked(path, order, moves=moves)
    except ClipFault as fault:
        raise ProviderRefused(engine, f"the returned clip {fault}") from fault
    except BadMedia as error:
        raise ProviderRefused(engine, f"the returned clip cannot be decoded: {error.args[1]}") from error
    except (*_DAMAGE, FFmpegError) as error:
        raise ProviderRefused(engine, f"the returned clip cannot be decoded ({type(error).__name__})") from error


# A missing file, or one that may not be read, is a fault of this machine.
_DAMAGE = tuple(error for error in DECODE_ERRORS if error is not OSError)


def _checked(path: Path, order: ClipOrder, *, moves: bool) -> ReturnedClip:
    file_type = _file_type(path)
    measured = _measure_animation(path, order) if file_type is WEBP else _measure_video(path, file_type, order)
    meter = measured.meter
    check_length(meter.end_ms, order)
    fps = frame_rate(meter.times_ms, meter.end_ms)
    black, frozen = meter.black / len(meter.times_ms), meter.frozen_ms / max(1.0, meter.end_ms)
    check_motion(black, frozen, moves=moves)
    (size,) = meter.sizes
    bars = cropped_bars(meter.bars, *size)
    check_size(*size, order)
    facts = (*size, round(meter.end_ms), fps, measured.codec, CONTAINERS[file_type], measured.has_sound, bars)
    return ReturnedClip(*facts, round(black, 3), round(frozen, 3))


# -- the file --------------------------------------------------------------------------------------------------------


def _file_type(path: Path) -> FileType:
    size = path.stat().st_size
    if size > MAX_CLIP_BYTES:
        raise ClipFault(f"has {size:,} bytes, more than {MAX_CLIP_BYTES:,}")
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    file_type = detect_file_type(head)
    if isinstance(file_type, UnsupportedFile):
        is_json = head.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"{", b"[")
        raise ClipFault("is JSON, not a video" if is_json else f"{file_type.description}, not a video")
    if file_type not in CONTAINERS:
        kinds = ", ".join(kind.upper() for kind in CONTAINERS.values())
        raise ClipFault(f"is a {file_type.suffix[1:].upper()} file; {kinds} are accepted")
    return file_type


def _measure_video(path: Path, file_type: FileType, order: ClipOrder) -> _Measured:
    with open_av(path, demuxer=file_type.format, decoders=DECODERS) as container:
        stream = _only_video(container)
        sounds = [sound for sound in container.streams.audio if sound.codec_context]
        stated_ms = _stated_ms(container, stream, sounds)
        check_not_too_long(stated_ms, order)
        stream.codec_context.options = {"max_pixels": str(MAX_FRAME_PIXELS)}
        stream.thread_type = "AUTO"
        meter = _metered(video_frames(container, stream, sounds), order)
        meter.finish(meter.times_ms[-1] + usual_interval_ms(meter.times_ms))
        check_whole(meter.end_ms, stated_ms, damaged=meter.damaged)
        return _Measured(meter, stream.codec_context.name, bool(sounds))


def _measure_animation(path: Path, order: ClipOrder) -> _Measured:
    try:
        frames, durations_ms = animation_frames(path)
        if len(durations_ms) < 2:
            raise ClipFault("is a still picture, not a video")
        check_not_too_long(sum(durations_ms), order)
        meter = _metered(frames, order)
    except OSError as error:  # the error of Pillow for damaged data
        raise ClipFault(f"cannot be decoded ({type(error).__name__})") from error
    meter.finish(sum(durations_ms))
    return _Measured(meter, "webp")


def _metered(frames: Iterator[SeenFrame], order: ClipOrder) -> FrameMeter:
    meter = FrameMeter()
    for frame in frames:
        meter.add(frame)
        check_not_too_long(frame.at_ms, order)
        if len(meter.sizes) > 1:
            raise ClipFault("changes its size while it plays")
        if len(meter.times_ms) > MAX_PICTURES:
            raise ClipFault(f"has more than {MAX_PICTURES:,} pictures")
    if not meter.times_ms:
        raise ClipFault("has no picture that can be decoded")
    return meter


def _stated_ms(container: Any, stream: Any, sounds: list[Any]) -> float:
    """Return the length that the file states for its video; 0 if it states none but one that may be the sound's."""
    stated_s = declared_length_s(stream)
    if stated_s:
        return float(stated_s * 1000)
    return 0.0 if sounds else (container.duration or 0) / 1000


def _only_video(container: Any) -> Any:
    if len(container.streams) > MAX_STREAMS:
        raise ClipFault(f"has {len(container.streams)} streams, more than {MAX_STREAMS}")
    streams = video_streams(container)
    if not streams:
        raise ClipFault("has no video stream")
    if len(streams) > 1:
        raise ClipFault(f"has {len(streams)} video streams")
    context = streams[0].codec_context
    name = context.codec.name if context else "unknown"
    if name not in CODECS:
        raise ClipFault(f"has the video codec {name}, which is not accepted")
    return streams[0]


def _even_up(px: int) -> int:
    return px + px % 2
