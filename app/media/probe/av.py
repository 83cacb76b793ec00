"""Facts of a video or audio file: all packets are read, and the first frames of each stream are decoded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.error import FFmpegError

from app.core.errors import BadMedia
from app.media.av_open import declared_length_s, open_av
from app.media.probe.facts import DECODE_ERRORS, Limits, MediaFacts
from app.media.probe.file_type import FileType
from app.media.video_stream import video_to_show
from schemas.content_types import content_type

MAX_FRAME_PIXELS = 40_000_000
MAX_STREAMS = 32
DECODED_FRAMES = 3
# An hour at 60 frames per second with sound has 400,000 packets. Slow-motion cameras write 1,000 frames per second.
MAX_PACKETS, MAX_FRAMES_PER_S = 1_000_000, 1_200
PACKETS_BETWEEN_CHECKS = 1_000
# Only these demuxers read the length from the file; the others estimate it from the first packets.
DEMUXERS_WITH_LENGTH = ("mov", "matroska", "wav", "flac", "avi", "aiff")
# The allowed difference between the stated and the real length: the larger of the two.
TOLERANCE_MS, TOLERANCE_SHARE = 1_000, 0.05
# Codecs that cameras, phones, browsers and editors write; others are refused, because every decoder is an attack
# surface.
VIDEO_DECODERS = (
    "h264 hevc vp8 vp9 libvpx libvpx-vp9 av1 libdav1d mpeg4 mpeg2video mpeg1video h263 theora prores dnxhd mjpeg qtrle "
    "flv wmv1 wmv2 wmv3 vc1 msmpeg4v1 msmpeg4v2 msmpeg4 dvvideo cfhd v210 rawvideo png"
)
AUDIO_DECODERS = (
    "aac aac_latm mp3 mp3float mp2 mp2float opus libopus vorbis flac alac ac3 eac3 amrnb amrwb pcm_u8 pcm_s8 "
    "pcm_s16le pcm_s16be pcm_s24le pcm_s24be pcm_s32le pcm_s32be pcm_f32le pcm_f32be pcm_f64le pcm_f64be "
    "pcm_alaw pcm_mulaw adpcm_ms adpcm_ima_wav adpcm_ima_qt pcm_bluray pcm_dvd wmav1 wmav2 wmapro"
)
DECODERS = frozenset(f"{VIDEO_DECODERS} {AUDIO_DECODERS}".split())
# The suffix of a container without a video stream, and of one with a video stream.
AUDIO_ONLY_SUFFIX = {".mp4": ".m4a", ".mov": ".m4a", ".mkv": ".mka", ".wmv": ".wma"}
VIDEO_SUFFIX = {".ogg": ".ogv"}


@dataclass(slots=True)
class Track:
    """Times of one stream's packets in units of ``time_base`` seconds, and its first decoded frames."""

    time_base: Fraction
    start: int | None = None
    end: int = 0
    packets: int = 0
    frames: int = 0
    first_frame: Any = None

    @property
    def length_ms(self) -> int:
        return round((self.end - (self.start or 0)) * self.time_base * 1000)


def av_facts(path: Path, field: str, limits: Limits, file_type: FileType) -> MediaFacts:
    """Return the facts of a file, opened with the demuxer of its type only; raises ``BadMedia``."""
    if file_type.format in ("wav", "avi"):
        _check_riff_size(path, field)
    try:
        with open_av(path, demuxer=file_type.format, decoders=DECODERS) as container:
            return _facts(container, field, limits, file_type)
    except (*DECODE_ERRORS, FFmpegError) as error:
        raise BadMedia(field, f"the {file_type.suffix[1:].upper()} is damaged or incomplete") from error


def _facts(container: Any, field: str, limits: Limits, file_type: FileType) -> MediaFacts:
    if len(container.streams) > MAX_STREAMS:
        raise BadMedia(field, f"it has {len(container.streams)} streams, more than {MAX_STREAMS}")
    picture = video_to_show(container)
    sounds = [s for s in container.streams.audio if _decoder(s) in DECODERS]
    _check_decoders(picture, sounds, container, field)
    _check_stated_limits(picture, container, field, limits)
    _check_packets(sum(stream.frames for stream in container.streams), field)
    tracks = _read_tracks(container, [s for s in (picture, *sounds) if s], field, limits)
    _check_complete(container, tracks.values(), field, file_type)
    sound = next((s for s in sounds if tracks[s.index].frames), None)
    main = picture or sound
    if main is None or not tracks[main.index].frames:
        raise BadMedia(field, "nothing in it can be decoded")
    if picture is not None:
        _check_frame_rate(tracks[picture.index], field)
    length_ms = _length_ms(main, tracks[main.index])
    if length_ms < 1:
        raise BadMedia(field, "its length is zero")
    suffix = (AUDIO_ONLY_SUFFIX if picture is None else VIDEO_SUFFIX).get(file_type.suffix, file_type.suffix)
    kind = content_type(suffix, sound_only=picture is None)
    facts = MediaFacts("audio", kind, suffix, length_ms=length_ms, sound=sound is not None)
    return facts if picture is None else _video_facts(facts, picture, tracks[picture.index].first_frame)


def _decoder(stream: Any) -> str | None:
    context = stream.codec_context
    return context.codec.name if context else None


