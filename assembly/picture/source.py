"""The properties of a video file that determine its conversion to the film's frames."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.error import FFmpegError
from av.sidedata.sidedata import Type as SideData

from app.core.errors import MediaError
from app.media.av_open import open_av
from app.media.video_stream import TIMED_DEMUXERS, alpha_decoder, decode_packets, main_video

# Otherwise opening a file decodes its first pictures and discards them.
SKIP_DECODING = {"skip_frame": "all"}

# ITU-T H.273 code points, as containers and codecs carry them.
MATRICES = {1: "bt709", 4: "fcc", 5: "bt470", 6: "smpte170m", 7: "smpte240m", 9: "bt2020", 10: "bt2020"}
WIDE_PRIMARIES = (9, 11, 12)
PQ, HLG = 16, 18
FULL_RANGE = 2
# The brightest light of HLG (ITU-R BT.2100) and of most PQ, in candela per square metre.
PEAK_NITS = 1000.0
# Without an index, ffmpeg finds a place in a file but not the key frame before it: key frames are closer than this.
UNINDEXED_MARGIN_S = Fraction(10)
# Untagged video of at least this width or height is BT.709.
HD_WIDTH, HD_HEIGHT = 1280, 720


@dataclass(frozen=True, slots=True)
class Source:
    """``width`` × ``height`` pixels after rotation; ``aspect`` is the pixel aspect ratio (width / height).

    ``matrix`` is the matrix of its luma (guessed from the size when untagged), or ``None`` for RGB. ``transfer`` and
    ``primaries`` are code points; ``peak_nits`` is the brightest light of HDR. ``decoder`` is ffmpeg's decoder where
    the default one would lose the alpha channel. ``stream`` is the index of its stream in the file, with times in units
    of ``time_base``. ``lead_s`` is how long after the start of the file ffmpeg begins to count when it reads from the
    beginning, and ``seek_margin_s`` how much earlier a seek must go. ``direct`` means 8-bit yuv420p without rotation in
    a container that reports every picture's time.
    """

    width: int
    height: int
    aspect: Fraction = Fraction(1)
    matrix: str | None = "bt709"
    full_range: bool = False
    transfer: int = 1
    primaries: int = 1
    peak_nits: float = PEAK_NITS
    interlaced: bool = False
    alpha: bool = False
    decoder: str | None = None
    stream: int = 0
    time_base: Fraction = Fraction(0)
    lead_s: Fraction = Fraction(0)
    seek_margin_s: Fraction = Fraction(0)
    direct: bool = False

    @property
    def hdr(self) -> bool:
        return self.transfer in (PQ, HLG)

    @property
    def needs_sdr(self) -> bool:
        """Whether its colours are HDR or wider than BT.709."""
        return self.hdr or self.primaries in WIDE_PRIMARIES


def probe_source(path: Path) -> Source:
    """Return the properties of ``path`` by its first frame; raises ``MediaError`` or ``BadMedia`` if there is none."""
    try:
        with open_av(path, stream_options=SKIP_DECODING) as container:
            stream = main_video(container)
            use_one_thread(stream)
            frame = next(decode_packets(container.demux(stream)))
            is_timed = not TIMED_DEMUXERS.isdisjoint(container.format.name.split(","))
            direct = is_timed and _is_direct(stream, frame)
            return replace(_source(stream, frame), direct=direct, **_places(container, stream))
    except (FFmpegError, IndexError, StopIteration, ValueError) as error:
        raise MediaError("open video", [path.name], 0, f"it has no decodable frame ({error})") from error


def use_one_thread(stream: av.VideoStream) -> None:
    """Decode with one thread: several decode ahead frames that may not be needed, and use more CPU in total."""
    stream.thread_type = "NONE"
    stream.codec_context.thread_count = 1


def _places(container: av.container.InputContainer, stream: av.VideoStream) -> dict[str, Any]:
    """Return which stream is read, and what is special about its times in a transport or program stream."""
    places = {"stream": stream.index, "time_base": Fraction(stream.time_base or 0)}
    if not container.format.flags & av.format.Flags.ts_discont.value:
        return places
    lead_s = (stream.start_time or 0) * (stream.time_base or 0) - Fraction(container.start_time or 0, av.time_base)
    return {**places, "lead_s": max(Fraction(0), lead_s), "seek_margin_s": UNINDEXED_MARGIN_S}


def _is_direct(stream: av.VideoStream, frame: av.VideoFrame) -> bool:
    rotated = frame.rotation or any(data.type is SideData.DISPLAYMATRIX for data in frame.side_data)
    is_timed = frame.pts is not None
    return is_timed and frame.format.name == "yuv420p" and not rotated and alpha_decoder(stream) is None


def _source(stream: av.VideoStream, frame: av.VideoFrame) -> Source:
    sideways = abs(round(frame.rotation)) % 180 == 90
    aspect = Fraction(stream.sample_aspect_ratio or 1) or Fraction(1)
    size = (frame.height, frame.width) if sideways else (frame.width, frame.height)
    name = frame.format.name
    decoder = alpha_decoder(stream)
    return Source(
        width=size[0],
        height=size[1],
        aspect=1 / aspect if sideways else aspect,
        matrix=_matrix(frame),
        full_range=int(frame.color_range) == FULL_RANGE or name.startswith("yuvj"),
        transfer=int(frame.color_trc),
        primaries=int(frame.color_primaries),
        peak_nits=_peak_nits(frame),
        interlaced=bool(frame.interlaced_frame),
        alpha=decoder is not None or _has_alpha(frame),
        decoder=decoder,
    )


def _peak_nits(frame: av.VideoFrame) -> float:
    """Return the brightest light of the content (MaxCLL) where it is stated."""
    for data in frame.side_data:
        if data.type is SideData.CONTENT_LIGHT_LEVEL and (stated := int.from_bytes(bytes(data)[:4], sys.byteorder)):
            return float(stated)
    return PEAK_NITS


def _matrix(frame: av.VideoFrame) -> str | None:
    if frame.format.is_rgb or "pal8" in frame.format.name:
        return None
    guess = "bt709" if frame.width >= HD_WIDTH or frame.height >= HD_HEIGHT else "smpte170m"
    return MATRICES.get(int(frame.colorspace), guess)


def _has_alpha(frame: av.VideoFrame) -> bool:
    name = frame.format.name
    return name.startswith(("yuva", "gbrap", "ya")) or name in ("rgba", "bgra", "argb", "abgr", "pal8", "rgba64le")
