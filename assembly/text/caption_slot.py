"""The place of the captions in a segment: one for all its cues, clear of faces, of the subject and of edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from assembly.text.cue_layout import CueLayout, lay_out_cue_at
from assembly.text.layout import Box, enclosing, safe_box
from assembly.text.obstacles import CAPTION_STEP, Hidden, obstacles
from schemas.preset import WIDE_ASPECT
from schemas.segment import Segment
from schemas.timeline import Cue

# Other places are tried at this many distances, from the top of the zone to its bottom.
_STEPS = 24
# Captions that have to move go this much farther, as a share of the frame's height, to hide less of the subject.
_REACH = 0.08


@dataclass(frozen=True, slots=True)
class Slot:
    """The line of a segment's captions, and what they hide there.

    ``line`` is the vertical position of the middle of every cue's last line (``position`` "bottom") or first line
    ("top"), in pixels from the top of the frame.
    """

    line: float
    position: str
    hidden: Hidden = Hidden()


def lay_out_cue(cue: Cue, segment: Segment) -> CueLayout:
    """Lay a cue out at the place of the segment's captions; one of another segment, as if it were the only one."""
    slot = caption_slot(segment if cue in segment.cues else replace(segment, cues=(cue,)))
    return _on_line(_laid_out(cue, segment, slot.position), slot, _zone(segment))


@lru_cache(maxsize=256)
def caption_slot(segment: Segment) -> Slot:
    """Return the preset's place, or the nearest one in the zone at which captions hide less.

    All cues have one baseline: that of the last line at the bottom of a zone, else that of the first one. In wide
    frames only a face moves captions, because subtitles are read at the bottom.
    """
    position = "bottom" if segment.captions.position == "bottom" else "top"
    zone = _zone(segment)
    cues = [_laid_out(cue, segment, position) for cue in segment.cues]
    slot = Slot(_preferred_line(cues, segment, position), position)
    avoided = obstacles(segment)
    if not (cues and avoided):
        return slot
    boxes = [_on_line(cue, slot, zone).box for cue in cues]
    has_ground = segment.captions.box_colour is not None
    is_wide = segment.width > WIDE_ASPECT * segment.height
    slots = []
    for shift in _shifts(enclosing(boxes), zone):
        hidden = avoided.hidden_by([box.moved_down(shift) for box in boxes], has_ground=has_ground)
        slots.append(Slot(slot.line + shift, position, hidden))
    costs = [slot.hidden.cost(CAPTION_STEP)[: -1 if is_wide else None] for slot in slots]
    least = min(costs)
    good = [slot for slot, cost in zip(slots, costs, strict=True) if cost == least]
    return good[0] if good[0].line == slot.line else _freest(good, _REACH * segment.height)


def _freest(slots: Sequence[Slot], reach: float) -> Slot:
    """Return the slot within ``reach`` of the first one that hides least of the subject."""
    near = (slot for slot in slots if abs(slot.line - slots[0].line) <= reach)
    return min(near, key=lambda slot: slot.hidden.subject)


def _zone(segment: Segment) -> Box:
    return safe_box(segment.safe_zone, segment.width, segment.height)


def _laid_out(cue: Cue, segment: Segment, position: str) -> CueLayout:
    return lay_out_cue_at(cue, segment, _zone(segment), position)


def _on_line(layout: CueLayout, slot: Slot, zone: Box) -> CueLayout:
    """Return the cue on the line of the slot, or as near to it as the zone allows."""
    shift = slot.line - _line(layout, slot.position)
    lowest = max(0.0, zone.bottom - layout.box.bottom)
    return layout.moved_down(max(min(0.0, zone.top - layout.box.top), min(lowest, shift)))


def _line(layout: CueLayout, position: str) -> float:
    return layout.line_middle(len(layout.lines) - 1 if position == "bottom" else 0)


def _preferred_line(cues: Sequence[CueLayout], segment: Segment, position: str) -> float:
    """Return the line at which all cues are in the zone: at its bottom, at its top, or around its middle."""
    zone = _zone(segment)
    if position == "bottom":
        return min((_line(cue, position) for cue in cues), default=zone.bottom)
    above = max((_line(cue, position) for cue in cues), default=zone.top)
    if segment.captions.position == "top":
        return above
    below = max((cue.box.bottom - _line(cue, position) for cue in cues), default=0.0)
    return above + max(0.0, zone.bottom - above - below) / 2


def _shifts(band: Box, zone: Box) -> Sequence[float]:
    """Return how far the band can be moved down inside the zone, the smallest distances first."""
    highest, lowest = min(0.0, zone.top - band.top), max(0.0, zone.bottom - band.bottom)
    steps = (highest + (lowest - highest) * step / _STEPS for step in range(_STEPS + 1))
    return sorted({0.0, *steps}, key=lambda shift: (abs(shift), shift))
