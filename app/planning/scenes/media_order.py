"""Assign media to lines: in the given order, each again only after all were shown, never twice in a row."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil

from app.planning.scenes.beats import Pace
from app.planning.text.clauses import divided
from schemas.asset import Asset
from schemas.scene_graph import Media


@dataclass(frozen=True, slots=True)
class Shot:
    """A line and the medium shown with it; ``available_ms`` is what a video has left from there (``None``: any)."""

    line: str
    media: Media
    available_ms: int | None = None


@dataclass(slots=True)
class MediaCycle:
    """The media in an endless cycle; a video that comes again continues where it stopped."""

    media: Sequence[Asset]
    shown: int = 0
    used_ms: dict[str, int] = field(default_factory=dict)

    def next(self, wanted_ms: int) -> tuple[Media, int | None]:
        asset = self.media[self.shown % len(self.media)]
        self.shown += 1
        if asset.kind != "video" or not asset.length_ms:
            return Media(asset.kind, asset.id), None
        start = self.used_ms.get(asset.id, 0)
        if asset.length_ms - start < wanted_ms:
            start = 0
        self.used_ms[asset.id] = start + wanted_ms
        return Media(asset.kind, asset.id, start_ms=start), asset.length_ms - start


def unique(media: Sequence[Asset]) -> tuple[Asset, ...]:
    """Return the pictures and videos among ``media``, each once, in order."""
    return tuple({asset.id: asset for asset in media if asset.is_picture}.values())


def shots(lines: Sequence[str], media: Sequence[Asset], pace: Pace, most: int) -> tuple[Shot, ...]:
    """Return one media use per line, at most ``most``.

    A line that is longer than its video, slowed and held as far as the preset allows, is split and continues over the
    next medium.
    """
    cycle, waiting = MediaCycle(media), deque(lines)
    uses: list[Shot] = []
    while waiting:
        line = waiting.popleft()
        wanted_ms = pace.line_ms(line) if line else pace.pacing.silent_scene_ms
        medium, available_ms = cycle.next(wanted_ms)
        if available_ms is not None and len(media) > 1 and len(uses) + len(waiting) + 2 <= most:
            first, rest = _fitting(line, available_ms, pace)
            waiting.extendleft([rest] if rest else [])
            line = first
        uses.append(Shot(line, medium, available_ms))
    return tuple(uses)


def _fitting(line: str, available_ms: int, pace: Pace) -> tuple[str, str]:
    """Split ``line`` at what a video of ``available_ms`` can carry; the rest is "" when no split is useful."""
    most_ms = ceil(available_ms / pace.pacing.slowest) + pace.pacing.max_hold_ms
    count = ceil(pace.line_ms(line) / most_ms) if line else 1
    if count <= 1:
        return line, ""
    parts = divided(line, count, pace.language)
    if min(map(pace.line_ms, parts)) < pace.shortest_ms:
        return line, ""
    return parts[0], line[len(parts[0]) :].strip()
