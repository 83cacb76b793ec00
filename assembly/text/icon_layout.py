"""Where large emoji are in the frame: in the icon zone of the layout, clear of titles and captions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assembly.text.layout import Box, safe_box
from assembly.text.titles import caption_band, titles
from schemas.segment import Segment, TimedOverlay

# The largest side of an icon, as shares of the frame's width and height, and its share of the free height.
MAX_WIDTH, MAX_HEIGHT, FREE_SHARE = 0.45, 0.6, 0.9
# Smaller icons, as a share of the frame's shorter side, are left out: there is no space for them.
MIN_SIDE = 0.1


@dataclass(frozen=True, slots=True)
class Icon:
    """A large emoji and the square that it fills at rest, in pixels of the frame."""

    overlay: TimedOverlay
    box: Box


def icons(segment: Segment) -> tuple[Icon, ...]:
    """Return the large emoji of a segment for which there is space, in the order of the overlays."""
    placed = ((timed, _box(timed, segment)) for timed in segment.overlays if timed.overlay.kind == "emoji")
    return tuple(Icon(timed, box) for timed, box in placed if box)


def _box(timed: TimedOverlay, segment: Segment) -> Box | None:
    width, height = segment.width, segment.height
    zone = _zone(segment)
    free = _free_part(zone, _occupied(timed, segment))
    side = min(zone.width, MAX_WIDTH * width, MAX_HEIGHT * height, FREE_SHARE * free.height) * timed.overlay.scale
    side = min(side, zone.width, free.height)
    if side < MIN_SIDE * min(width, height):
        return None
    x, y = (free.left + free.right) / 2, (free.top + free.bottom) / 2
    return Box(x - side / 2, y - side / 2, x + side / 2, y + side / 2)


def _zone(segment: Segment) -> Box:
    """Return the icon zone; without captions, it includes their zone if that is below it."""
    safe = safe_box(segment.safe_zone, segment.width, segment.height)
    zone = safe_box(segment.icon_zone or segment.safe_zone, segment.width, segment.height)
    is_below = safe.left < zone.right and safe.bottom > zone.bottom
    return replace(zone, bottom=safe.bottom) if is_below and not segment.cues else zone


def _occupied(timed: TimedOverlay, segment: Segment) -> list[Box]:
    """Return the areas of the titles that are shown with an icon, and of the captions."""
    shown = [title.box for title in titles(segment) if title.overlay.is_shown_with(timed)]
    band = caption_band(segment)
    return [*shown, band] if band else shown


def _free_part(zone: Box, occupied: Sequence[Box]) -> Box:
    """Return the highest part of ``zone``, in its whole width, that no box is in."""
    inside = sorted((box for box in occupied if box.overlaps(zone)), key=lambda box: box.top)
    free, top = [], zone.top
    for box in inside:
        free.append(Box(zone.left, top, zone.right, max(top, box.top)))
        top = max(top, box.bottom)
    return max([*free, Box(zone.left, top, zone.right, max(top, zone.bottom))], key=lambda part: part.height)
