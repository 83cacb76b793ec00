"""Choose the best video of a search, and the best file of a video. Pure: equal inputs give the same choice."""

from __future__ import annotations

from collections.abc import Sequence

from engines.stock_footage.video import StockFile, StockVideo
from schemas.order import ClipOrder

# Providers sort by relevance: only so many of the first suitable videos are compared by their lengths.
MAX_COMPARED = 30


def best_video(videos: Sequence[StockVideo], order: ClipOrder) -> StockVideo | None:
    """Return the video whose length is nearest to that of the order; ``None`` if none is suitable.

    Videos that are long enough come first, then those that have enough pixels. The seed chooses among equals.
    """
    suitable = [video for video in videos if is_suitable(video, order)][:MAX_COMPARED]
    ranks = [_rank(video, order) for video in suitable]
    equals = [video for video, rank in zip(suitable, ranks, strict=True) if rank == min(ranks)]
    return equals[order.seed % len(equals)] if equals else None


def is_suitable(video: StockVideo, order: ClipOrder) -> bool:
    """Return whether a video has an id and a file, has the film's orientation, and is not in the film already."""
    return video.number > 0 and bool(video.files) and video.id not in order.taken and _has_orientation_of(video, order)


def best_file(files: Sequence[StockFile], order: ClipOrder) -> StockFile:
    """Return the smallest file that has the pixels of the film on its shorter side; the largest file if none has."""
    by_size = sorted(files, key=lambda file: (file.shorter_px, file.width * file.height, file.link))
    enough = [file for file in by_size if file.shorter_px >= _shorter_px(order)]
    return enough[0] if enough else by_size[-1]


def orientation_of(order: ClipOrder) -> str | None:
    """Return "portrait" or "landscape"; ``None`` for a square film, which both can fill."""
    if order.width == order.height:
        return None
    return "portrait" if order.width < order.height else "landscape"


def _has_orientation_of(video: StockVideo, order: ClipOrder) -> bool:
    wanted = orientation_of(order)
    if wanted is None:
        return True
    return video.width < video.height if wanted == "portrait" else video.width > video.height


def _rank(video: StockVideo, order: ClipOrder) -> tuple[bool, bool, int]:
    lacks_pixels = best_file(video.files, order).shorter_px < _shorter_px(order)
    return video.seconds < order.seconds, lacks_pixels, abs(video.seconds - order.seconds)


def _shorter_px(order: ClipOrder) -> int:
    return min(order.width, order.height)
