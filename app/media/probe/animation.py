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
from app.media.images import gif, webp
from app.media.probe.alpha import is_transparent
from app.media.probe.facts import Limits, MediaFacts
from app.media.probe.unsupported import AS_MP4

MAX_FRAMES = 10_000
# Width × height × number of frames: the work of decoding the whole animation once.
MAX_FRAME_PIXELS = 2_000_000_000
# Browsers show a frame that states 10 ms or less for 100 ms.
SHORTEST_MS, MS_OF_SHORTER = 10, 100
# The frames that the gate decodes: at least two, and no more than these pixels allow.
DECODED_FRAMES, DECODED_PIXELS = 3, 30_000_000
PNG_FIRST_CHUNK = 8


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
        reason = f"its {len(durations_ms)} frames of {image.width} × {image.height} pixels are too many"
        raise BadMedia(field, reason, AS_MP4)
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
            raise BadMedia(field, f"it is an animation of more than {MAX_FRAMES:,} frames", AS_MP4)
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
    delay_ms = 0
    for block in gif.blocks(file):
        if block.kind == gif.IMAGE:
            yield delay_ms
            delay_ms = 0
        elif block.delay_ms is not None:
            delay_ms = block.delay_ms


def _webp_durations_ms(file: BinaryIO) -> Iterator[float]:
    """Yield the duration of each frame, which is a chunk ``ANMF`` (WebP container specification)."""
    for name, start, _ in webp.chunks(file):
        if name == b"ANMF":
            file.seek(start + webp.CHUNK_HEAD_BYTES)
            yield int.from_bytes(file.read(16)[12:15], "little")


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
