"""Text overlays (headlines, text scenes, amounts): placed clear of the captions, of faces and of each other."""

from __future__ import annotations

from functools import lru_cache

from assembly.text import ass
from assembly.text.caption_slot import lay_out_cue
from assembly.text.layout import Box, enclosing, grown, place_box, safe_box
from assembly.text.obstacles import obstacles
from assembly.text.title_layout import Title
from assembly.text.title_places import place_credits, place_lower_third, place_title
from schemas.segment import Segment, TimedOverlay

# The margin around an image that may lie on a plate, as a share of its size.
MARGIN = 0.18
PLACES = {"lower_third": place_lower_third, "credits": place_credits}


@lru_cache(maxsize=4)  # burned words, scrims and icons of a segment need the places, and the search takes up to 0.1 s
def titles(segment: Segment) -> tuple[Title, ...]:
    """Return the layout of every text overlay of the segment, in the order of the overlays.

    A lower third without a place is left out: what it says is also spoken, a covered face is not seen. Credits are
    left out if there is no place beside the other words and the images over the picture.
    """
    result: list[Title] = []
    avoided = obstacles(segment)
    for timed in segment.overlays:
        if timed.overlay.kind != "text" or not ass.collapse_whitespace(timed.overlay.text):
            continue
        occupied = [title.box for title in result if title.overlay.is_shown_with(timed)]
        band = caption_band(segment, timed)
        occupied = [*occupied, *([band] if band else []), *_images(segment, timed)]
        if timed.overlay.style == "credits":
            occupied += _flat_images(segment, timed)
        place = PLACES.get(timed.overlay.style, place_title)
        if title := place(timed, segment, occupied, avoided):
            result.append(title)
    return tuple(result)


def has_place_for_credits(segment: Segment) -> bool:
    """Return whether all credits of the segment are shown."""
    wanted = [timed for timed in segment.overlays if timed.overlay.style == "credits"]
    placed = [title.overlay for title in titles(segment)]
    return all(timed in placed for timed in wanted)


def _images(segment: Segment, during: TimedOverlay) -> list[Box]:
    """Return the zone of the images with a shadow that are shown ``during`` an overlay."""
    images = [timed for timed in segment.overlays if timed.overlay.kind == "image" and timed.overlay.shadow]
    if segment.image_zone is None or not any(timed.is_shown_with(during) for timed in images):
        return []
    return [safe_box(segment.image_zone, segment.width, segment.height)]


def _flat_images(segment: Segment, during: TimedOverlay) -> list[Box]:
    """Return where images without a shadow, such as logos, are at most, with the plate that they may lie on."""
    zone = safe_box(segment.safe_zone, segment.width, segment.height)
    images = (timed for timed in segment.overlays if timed.overlay.kind == "image" and not timed.overlay.shadow)
    shown = [timed.overlay for timed in images if timed.is_shown_with(during)]
    scales = [(image.position, min(1.0, image.scale)) for image in shown]
    return [grown(place_box(at, scale * zone.width, scale * zone.height, zone), MARGIN) for at, scale in scales]


def caption_band(segment: Segment, during: TimedOverlay | None = None) -> Box | None:
    """Return the area that captions cover in the segment, or ``during`` an overlay; ``None`` when there are none."""
    cues = [cue for cue in segment.cues if during is None or _is_shown(segment, during, cue.start_ms, cue.end_ms)]
    return enclosing([lay_out_cue(cue, segment).box for cue in cues]) if cues else None


def _is_shown(segment: Segment, timed: TimedOverlay, start_ms: int, end_ms: int) -> bool:
    """Return whether the overlay is on screen at some time from ``start_ms`` to ``end_ms`` of the film."""
    return segment.frame_of(start_ms) < timed.first + timed.frames and timed.first < segment.frame_of(end_ms)
