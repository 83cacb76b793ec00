"""Segments become one film by packet copy: nothing is decoded and nothing is encoded twice."""

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
    """Writes ``parts`` (each a segment's file and its number of frames) one after the other to ``into`` (MP4).

    The first sound track of ``audio`` is laid under them, copied as well, up to the picture's end. Timestamps are the
    frame's number, so nothing is rounded; memory does not depend on the length. Raises ``MediaError`` when a part has
    another number of frames, other settings, or cannot be read.
    """
    if not parts:
        raise MediaError("join", [], 0, "there is nothing to join")
    options = {"movflags": "+faststart", "video_track_timescale": str(timescale(fps))}
    try:
        with av.open(str(into), "w", format="mp4", options=options) as film:
            _written(film, parts, fps, audio)
    except FFmpegError as error:
        raise MediaError("join", [path.name for path, _ in parts], error.errno or 0, str(error)) from error


def _written(
    film: av.container.OutputContainer, parts: Sequence[tuple[Path, int]], fps: Fraction, audio: Path | None
) -> None:
    with open_av(parts[0][0]) as first:
        picture = film.add_stream_from_template(first.streams.video[0])
        picture.time_base = Fraction(1, timescale(fps))
        settings = _settings(first)
    if audio is None:
        for packet in _pictures(parts, fps, picture, settings):
            film.mux(packet)
        return
    with open_av(audio) as sound:
        heard = film.add_stream_from_template(sound.streams.audio[0])
        ends = sum(frames for _, frames in parts) / fps
        for packet in _interleaved(_pictures(parts, fps, picture, settings), _sounds(sound, heard, ends)):
            film.mux(packet)


def _settings(part: av.container.InputContainer) -> tuple[object, ...]:
    """What has to be the same for packets to be read on by one decoder."""
    codec = part.streams.video[0].codec_context
    return (codec.name, codec.width, codec.height, codec.pix_fmt, bytes(codec.extradata or b""))


def _pictures(
    parts: Sequence[tuple[Path, int]], fps: Fraction, picture: av.VideoStream, settings: tuple[object, ...]
) -> Iterator[av.Packet]:
    """Packets in decoding order, one tick after the other; a frame is shown at its place in the film."""
    done, tick = 0, ticks(fps)
    ahead = max(_ahead(path, fps) for path, _ in parts)
    for path, frames in parts:
        with open_av(path) as part:
            if _settings(part) != settings:
                raise MediaError("join", [path.name], 0, "it was encoded with other settings than the first segment")
            count = 0
            for packet in _timed(part):
                shown = _frame(packet.pts, packet, fps)
                packet.pts, packet.dts = (done + shown) * tick, (done + count - ahead) * tick
                packet.duration, packet.time_base, packet.stream = tick, Fraction(1, timescale(fps)), picture
                yield packet
                count += 1
        if count != frames:
            raise MediaError("join", [path.name], 0, f"it has {count} frames instead of {frames}")
        done += frames


def _timed(part: av.container.InputContainer) -> Iterator[av.Packet]:
    return (packet for packet in part.demux(video=0) if packet.size and packet.pts is not None)


def _frame(stamp: int | None, packet: av.Packet, fps: Fraction) -> int:
    return round((stamp or 0) * Fraction(packet.time_base or 1) * fps)


def _ahead(path: Path, fps: Fraction) -> int:
    """By how many frames decoding is ahead of showing; a segment of few frames may need less than the others."""
    with open_av(path) as part:
        first = next(_timed(part), None)
        return 0 if first is None else max(0, -_frame(first.dts, first, fps))


def _sounds(sound: av.container.InputContainer, heard: av.AudioStream, ends: Fraction) -> Iterator[av.Packet]:
    for packet in sound.demux(audio=0):
        if packet.size == 0 or packet.pts is None or packet.time_base is None:
            continue
        if packet.pts * packet.time_base >= ends:
            return
        packet.stream = heard
        yield packet


def _interleaved(pictures: Iterator[av.Packet], sounds: Iterator[av.Packet]) -> Iterator[av.Packet]:
    """By time, so that neither the writer nor a player has to keep one track back for the other."""
    sound = next(sounds, None)
    for picture in pictures:
        while sound is not None and _time(sound) <= _time(picture):
            yield sound
            sound = next(sounds, None)
        yield picture
    while sound is not None:
        yield sound
        sound = next(sounds, None)


def _time(packet: av.Packet) -> Fraction:
    assert packet.time_base is not None
    stamp = packet.pts if packet.dts is None else packet.dts
    return Fraction(stamp or 0) * Fraction(packet.time_base)
