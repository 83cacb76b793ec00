"""Which picture is shown with which line: in the given order, none again before all were shown, none twice in a row."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil

from app.planning.beats import Pace
from app.planning.clauses import divided
from schemas.asset import Asset
from schemas.scene_graph import Media


@dataclass(frozen=True, slots=True)
class Shot:
    """A line and the medium shown with it; ``room_ms`` is all that a video has left from there (``None``: no end)."""

    line: str
    media: Media
    room_ms: int | None = None


@dataclass(slots=True)
class Reel:
    """Media one after the other, again and again; a video that comes again goes on where it was left."""

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
    """The pictures and videos among ``media``, each once, in order."""
    return tuple({asset.id: asset for asset in media if asset.is_picture}.values())


def shots(lines: Sequence[str], media: Sequence[Asset], pace: Pace, most: int) -> tuple[Shot, ...]:
    """A medium for each line. A line that outlasts its video, slowed and held as far as the preset allows, is parted
    and goes on over the next medium; at most ``most`` shots."""
    reel, waiting = Reel(media), deque(lines)
    found: list[Shot] = []
    while waiting:
        line = waiting.popleft()
        wanted_ms = pace.line_ms(line) if line else pace.pacing.silent_scene_ms
        medium, room_ms = reel.next(wanted_ms)
        if room_ms is not None and len(media) > 1 and len(found) + len(waiting) + 2 <= most:
            first, rest = _fitting(line, room_ms, pace)
            waiting.extendleft([rest] if rest else [])
            line = first
        found.append(Shot(line, medium, room_ms))
    return tuple(found)


def _fitting(line: str, room_ms: int, pace: Pace) -> tuple[str, str]:
    """As much of ``line`` as a video of ``room_ms`` can carry, and the rest; all of it where parting does not help."""
    most_ms = ceil(room_ms / pace.pacing.slowest) + pace.pacing.max_hold_ms
    count = ceil(pace.line_ms(line) / most_ms) if line else 1
    if count <= 1:
        return line, ""
    parts = divided(line, count, pace.language)
    if min(map(pace.line_ms, parts)) < pace.shortest_ms:
        return line, ""
    return parts[0], line[len(parts[0]) :].strip()
