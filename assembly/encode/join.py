"""Joining of segments into one film by packet copy, without decoding or encoding again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
from av.error import FFmpegError

from app.core.errors import MediaError
from app.media.av_open import open_av
from assembly.encode.encoder import ticks, timescale


def join(parts: Sequence[tuple[Path, int]], fps: Fraction, into: Path, audio: Path | None = None) -> None:
    """Write ``parts`` (each a segment's file and its number of frames) one after the other to ``into`` (MP4).

    The first audio track of ``audio`` is copied too, up to the end of the video. Timestamps are computed from frame
    numbers, so they have no rounding error; memory does not depend on the length. Raises ``MediaError`` when a part has
    another number of frames, other settings, or cannot be read.
    """
    if not parts:
        raise MediaError("join", [], 0, "there is nothing to join")
    options = {"movflags": "+faststart", "video_track_timescale": str(timescale(fps))}
    try:
        with av.open(str(into), "w", format="mp4", options=options) as film:
            _write(film, parts, fps, audio)
    except FFmpegError as error:
        raise MediaError("join", [path.name for path, _ in parts], 0, str(error)) from error


def _write(
    film: av.container.OutputContainer, parts: Sequence[tuple[Path, int]], fps: Fraction, audio: Path | None
) -> None:
    with open_av(parts[0][0]) as first:
        video_stream = film.add_stream_from_template(first.streams.video[0])
        video_stream.time_base = Fraction(1, timescale(fps))
        settings = _stream_settings(first)
    video_packets = _video_packets(parts, fps, video_stream, settings)
    if audio is None:
        for packet in video_packets:
            film.mux(packet)
        return
    with open_av(audio) as sound:
        audio_stream = film.add_stream_from_template(sound.streams.audio[0])
        end_s = sum(frames for _, frames in parts) / fps
        for packet in _interleaved(video_packets, _audio_packets(sound, audio_stream, end_s)):
            film.mux(packet)


def _stream_settings(part: av.container.InputContainer) -> tuple[object, ...]:
    """Return the properties that must be equal for one decoder to decode all parts."""
    codec = part.streams.video[0].codec_context
    return (codec.name, codec.width, codec.height, codec.pix_fmt, bytes(codec.extradata or b""))


def _video_packets(
    parts: Sequence[tuple[Path, int]], fps: Fraction, stream: av.VideoStream, settings: tuple[object, ...]
) -> Iterator[av.Packet]:
    """Yield packets in decoding order, one frame duration apart; each is presented at its frame number in the film."""
    frames_before, tick = 0, ticks(fps)
    lead = max(_decoding_lead(path, fps) for path, _ in parts)
    for path, frames in parts:
        with open_av(path) as part:
            if _stream_settings(part) != settings:
                raise MediaError("join", [path.name], 0, "it was encoded with other settings than the first segment")
            count = 0
            for packet in _timed_packets(part):
                number = _frame_number(packet.pts, packet, fps)
                packet.pts, packet.dts = (frames_before + number) * tick, (frames_before + count - lead) * tick
                packet.duration, packet.time_base, packet.stream = tick, Fraction(1, timescale(fps)), stream
                yield packet
                count += 1
        if count != frames:
            raise MediaError("join", [path.name], 0, f"it has {count} frames instead of {frames}")
        frames_before += frames


def _timed_packets(part: av.container.InputContainer) -> Iterator[av.Packet]:
    return (packet for packet in part.demux(video=0) if packet.size and packet.pts is not None)


def _frame_number(timestamp: int | None, packet: av.Packet, fps: Fraction) -> int:
    return round((timestamp or 0) * Fraction(packet.time_base or 1) * fps)


def _decoding_lead(path: Path, fps: Fraction) -> int:
    """Return by how many frames decoding precedes presentation; it may be smaller for a segment of few frames."""
    with open_av(path) as part:
        first = next(_timed_packets(part), None)
        return 0 if first is None else max(0, -_frame_number(first.dts, first, fps))


def _audio_packets(sound: av.container.InputContainer, stream: av.AudioStream, end_s: Fraction) -> Iterator[av.Packet]:
    for packet in sound.demux(audio=0):
        if packet.size == 0 or packet.pts is None or packet.time_base is None:
            continue
        if packet.pts * packet.time_base >= end_s:
            return
        packet.stream = stream
        yield packet


def _interleaved(video: Iterator[av.Packet], audio: Iterator[av.Packet]) -> Iterator[av.Packet]:
    """Yield the packets in order of time, so that neither the muxer nor a player has to buffer one of the tracks."""
    audio_packet = next(audio, None)
    for video_packet in video:
        while audio_packet is not None and _time_s(audio_packet) <= _time_s(video_packet):
            yield audio_packet
            audio_packet = next(audio, None)
        yield video_packet
    while audio_packet is not None:
        yield audio_packet
        audio_packet = next(audio, None)


def _time_s(packet: av.Packet) -> Fraction:
    assert packet.time_base is not None
    timestamp = packet.pts if packet.dts is None else packet.dts
    return Fraction(timestamp or 0) * Fraction(packet.time_base)
