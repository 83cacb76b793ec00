"""Text overlays (headlines, text scenes, amounts): placed clear of the captions, of faces and of each other."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from app.planning.timing.counters import FREE_STYLES
from assembly.picture.regions import face_boxes, subject_boxes
from assembly.text import ass
from assembly.text.bidi import is_right_to_left
from assembly.text.blocks.rows import CENTRE, LEFT, RIGHT
from assembly.text.cue_layout import lay_out_cue
from assembly.text.layout import Box, safe_box
from assembly.text.title_layout import Title, face_of, title_at_size, wanted_size
from schemas.segment import Segment, TimedOverlay

# Maximum height of a title, as a share of the safe zone's height.
MAX_HEIGHT = 0.7
SHRINK_FACTOR, SHRINK_STEPS = 0.93, 40
GAP_EM = 0.35
# A lower third that would have to be smaller than this share of its size is at another edge.
MIN_LOWER_THIRD_SIZE = 0.6
# A title that would have to be smaller than this share of its size to be clear of faces covers them instead.
MIN_SIZE_BESIDE_FACES = 0.55
# A headline of more rows becomes smaller, down to this share of its size.
MAX_HEADLINE_ROWS, MIN_HEADLINE_SIZE = 3, 0.65
# A card covers the subject before it becomes smaller than this share of its size.
MIN_SIZE_BESIDE_SUBJECT = 0.8


def titles(segment: Segment) -> tuple[Title, ...]:
    """Return the layout of every text overlay of the segment, in the order of the overlays."""
    result: list[Title] = []
    band = caption_band(segment)
    for timed in segment.overlays:
        if timed.overlay.kind != "text" or not ass.collapse_whitespace(timed.overlay.text):
            continue
        occupied = [title.box for title in result if _overlap_in_time(title.overlay, timed)]
        occupied = [*occupied, band] if band else occupied
        if timed.overlay.style == "lower_third":
            result += _lower_third(timed, segment, occupied)
        else:
            result.append(_title_beside_faces(timed, segment, occupied))
    return tuple(result)


def _lower_third(timed: TimedOverlay, segment: Segment, occupied: list[Box]) -> list[Title]:
    """Return the lower third at the edge where it covers no face, and if possible not the subject; [] if none is.

    It begins at the side where its text begins. What it says is also spoken, a covered face is not seen.
    """
    sides = (RIGHT, LEFT) if is_right_to_left(timed.overlay.text) else (LEFT, RIGHT)
    faces, subject = face_boxes(segment), subject_boxes(segment)
    alone = _place_title(timed, segment, [], sides[0])
    for regions in ([*faces, *subject], faces):
        blocked = [*occupied, *regions]
        for position, side in product(dict.fromkeys((timed.overlay.position, "bottom", "top")), sides):
            moved = replace(timed, overlay=replace(timed.overlay, position=position))
            title = _place_title(moved, segment, blocked, side)
            is_large = title.size >= MIN_LOWER_THIRD_SIZE * alone.size
            if is_large and not any(title.box.overlaps(box) for box in blocked):
                return [title]
    return []


def _title_beside_faces(timed: TimedOverlay, segment: Segment, occupied: list[Box]) -> Title:
    """Return the title clear of faces, and a card also of the subject, or anywhere if it would become too small."""
    faces = face_boxes(segment)
    anywhere = _place_title(timed, segment, occupied)
    subject = subject_boxes(segment) if timed.overlay.style == "amount" else []
    for regions, min_size in (([*faces, *subject], MIN_SIZE_BESIDE_SUBJECT), (faces, MIN_SIZE_BESIDE_FACES)):
        if not any(anywhere.box.overlaps(region) for region in regions):
            return anywhere
        beside = _place_title(timed, segment, [*occupied, *regions])
        is_clear = not any(beside.box.overlaps(box) for box in (*occupied, *regions))
        if is_clear and beside.size >= min_size * anywhere.size:
            return beside
    return anywhere


def caption_band(segment: Segment) -> Box | None:
    """Return the area that the segment's captions cover at any time; ``None`` when there are none."""
    boxes = [lay_out_cue(cue, segment).box for cue in segment.cues]
    if not boxes:
        return None
    return Box(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )


def _overlap_in_time(a: TimedOverlay, b: TimedOverlay) -> bool:
    return a.first < b.first + b.frames and b.first < a.first + a.frames


def _place_title(timed: TimedOverlay, segment: Segment, occupied: list[Box], side: int = CENTRE) -> Title:
    """Return the title at its wanted size, or at the largest smaller size that fits beside ``occupied``.

    ``side`` is the edge of its zone at which it is.
    """
    is_free = timed.overlay.style in FREE_STYLES and segment.free_zone is not None
    margins = segment.free_zone if is_free else segment.title_zone
    zone = safe_box(margins or segment.safe_zone, segment.width, segment.height)
    face = face_of(timed, segment)
    size = wanted = wanted_size(timed, segment)
    for _ in range(SHRINK_STEPS):
        title = title_at_size(timed, segment, face, size, zone, side=side)
        box = moved_clear(title.box, occupied, zone, GAP_EM * title.size, up=timed.overlay.position == "bottom")
        fits = box.height <= zone.height * MAX_HEIGHT and box.is_inside(zone) and not _has_too_many_rows(title, wanted)
        if fits and not any(box.overlaps(other) for other in occupied):
            break
        size *= SHRINK_FACTOR
    moved = title.rest.moved_down(box.top - title.box.top)
    return replace(title, box=box, rest=moved)


def _has_too_many_rows(title: Title, wanted: float) -> bool:
    """Return whether a headline should become smaller to have fewer rows."""
    is_headline = title.overlay.overlay.style == "headline"
    return is_headline and len(title.rows) > MAX_HEADLINE_ROWS and title.size > MIN_HEADLINE_SIZE * wanted


def moved_clear(box: Box, occupied: list[Box], zone: Box, gap: float, up: bool) -> Box:
    """Return ``box`` moved past all ``occupied`` boxes, up or down, or the other way when that leaves the zone.

    Returns ``box`` itself when neither direction stays inside the zone.
    """
    for upwards in (up, not up):
        moved = _moved_past(box, occupied, gap, upwards)
        if zone.top <= moved.top and moved.bottom <= zone.bottom:
            return moved
    return box


def _moved_past(box: Box, occupied: list[Box], gap: float, up: bool) -> Box:
    for other in sorted(occupied, key=lambda other: -other.bottom if up else other.top):
        if box.overlaps(other):
            box = box.moved_down(other.top - gap - box.bottom if up else other.bottom + gap - box.top)
    return box
