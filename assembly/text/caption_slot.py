"""The place of the captions in a segment: one for all its cues, chosen so that they cover no face."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from assembly.picture.regions import face_boxes, subject_boxes
from assembly.text.layout import Box
from schemas.preset import POSITIONS
from schemas.segment import Segment
from schemas.timeline import Cue

# Captions may cover this share of the subject; beyond it, each such step counts against a position.
_SUBJECT_SHARE, _SUBJECT_STEP = 0.1, 0.25

# The area that a cue covers at a position, also while it is animated.
CueBox = Callable[[Cue, Segment, str], Box]


@dataclass(frozen=True, slots=True)
class Slot:
    """A position, and the shares of faces and of the subject that captions cover there at the worst moment."""

    position: str
    faces: float
    subject: float


@lru_cache(maxsize=256)
def caption_slot(segment: Segment, cue_box: CueBox) -> Slot:
    """Return the preset's position unless captions would cover a face, or much of the subject, and less elsewhere."""
    faces, subject = face_boxes(segment), subject_boxes(segment)
    preferred = segment.captions.position
    order = [preferred, *(position for position in reversed(POSITIONS) if position != preferred)]
    if not segment.cues or not (faces or subject):
        return Slot(preferred, 0.0, 0.0)
    slots = []
    for position in order:
        boxes = [cue_box(cue, segment, position) for cue in segment.cues]
        slots.append(Slot(position, _covered(faces, boxes), _covered(subject, boxes)))
    return min(slots, key=_cost)


def _cost(slot: Slot) -> tuple[float, int]:
    return slot.faces, int(max(0.0, slot.subject - _SUBJECT_SHARE) / _SUBJECT_STEP)


def _covered(regions: Sequence[Box], boxes: Sequence[Box]) -> float:
    """Return the largest share of a region that one of the boxes covers, in whole hundredths.

    It is rounded up, so that a face that is touched counts, and is equal on every machine.
    """
    largest = max((_share(region, box) for region in regions for box in boxes), default=0.0)
    return math.ceil(100 * largest - 1e-9) / 100


def _share(region: Box, box: Box) -> float:
    across = min(region.right, box.right) - max(region.left, box.left)
    down = min(region.bottom, box.bottom) - max(region.top, box.top)
    return max(0.0, across) * max(0.0, down) / (region.width * region.height)
