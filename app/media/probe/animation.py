"""Animations (GIF, WebP, PNG and AVIF with more than one frame): the duration of each frame, read without decoding."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from app.core.errors import BadMedia
from app.media.av_open import open_av
from app.media.probe.alpha import is_transparent
from app.media.probe.facts import Limits, MediaFacts

MAX_FRAMES = 10_000
# Width × height × number of frames: the work of decoding the whole animation once.
MAX_FRAME_PIXELS = 2_000_000_000
# Browsers show a frame that states 10 ms or less for 100 ms.
SHORTEST_MS, MS_OF_SHORTER = 10, 100
# The frames that the gate decodes: at least two, and no more than these pixels allow.
DECODED_FRAMES, DECODED_PIXELS = 3, 30_000_000
PNG_FIRST_CHUNK, RIFF_FIRST_CHUNK = 8, 12


def animation_facts(path: Path, image: Image.Image, still: MediaFacts, field: str, limits: Limits) -> MediaFacts | None:
    """Return the facts of an animation as a silent video, or ``None`` if the image has one frame.

    ``image`` is the open file and ``still`` has the facts of its first frame. The length is that of one loop. Raises
    ``BadMedia``, or what Pillow raises for a damaged frame.
    """
    durations_ms = frame_durations_ms(path, still.suffix, field)
    if len(durations_ms) < 2:
        return None
    length_ms = max(1, round(sum(durations_ms)))
    limits.check_length(length_ms, field)
    size = image.width * image.height
    if size * len(durations_ms) > MAX_FRAME_PIXELS:
        raise BadMedia(field, f"its {len(durations_ms)} frames of {image.width} × {image.height} pixels are too many")
    alpha = still.alpha or _has_transparent_frame(image, max(2, min(DECODED_FRAMES, DECODED_PIXELS // size)))
    return replace(still, kind="video", length_ms=length_ms, alpha=alpha)


def frame_durations_ms(path: Path, suffix: str, field: str) -> list[float]:
    """Return how long each frame of the file is shown; an empty list for types without animation.

    Raises ``BadMedia`` for more than ``MAX_FRAMES``.
    """
    if suffix == ".avif":
        return _bounded(_avif_durations_ms(path), field)
    walk = WALKS.get(suffix)
    if walk is None:
        return []
    with path.open("rb") as file:
        return _bounded(walk(file), field)


def _bounded(durations_ms: Iterator[float], field: str) -> list[float]:
    shown: list[float] = []
    for duration_ms in durations_ms:
        if len(shown) == MAX_FRAMES:
            raise BadMedia(field, f"it is an animation of more than {MAX_FRAMES:,} frames: send it as MP4")
        shown.append(duration_ms if duration_ms > SHORTEST_MS else MS_OF_SHORTER)
    return shown


def _has_transparent_frame(image: Image.Image, frames: int) -> bool:
    transparent = False
    for index in range(frames):
        try:
            image.seek(index)
        except EOFError:
            break
        image.load()
        transparent = transparent or is_transparent(image)
    return transparent


# -- durations -------------------------------------------------------------------------------------------------------


def _gif_durations_ms(file: BinaryIO) -> Iterator[float]:
    """Walk over the blocks of a GIF (GIF89a specification, chapters 15 to 26)."""
    header = file.read(13)
    _skip_colour_table(file, header[10])
    delay_ms = 0
    while (block := file.read(1)) and block != b";":
        if block == b"!":
            if file.read(1) == b"\xf9":
                delay_ms = 10 * int.from_bytes(file.read(5)[2:4], "little")
            _skip_sub_blocks(file)
        elif block == b",":
            _skip_colour_table(file, file.read(9)[8:9][0])
            file.read(1)
            _skip_sub_blocks(file)
            yield delay_ms
            delay_ms = 0


def _skip_colour_table(file: BinaryIO, flags: int) -> None:
    if flags & 0x80:
        file.seek(3 << (flags & 7) + 1, 1)


def _skip_sub_blocks(file: BinaryIO) -> None:
    while (size := file.read(1)) and size != b"\x00":
        file.seek(size[0], 1)


def _webp_durations_ms(file: BinaryIO) -> Iterator[float]:
    """Walk over the chunks of a WebP; each frame is a chunk ``ANMF`` (WebP container specification)."""
    file.seek(RIFF_FIRST_CHUNK)
    while len(head := file.read(8)) == 8:
        size = int.from_bytes(head[4:], "little")
        following = file.tell() + size + size % 2
        if head[:4] == b"ANMF":
            yield int.from_bytes(file.read(16)[12:15], "little")
        file.seek(following)


def _png_durations_ms(file: BinaryIO) -> Iterator[float]:
    """Walk over the chunks of a PNG; a frame of the animation has a chunk ``fcTL`` (PNG specification, 11.3.6)."""
    file.seek(PNG_FIRST_CHUNK)
    animated = False
    while len(head := file.read(8)) == 8:
        following = file.tell() + int.from_bytes(head[:4], "big") + 4
        if head[4:] == b"acTL":
            animated = True
        if head[4:] == b"IDAT" and not animated:
            return
        if head[4:] == b"fcTL":
            control = file.read(24)
            per_second = int.from_bytes(control[22:24], "big") or 100
            yield 1000 * int.from_bytes(control[20:22], "big") / per_second
        file.seek(following)


def _avif_durations_ms(path: Path) -> Iterator[float]:
    with path.open("rb") as file:
        if file.read(12)[8:] != b"avis":
            return
    with open_av(path, demuxer="mov") as container:
        # ffmpeg lists the still image, the frames, and the alpha of both as streams.
        frames = max(container.streams.video, key=lambda stream: stream.frames)
        for packet in container.demux(frames):
            if packet.size:
                yield float(1000 * Fraction(packet.duration or 0) * packet.time_base)


WALKS: dict[str, Callable[[BinaryIO], Iterator[float]]] = {
    ".gif": _gif_durations_ms,
    ".webp": _webp_durations_ms,
    ".png": _png_durations_ms,
}
