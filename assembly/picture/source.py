"""A video file as it came: what has to be known of it to bring it to the frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
from av.error import FFmpegError, InvalidDataError
from av.sidedata.sidedata import Type as SideData

from app.core.errors import MediaError
from app.media.av_open import open_av

# By their names in ffmpeg.
TIMED = ("mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm")
# While a file is opened its first pictures would be decoded and thrown away.
UNSEEN = {"skip_frame": "all"}

# ITU-T H.273 code points, as containers and codecs carry them.
MATRICES = {1: "bt709", 4: "fcc", 5: "bt470", 6: "smpte170m", 7: "smpte240m", 9: "bt2020", 10: "bt2020"}
WIDE_PRIMARIES = (9, 11, 12)
PQ, HLG = 16, 18
FULL_RANGE = 2
# From this size on untagged video is BT.709.
HD_WIDTH, HD_HEIGHT = 1280, 720


@dataclass(frozen=True, slots=True)
class Source:
    """``width`` × ``height`` pixels turned upright, each ``aspect`` as wide as it is high.

    ``matrix`` is what its luma was made with (guessed from the size where it does not say); ``None`` for RGB.
    ``direct`` means 8-bit yuv420p, upright as it is, in a container that tells every picture's time.
    """

    width: int
    height: int
    aspect: Fraction = Fraction(1)
    matrix: str | None = "bt709"
    full_range: bool = False
    transfer: int = 1
    wide_gamut: bool = False
    interlaced: bool = False
    alpha: bool = False
    decoder: str | None = None
    direct: bool = False

    @property
    def hdr(self) -> bool:
        return self.transfer in (PQ, HLG)


def probe_source(path: Path) -> Source:
    """What the first frame of ``path`` says; raises ``MediaError`` when there is none."""
    try:
        with open_av(path, stream_options=UNSEEN) as container:
            stream = container.streams.video[0]
            use_one_thread(stream)
            frame = next(decoded(container.demux(stream)))
            return replace(_of(stream, frame), direct=container.format.name in TIMED and _is_direct(stream, frame))
    except (FFmpegError, IndexError, StopIteration, ValueError) as error:
        raise MediaError("open video", [path.name], 0, f"no picture in it ({error})") from error


def use_one_thread(stream: av.VideoStream) -> None:
    """One thread: several decode ahead what may never be wanted, and cost more in all."""
    stream.thread_type = "NONE"
    stream.codec_context.thread_count = 1


def decoded(packets: Iterator[av.Packet]) -> Iterator[av.VideoFrame]:
    """All that can be decoded; what cannot is left out, as ffmpeg does."""
    while True:
        try:
            pictures = next(packets).decode()
        except StopIteration:
            return
        except InvalidDataError:
            continue
        yield from (picture for picture in pictures if picture.pts is not None)


def _is_direct(stream: av.VideoStream, frame: av.VideoFrame) -> bool:
    turned = frame.rotation or any(data.type is SideData.DISPLAYMATRIX for data in frame.side_data)
    return frame.format.name == "yuv420p" and not turned and _with_alpha(stream) is None


def _of(stream: av.VideoStream, frame: av.VideoFrame) -> Source:
    turned = abs(round(frame.rotation)) % 180 == 90
    aspect = Fraction(stream.sample_aspect_ratio or 1) or Fraction(1)
    size = (frame.height, frame.width) if turned else (frame.width, frame.height)
    name = frame.format.name
    decoder = _with_alpha(stream)
    return Source(
        width=size[0],
        height=size[1],
        aspect=1 / aspect if turned else aspect,
        matrix=_matrix(frame),
        full_range=int(frame.color_range) == FULL_RANGE or name.startswith("yuvj"),
        transfer=int(frame.color_trc),
        wide_gamut=int(frame.color_primaries) in WIDE_PRIMARIES,
        interlaced=bool(frame.interlaced_frame),
        alpha=decoder is not None or _has_alpha(frame),
        decoder=decoder,
    )


def _matrix(frame: av.VideoFrame) -> str | None:
    if frame.format.is_rgb or "pal8" in frame.format.name:
        return None
    guess = "bt709" if frame.width >= HD_WIDTH or frame.height >= HD_HEIGHT else "smpte170m"
    return MATRICES.get(int(frame.colorspace), guess)


def _has_alpha(frame: av.VideoFrame) -> bool:
    name = frame.format.name
    return name.startswith(("yuva", "gbrap", "ya")) or name in ("rgba", "bgra", "argb", "abgr", "pal8", "rgba64le")


def _with_alpha(stream: av.VideoStream) -> str | None:
    """VP8 and VP9 keep alpha beside the picture, where only libvpx looks for it."""
    said = {key.lower(): value for key, value in stream.metadata.items()}
    if said.get("alpha_mode") != "1":
        return None
    return {"vp8": "libvpx", "vp9": "libvpx-vp9"}.get(stream.codec_context.name)
