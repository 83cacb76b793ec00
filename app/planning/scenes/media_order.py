"""Show media with lines: in order, each again only after all were shown, or as matched."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import ceil

from app.planning.matching.story import Choice
from app.planning.scenes.beats import Pace
from app.planning.scenes.layouts import Group
from app.planning.text.clauses import split_text
from schemas.asset import Asset
from schemas.scene_graph import Media

# The pictures of a scene, each with the reason why it is shown.
Choices = tuple[Choice, ...]
REMAINDER = "the line before is longer than its clip"


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
class Playback:
    """Media as they are shown; a video that is used again continues where it stopped."""

    used_ms: dict[str, int] = field(default_factory=dict)

    def use(self, line: str, choices: Choices, wanted_ms: int) -> MediaUse:
        media, available_ms = self._media(choices[0], wanted_ms)
        more = tuple(Media(choice.asset.kind, choice.asset.id, reason=choice.reason) for choice in choices[1:])
        return MediaUse(line, media, available_ms, more, tuple(choice.asset for choice in choices))

    def _media(self, choice: Choice, wanted_ms: int) -> tuple[Media, int | None]:
        asset = choice.asset
        if asset.kind != "video" or asset.is_animation or not asset.length_ms:
            return Media(asset.kind, asset.id, reason=choice.reason), None
        start_ms = self.used_ms.get(asset.id, 0)
        if asset.length_ms - start_ms < wanted_ms:
            start_ms = 0
        self.used_ms[asset.id] = start_ms + wanted_ms
        return Media(asset.kind, asset.id, start_ms=start_ms, reason=choice.reason), asset.length_ms - start_ms


@dataclass(slots=True)
class MediaQueue:
    """What lines show: the ``groups`` in an endless cycle, or what was ``matched`` with each line."""

    groups: Sequence[Group]
    matched: deque[Choices] | None = None
    use_count: int = 0
    last: Choices = ()

    def next(self, *, is_remainder: bool = False) -> Choices:
        """Return what the next line shows; ``is_remainder`` if it is the rest of a line that was split."""
        if self.matched is None:
            choices = tuple(Choice(asset, "") for asset in self.groups[self.use_count % len(self.groups)])
            self.use_count += 1
        else:
            choices = self._of_remainder() if is_remainder else self.matched.popleft()
        self.last = choices
        return choices

    @property
    def can_split(self) -> bool:
        """Whether the rest of a line can show another picture than its neighbours, or the clip of an item again."""
        return self._stays() or bool(self._others()) if self.matched is not None else len(self.groups) > 1

    def _stays(self) -> bool:
        return any(choice.stays for choice in self.last)

    def _of_remainder(self) -> Choices:
        """Return the picture of the item, or the one that comes back last and so is not shown again soon."""
        if self._stays():
            return self.last
        later = [choice.asset.id for choices in self.matched or () for choice in choices]
        others = self._others()
        farthest = max(others, key=lambda asset: later.index(asset.id) if asset.id in later else len(later))
        return (Choice(farthest, REMAINDER),)

    def _others(self) -> list[Asset]:
        """Return the pictures that neither the last line nor the next one shows."""
        following = self.matched[0] if self.matched else ()
        beside = {choice.asset.id for choice in (*self.last, *following)}
        return [asset for group in self.groups for asset in group if asset.id not in beside]


def unique_pictures(media: Sequence[Asset]) -> tuple[Asset, ...]:
    """Return the pictures and videos among ``media``, each once, in order."""
    return tuple({asset.id: asset for asset in media if asset.is_picture}.values())


def media_uses(
    lines: Sequence[str],
    groups: Sequence[Group],
    pace: Pace,
    max_uses: int,
    whole: frozenset[str] = frozenset(),
    *,
    matched: Sequence[Choices] | None = None,
) -> tuple[MediaUse, ...]:
    """Return one media use per line, at most ``max_uses``, of one of ``groups`` or of what is ``matched`` with it.

    A line that is longer than its video, slowed and held as far as the preset allows, is split and continues over the
    next media, unless it is one of ``whole``; if the media are matched, over one that is not beside it, or in an item
    of a list over the same one.
    """
    media, playback = MediaQueue(groups, None if matched is None else deque(matched)), Playback()
    queue = deque((line, False) for line in lines)
    uses: list[MediaUse] = []
    while queue:
        line, is_remainder = queue.popleft()
        wanted_ms = pace.line_ms(line) if line else pace.pacing.silent_scene_ms
        use = playback.use(line, media.next(is_remainder=is_remainder), wanted_ms)
        may_split = line not in whole and media.can_split
        if use.available_ms is not None and may_split and len(uses) + len(queue) + 2 <= max_uses:
            line, remainder = _split_to_fit(line, use.available_ms, pace)
            queue.extendleft([(remainder, True)] if remainder else [])
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
