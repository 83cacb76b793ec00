"""Assign media to lines: in order, each again only after all were shown, never twice in a row."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import ceil

from app.planning.scenes.beats import Pace
from app.planning.scenes.layouts import Group
from app.planning.text.clauses import split_text
from schemas.asset import Asset
from schemas.scene_graph import Media


@dataclass(frozen=True, slots=True)
class MediaUse:
    """A line and the media shown with it: ``media``, and ``pictures`` beside it in the same scene.

    ``available_ms`` is the length of the video from its start time to its end; ``None`` means unlimited. ``group`` are
    the files.
    """

    line: str
    media: Media
    available_ms: int | None = None
    pictures: tuple[Media, ...] = ()
    group: Group = ()


@dataclass(slots=True)
class MediaCycle:
    """Groups of media in an endless cycle; a video that is used again continues where it stopped."""

    groups: Sequence[Group]
    use_count: int = 0
    used_ms: dict[str, int] = field(default_factory=dict)

    def next(self, line: str, wanted_ms: int) -> MediaUse:
        group = self.groups[self.use_count % len(self.groups)]
        self.use_count += 1
        media, available_ms = self._playback(group[0], wanted_ms)
        return MediaUse(line, media, available_ms, tuple(Media(asset.kind, asset.id) for asset in group[1:]), group)

    def _playback(self, asset: Asset, wanted_ms: int) -> tuple[Media, int | None]:
        if asset.kind != "video" or not asset.length_ms:
            return Media(asset.kind, asset.id), None
        start_ms = self.used_ms.get(asset.id, 0)
        if asset.length_ms - start_ms < wanted_ms:
            start_ms = 0
        self.used_ms[asset.id] = start_ms + wanted_ms
        return Media(asset.kind, asset.id, start_ms=start_ms), asset.length_ms - start_ms


def unique_pictures(media: Sequence[Asset]) -> tuple[Asset, ...]:
    """Return the pictures and videos among ``media``, each once, in order."""
    return tuple({asset.id: asset for asset in media if asset.is_picture}.values())


def media_uses(
    lines: Sequence[str], groups: Sequence[Group], pace: Pace, max_uses: int, whole: frozenset[str] = frozenset()
) -> tuple[MediaUse, ...]:
    """Return one media use per line, at most ``max_uses``, of one of ``groups``.

    A line that is longer than its video, slowed and held as far as the preset allows, is split and continues over the
    next media, unless it is one of ``whole``.
    """
    cycle, queue = MediaCycle(groups), deque(lines)
    uses: list[MediaUse] = []
    while queue:
        line = queue.popleft()
        wanted_ms = pace.line_ms(line) if line else pace.pacing.silent_scene_ms
        use = cycle.next(line, wanted_ms)
        may_split = line not in whole and len(groups) > 1
        if use.available_ms is not None and may_split and len(uses) + len(queue) + 2 <= max_uses:
            line, remainder = _split_to_fit(line, use.available_ms, pace)
            queue.extendleft([remainder] if remainder else [])
            use = replace(use, line=line)
        uses.append(use)
    return tuple(uses)


def _split_to_fit(line: str, available_ms: int, pace: Pace) -> tuple[str, str]:
    """Split ``line`` after the part that a video of ``available_ms`` can show.

    The remainder is "" if no split is useful.
    """
    max_ms = ceil(available_ms / pace.pacing.slowest) + pace.pacing.max_hold_ms
    count = ceil(pace.line_ms(line) / max_ms) if line else 1
    if count <= 1:
        return line, ""
    parts = split_text(line, count, pace.language)
    if min(map(pace.line_ms, parts)) < pace.shortest_ms:
        return line, ""
    return parts[0], line[len(parts[0]) :].strip()