def _check_decoders(picture: Any, sounds: list[Any], container: Any, field: str) -> None:
    if picture is not None and _decoder(picture) not in DECODERS:
        raise BadMedia(field, f"its video codec is {_decoder(picture) or 'unknown'}, which is not accepted: send H.264")
    if picture is None and not sounds:
        if container.streams.audio:
            codec = _decoder(container.streams.audio[0]) or "unknown"
            raise BadMedia(field, f"its audio codec is {codec}, which is not accepted: send AAC, MP3 or WAV")
        raise BadMedia(field, "it has neither video nor audio")


def _check_stated_limits(picture: Any, container: Any, field: str, limits: Limits) -> None:
    if container.duration:
        limits.check_length(container.duration // 1000, field)
    if picture is not None:
        video_limits = replace(limits, max_pixels=min(limits.max_pixels, MAX_FRAME_PIXELS))
        video_limits.check_size(picture.codec_context.width, picture.codec_context.height, field)
        # The frames may have another size than the container states.
        picture.codec_context.options = {"max_pixels": str(video_limits.max_pixels)}


def _read_tracks(container: Any, decoded: list[Any], field: str, limits: Limits) -> dict[int, Track]:
    """Read every packet of the file and decode the first frames of each stream in ``decoded``."""
    for stream in decoded:
        stream.codec_context.thread_count = 1  # each thread would reserve memory
    tracks = {stream.index: Track(stream.time_base or Fraction(1, 1000)) for stream in container.streams}
    decoded_indices = {stream.index for stream in decoded}
    for number, packet in enumerate(container.demux()):
        track = tracks[packet.stream_index]
        if number % PACKETS_BETWEEN_CHECKS == 0:
            _check_packets(number, field)
            limits.check_length(max(each.length_ms for each in tracks.values()), field)
        _extend_track(track, packet)
        if packet.stream_index in decoded_indices and track.frames < DECODED_FRAMES:
            _decode_packet(track, packet)
    limits.check_length(max(track.length_ms for track in tracks.values()), field)
    return tracks


def _check_packets(count: int, field: str) -> None:
    if count > MAX_PACKETS:
        raise BadMedia(field, f"it has more than {MAX_PACKETS:,} packets", "Export it as MP4 and send that file.")


def _check_frame_rate(track: Track, field: str) -> None:
    if track.packets * 1000 > MAX_FRAMES_PER_S * max(1000, track.length_ms):
        per_s = track.packets * 1000 // max(1, track.length_ms)
        raise BadMedia(field, f"it has {per_s:,} frames per second, more than {MAX_FRAMES_PER_S:,}")


def _extend_track(track: Track, packet: Any) -> None:
    track.packets += 1
    stamp = packet.pts if packet.pts is not None else packet.dts
    if stamp is None or packet.is_discard:
        return
    track.start = stamp if track.start is None or stamp < track.start else track.start
    track.end = max(track.end, stamp + (packet.duration or 0))


def _decode_packet(track: Track, packet: Any) -> None:
    try:
        frames = packet.decode()
    except av.InvalidDataError:  # a transport stream may begin in the middle of a frame
        return
    track.frames += len(frames)
    if track.first_frame is None and frames:
        track.first_frame = frames[0]


def _check_riff_size(path: Path, field: str) -> None:
    """Raise ``BadMedia`` if a WAV or AVI is shorter than its header states; ffmpeg only uses the size of the file."""
    with path.open("rb") as file:
        stated_bytes = 8 + int.from_bytes(file.read(8)[4:], "little")
    file_bytes = path.stat().st_size
    is_stated = 8 < stated_bytes < 1 << 32  # programs that write to a pipe cannot fill in the size
    if is_stated and file_bytes < stated_bytes * (1 - TOLERANCE_SHARE):
        raise BadMedia(field, f"it is incomplete: {file_bytes} of {stated_bytes} bytes")


def _check_complete(container: Any, tracks: Iterable[Track], field: str, file_type: FileType) -> None:
    if file_type.format not in DEMUXERS_WITH_LENGTH or not container.duration:
        return
    stated_ms = container.duration / 1000
    read_ms = max(track.length_ms for track in tracks)
    if stated_ms - read_ms > max(TOLERANCE_MS, stated_ms * TOLERANCE_SHARE):
        raise BadMedia(field, f"it is incomplete: {read_ms / 1000:.1f} of {stated_ms / 1000:.1f} seconds")


def _length_ms(stream: Any, track: Track) -> int:
    """Return the length that the container states for the stream, or that of its packets if the two differ."""
    stated_s = declared_length_s(stream)
    if stated_s:
        stated_ms = round(stated_s * 1000)
        if abs(stated_ms - track.length_ms) <= max(TOLERANCE_MS, stated_ms * TOLERANCE_SHARE):
            return stated_ms
    return track.length_ms


def _video_facts(facts: MediaFacts, stream: Any, frame: Any) -> MediaFacts:
    aspect = stream.sample_aspect_ratio or Fraction(1)
    width, height = round(frame.width * aspect), frame.height
    if frame.rotation % 180:
        width, height = height, width
    alpha = stream.metadata.get("alpha_mode") == "1" or any(part.is_alpha for part in frame.format.components)
    return replace(facts, kind="video", width=width, height=height, alpha=alpha)
