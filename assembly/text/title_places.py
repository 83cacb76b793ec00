"""The size and the place of one text overlay, among all that its zones have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from app.planning.timing.counters import FREE_STYLES
from assembly.text.bidi import is_right_to_left
from assembly.text.blocks.rows import CENTRE, LEFT, RIGHT
from assembly.text.layout import Box, safe_box
from assembly.text.obstacles import TITLE_STEP, Hidden, Obstacles
from assembly.text.title_layout import Title, face_of, title_at_size, wanted_size
from schemas.segment import Segment, TimedOverlay

# Maximum height of a title, as a share of the height of a zone that is at least half as high as the frame.
MAX_HEIGHT, HIGH_ZONE = 0.7, 0.5
SHRINK_FACTOR, SHRINK_STEPS = 0.93, 40
GAP_EM, CREDITS_GAP_EM = 0.35, 0.9
# A title that would have to be smaller than this share of its size to be clear of faces covers them instead.
MIN_SIZE_BESIDE_FACES = 0.55
# A title covers the subject before it becomes smaller than this share of its size.
MIN_SIZE_BESIDE_SUBJECT = 0.8
# A lower third that would have to be smaller than this share of its size without obstacles is left out.
MIN_LOWER_THIRD_SIZE = 0.6
# Credits are not made smaller than this share of their size, because they are small already.
MIN_CREDITS_SIZE = 0.8
# Overlays with a ground of their own, which may lie across the edge of a picture.
GROUNDED_STYLES = ("amount", "lower_third", "table", "code", "credits")
# A headline of more rows becomes smaller, down to this share of its size.
MAX_HEADLINE_ROWS, MIN_HEADLINE_SIZE = 3, 0.65
# A headline leaves its zone, and covers the subject, before it becomes smaller than these shares of its size.
MIN_HEADLINE_IN_ZONE, MIN_HEADLINE_BESIDE_SUBJECT = 0.35, 0.62
# Places are tried at this many distances, from the top of a zone to its bottom.
_STEPS = 16
# A move towards the edge at which a title belongs counts this many times its distance.
_WRONG_WAY = 2.0
# The misfit of a place over other words.
_OVER_WORDS = 2


@dataclass(frozen=True, slots=True)
class _Place:
    """A title at a place; ``misfit`` is 0 in a good one, 1 without the gap to other words, 2 over them or too large."""

    title: Title
    misfit: int
    hidden: Hidden

    @property
    def is_clear(self) -> bool:
        return not (self.misfit or any(self.cost[1]))

    @property
    def hides_no_face(self) -> bool:
        return not (self.misfit or any(self.cost[1][:-1]))

    @property
    def cost(self) -> tuple[int, tuple[float, bool, bool, int]]:
        return self.misfit, self.hidden.cost(TITLE_STEP)


def place_title(timed: TimedOverlay, segment: Segment, occupied: Sequence[Box], avoided: Obstacles) -> Title:
    """Return the title where it hides least beside the ``occupied`` areas, as large as possible.

    It becomes a little smaller for the subject and to stay in its own zone, and much smaller for a face or the edge of
    a picture.
    """
    own = _in_own_zone(timed, segment, occupied, avoided)
    if own:
        return own
    best: list[_Place] = []
    fitting = 0.0
    for size in _sizes(timed, segment):
        if fitting and size < MIN_SIZE_BESIDE_FACES * fitting:
            break
        places = _places(timed, segment, size, occupied, avoided, zones=_zones(timed, segment))
        place = min(places, key=lambda place: place.cost)
        best.append(place)
        fitting = fitting or (place.title.size if not place.misfit else 0.0)
        if place.is_clear:
            break
    is_headline = timed.overlay.style == "headline"
    smallest = MIN_HEADLINE_BESIDE_SUBJECT if is_headline else MIN_SIZE_BESIDE_SUBJECT
    large = [place for place in best if place.title.size >= smallest * fitting]
    chosen = min(large, key=lambda place: place.cost)
    if chosen.hides_no_face:
        return chosen.title
    # The last one is the smallest: without a place for it, that is the best.
    return min(best if fitting else best[::-1], key=lambda place: (place.misfit, place.cost[1][:-1])).title


def _in_own_zone(timed: TimedOverlay, segment: Segment, occupied: Sequence[Box], avoided: Obstacles) -> Title | None:
    """Return the title where it is clear of everything in its own zone; ``None`` if it would be too small there."""
    smallest = wanted_size(timed, segment) * (
        MIN_HEADLINE_IN_ZONE if timed.overlay.style == "headline" else MIN_SIZE_BESIDE_SUBJECT
    )
    for size in _sizes(timed, segment):
        if size < smallest:
            return None
        places = _places(timed, segment, size, occupied, avoided, zones=_zones(timed, segment)[:1])
        place = min(places, key=lambda place: place.cost)
        if place.is_clear:
            return place.title
    return None


def place_lower_third(
    timed: TimedOverlay, segment: Segment, occupied: Sequence[Box], avoided: Obstacles
) -> Title | None:
    """Return the lower third where it covers no face, and if possible not the subject; ``None`` if there is no place.

    It begins at the side where its text begins.
    """
    zones = _zones(timed, segment)
    alone = title_at_size(timed, segment, face_of(timed, segment), wanted_size(timed, segment), zones[0])
    for size in _sizes(timed, segment):
        places = _places(timed, segment, size, occupied, avoided, zones=zones)
        place = min(places, key=lambda place: place.cost)
        if place.title.size < MIN_LOWER_THIRD_SIZE * alone.size:
            return None
        if place.hides_no_face:
            return place.title
    return None


def place_credits(timed: TimedOverlay, segment: Segment, occupied: Sequence[Box], avoided: Obstacles) -> Title | None:
    """Return the credits where they cover no other words, and if possible no face and not the subject.

    ``None`` if there is no place.
    """
    wanted = wanted_size(timed, segment)
    best: list[_Place] = []
    for size in _sizes(timed, segment):
        if size < MIN_CREDITS_SIZE * wanted:
            break
        places = _places(timed, segment, size, occupied, avoided, zones=_zones(timed, segment))
        best.append(min(places, key=lambda place: place.cost))
        if best[-1].is_clear:
            break
    chosen = min(best, key=lambda place: place.cost)
    return chosen.title if chosen.misfit < _OVER_WORDS else None


def _sizes(timed: TimedOverlay, segment: Segment) -> Iterator[float]:
    for step in range(SHRINK_STEPS):
        yield wanted_size(timed, segment) * SHRINK_FACTOR**step


def _places(
    timed: TimedOverlay,
    segment: Segment,
    size: float,
    occupied: Sequence[Box],
    avoided: Obstacles,
    *,
    zones: Sequence[Box],
) -> Iterator[_Place]:
    """Yield the places of a title of ``size`` in the ``zones``, those in the first one first."""
    face, wanted = face_of(timed, segment), wanted_size(timed, segment)
    has_ground = timed.overlay.style in GROUNDED_STYLES
    for zone, side in product(zones, _sides(timed)):
        title = title_at_size(timed, segment, face, size, zone, side=side)
        gap = (CREDITS_GAP_EM if timed.overlay.style == "credits" else GAP_EM) * title.size
        for right, down in _shifts(title, zone, gap, [*occupied, *avoided.faces, *avoided.subject, *avoided.pictures]):
            box = title.box.moved_right(right).moved_down(down)
            fits = _fits(box, zone, segment) and not _has_too_many_rows(title, wanted)
            misfit = _misfit(box, occupied, gap) if fits else 2
            hidden = avoided.hidden_by([box], has_ground=has_ground)
            rest = title.rest.moved_right(right).moved_down(down)
            yield _Place(replace(title, box=box, rest=rest), misfit, hidden)


def _zones(timed: TimedOverlay, segment: Segment) -> list[Box]:
    """Return the zones of a title: its own, then that of the captions."""
    margins = {segment.title_zone or segment.safe_zone: None, segment.safe_zone: None}
    if timed.overlay.style in FREE_STYLES and segment.free_zone is not None:
        margins = {segment.free_zone: None}
    elif timed.overlay.style == "amount" and segment.icon_zone is not None:
        margins = {segment.icon_zone: None}
    return [safe_box(zone, segment.width, segment.height) for zone in margins]


def _sides(timed: TimedOverlay) -> tuple[int, ...]:
    """Return the edges of its zone at which the overlay may be, the preferred one first."""
    if timed.overlay.style != "lower_third":
        return (CENTRE,)
    return (RIGHT, LEFT) if is_right_to_left(timed.overlay.text) else (LEFT, RIGHT)


def _shifts(title: Title, zone: Box, gap: float, beside: Sequence[Box]) -> Iterator[tuple[float, float]]:
    """Yield how far a title can be moved right and down inside its zone, the smallest distances down first.

    They are steps, and the distances that bring it just past one of the boxes ``beside``. It is moved away from the
    edge at which it belongs, so that a later one is below an earlier one. Only a card, which is narrow, is moved to a
    side.
    """
    box = title.box
    highest, lowest = zone.top - box.top, zone.bottom - box.bottom
    steps = [highest + (lowest - highest) * step / _STEPS for step in range(_STEPS + 1)]
    steps += [edge - box.top for other in beside for edge in (other.top, other.bottom, other.bottom + gap)]
    steps += [edge - box.bottom for other in beside for edge in (other.top, other.bottom, other.top - gap)]
    away = -1 if title.overlay.overlay.position == "bottom" else 1
    inside = {0.0, *(step for step in steps if highest <= step <= lowest)}
    down = sorted(inside, key=lambda step: (abs(step) if step * away >= 0 else _WRONG_WAY * abs(step), step))
    sides = (0.0, zone.left - box.left, zone.right - box.right) if title.overlay.overlay.style == "amount" else (0.0,)
    yield from ((right, step) for right in sides for step in down)


def _fits(box: Box, zone: Box, segment: Segment) -> bool:
    # Icons share the zone of titles.
    is_limited = zone.height >= HIGH_ZONE * segment.height or segment.icon_zone is not None
    return box.is_inside(zone) and box.height <= zone.height * (MAX_HEIGHT if is_limited else 1.0)


def _misfit(box: Box, occupied: Sequence[Box], gap: float) -> int:
    if any(box.overlaps(other) for other in occupied):
        return 2
    slack = 1e-6
    near = Box(box.left, box.top - gap + slack, box.right, box.bottom + gap - slack)
    return int(any(near.overlaps(other) for other in occupied))


def _has_too_many_rows(title: Title, wanted: float) -> bool:
    """Return whether a headline should become smaller to have fewer rows."""
    is_headline = title.overlay.overlay.style == "headline"
    return is_headline and len(title.rows) > MAX_HEADLINE_ROWS and title.size > MIN_HEADLINE_SIZE * wanted
