"""The facts of a video or a sound: read from one end to the other, its first frames decoded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from app.core.errors import BadMedia
from app.media.av_open import open_av, stated_length_s
from app.media.probe.facts import DECODE_ERRORS, Limits, MediaFacts
from app.media.probe.file_type import FileType
from schemas.content_types import content_type

MAX_FRAME_PIXELS = 40_000_000
MAX_STREAMS = 32
DECODED_FRAMES = 3
# Only these say how long they are; in the others it is a guess from the first packets.
DEMUXERS_WITH_LENGTH = ("mov", "matroska", "wav", "flac")
TOLERANCE_MS, TOLERANCE_SHARE = 1_000, 0.05
# What cameras, phones, browsers and editors write, and nothing exotic: a decoder is a large door.
VIDEO_DECODERS = (
    "h264 hevc vp8 vp9 libvpx libvpx-vp9 av1 libdav1d mpeg4 mpeg2video mpeg1video h263 theora prores dnxhd mjpeg qtrle"
)
AUDIO_DECODERS = (
    "aac aac_latm mp3 mp3float mp2 mp2float opus libopus vorbis flac alac ac3 eac3 amrnb amrwb pcm_u8 pcm_s8 "
    "pcm_s16le pcm_s16be pcm_s24le pcm_s24be pcm_s32le pcm_s32be pcm_f32le pcm_f32be pcm_f64le pcm_f64be "
    "pcm_alaw pcm_mulaw adpcm_ms adpcm_ima_wav adpcm_ima_qt"
)
DECODERS = frozenset(f"{VIDEO_DECODERS} {AUDIO_DECODERS}".split())
# What a container is called that turns out to have no picture, or to have one.
AUDIO_ONLY_SUFFIX = {".mp4": ".m4a", ".mov": ".m4a", ".mkv": ".mka"}
VIDEO_SUFFIX = {".ogg": ".ogv"}


@dataclass(slots=True)
class Track:
    """What was met of one stream while reading the file once."""

    start: Fraction | None = None
    end: Fraction = Fraction(0)
    frames: int = 0
    first_frame: Any = None

    @property
    def length_ms(self) -> int:
        return round((self.end - (self.start or 0)) * 1000)


def av_facts(path: Path, field: str, limits: Limits, file_type: FileType) -> MediaFacts:
    """Opens it with the one demuxer its first bytes ask for. Raises ``BadMedia``."""
    if file_type.format == "wav":
        _check_riff_size(path, field)
    try:
        with open_av(path, demuxer=file_type.format, decoders=DECODERS) as container:
            return _facts(container, field, limits, file_type)
    except DECODE_ERRORS as error:
        raise BadMedia(field, f"the {file_type.suffix[1:].upper()} is damaged or not whole") from error


def _facts(container: Any, field: str, limits: Limits, sort: FileType) -> MediaFacts:
    if len(container.streams) > MAX_STREAMS:
        raise BadMedia(field, f"it has {len(container.streams)} streams, more than {MAX_STREAMS}")
    picture = next((s for s in container.streams.video if not _is_cover(s)), None)
    sounds = [s for s in container.streams.audio if _decoder(s) in DECODERS]
    _check_decoders(picture, sounds, container, field)
    _check_stated_limits(picture, container, field, limits)
    tracks = _read_tracks(container, [s for s in (picture, *sounds) if s], field, limits)
    _check_complete(container, tracks.values(), field, sort)
    sound = next((s for s in sounds if tracks[s.index].frames), None)
    main = picture or sound
    if main is None or not tracks[main.index].frames:
        raise BadMedia(field, "nothing of it can be decoded")
    length_ms = _length_ms(main, tracks[main.index])
    if length_ms < 1:
        raise BadMedia(field, "it has no length")
    suffix = (AUDIO_ONLY_SUFFIX if picture is None else VIDEO_SUFFIX).get(sort.suffix, sort.suffix)
    kind = content_type(suffix, sound_only=picture is None)
    heard = MediaFacts("audio", kind, suffix, length_ms=length_ms, sound=sound is not None)
    return heard if picture is None else _video_facts(heard, picture, tracks[picture.index].first_frame)


def _is_cover(stream: Any) -> bool:
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _decoder(stream: Any) -> str | None:
    context = stream.codec_context
    return context.codec.name if context else None


def _check_decoders(picture: Any, sounds: list[Any], container: Any, field: str) -> None:
    if picture is not None and _decoder(picture) not in DECODERS:
        raise BadMedia(field, f"its picture is coded as {_decoder(picture) or 'something unknown'}: send H.264")
    if picture is None and not sounds:
        if container.streams.audio:
            coded = _decoder(container.streams.audio[0]) or "something unknown"
            raise BadMedia(field, f"its sound is coded as {coded}: send AAC, MP3 or WAV")
        raise BadMedia(field, "it has neither picture nor sound")


def _check_stated_limits(picture: Any, container: Any, field: str, limits: Limits) -> None:
    if container.duration:
        limits.check_length(container.duration // 1000, field)
    if picture is not None:
        most = replace(limits, max_pixels=min(limits.max_pixels, MAX_FRAME_PIXELS))
        most.check_size(picture.codec_context.width, picture.codec_context.height, field)
        # The container may say one size and the frames another.
        picture.codec_context.options = {"max_pixels": str(most.max_pixels)}


def _read_tracks(container: Any, decoded: list[Any], field: str, limits: Limits) -> dict[int, Track]:
    """Every packet of the file once; of each stream in ``decoded`` the first frames."""
    tracks = {stream.index: Track() for stream in container.streams}
    wanted = {stream.index for stream in decoded}
    for packet in container.demux():
        track = tracks[packet.stream_index]
        _extend_track(track, packet)
        limits.check_length(track.length_ms, field)
        if packet.stream_index in wanted and track.frames < DECODED_FRAMES:
            _decode_packet(track, packet)
    return tracks


def _extend_track(track: Track, packet: Any) -> None:
    stamp = packet.pts if packet.pts is not None else packet.dts
    if stamp is None or packet.time_base is None or packet.is_discard:
        return
    at = stamp * packet.time_base
    track.start = at if track.start is None else min(track.start, at)
    track.end = max(track.end, at + (packet.duration or 0) * packet.time_base)


def _decode_packet(track: Track, packet: Any) -> None:
    try:
        frames = packet.decode()
    except av.InvalidDataError:  # a transport stream may begin in the middle of a picture
        return
    track.frames += len(frames)
    if track.first_frame is None and frames:
        track.first_frame = frames[0]


def _check_riff_size(path: Path, field: str) -> None:
    """ffmpeg believes the size of the file where a WAV's own header says more."""
    with path.open("rb") as file:
        size = 8 + int.from_bytes(file.read(8)[4:], "little")
    there = path.stat().st_size
    is_known = 8 < size < 1 << 32  # who writes into a pipe cannot come back to fill it in
    if is_known and there < size * (1 - TOLERANCE_SHARE):
        raise BadMedia(field, f"it is not whole: {there} of {size} bytes are there")


def _check_complete(container: Any, tracks: Iterable[Track], field: str, sort: FileType) -> None:
    if sort.format not in DEMUXERS_WITH_LENGTH or not container.duration:
        return
    claimed_ms = container.duration / 1000
    found_ms = max(track.length_ms for track in tracks)
    if claimed_ms - found_ms > max(TOLERANCE_MS, claimed_ms * TOLERANCE_SHARE):
        raise BadMedia(field, f"it is not whole: {found_ms / 1000:.1f} of {claimed_ms / 1000:.1f} seconds are there")


def _length_ms(stream: Any, track: Track) -> int:
    """What the container says of this stream, where what was read bears it out."""
    stated_s = stated_length_s(stream)
    if stated_s:
        claimed_ms = round(stated_s * 1000)
        if abs(claimed_ms - track.length_ms) <= max(TOLERANCE_MS, claimed_ms * TOLERANCE_SHARE):
            return claimed_ms
    return track.length_ms


def _video_facts(facts: MediaFacts, stream: Any, frame: Any) -> MediaFacts:
    aspect = stream.sample_aspect_ratio or Fraction(1)
    width, height = round(frame.width * aspect), frame.height
    if frame.rotation % 180:
        width, height = height, width
    alpha = stream.metadata.get("alpha_mode") == "1" or any(part.is_alpha for part in frame.format.components)
    return replace(facts, kind="video", width=width, height=height, alpha=alpha)
