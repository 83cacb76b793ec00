"""What words must leave free in a segment's picture, and how much of it a text at some place would hide."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from assembly.picture.regions import face_boxes, picture_boxes, subject_boxes
from assembly.text.layout import Box, grown
from schemas.region import FACE_MARGIN, SUBJECT_SHARE
from schemas.segment import Segment

# Beyond ``SUBJECT_SHARE``, only a difference of this size makes another place of captions better: a smaller one is not
# worth a move.
CAPTION_STEP = 0.15
# A title is shown once, so that a smaller difference counts.
TITLE_STEP = 0.02
# A text may reach over the edge of a picture by this many pixels; positions are not whole.
_SLACK_PX = 0.5


@dataclass(frozen=True, slots=True)
class Hidden:
    """The shares of faces and of the subject that a text covers, and whether it crosses the edge of a picture.

    ``near_faces`` says whether it covers the margin of a face: hair, chin or ears.
    """

    faces: float = 0.0
    crosses: bool = False
    near_faces: bool = False
    subject: float = 0.0

    def cost(self, step: float) -> tuple[float, bool, bool, int]:
        """Return what counts against a place: a face first, then the edge of a picture, then the subject in steps."""
        excess = self.subject - SUBJECT_SHARE
        return self.faces, self.crosses, self.near_faces, 1 + int(excess / step) if excess > 0 else 0


@dataclass(frozen=True, slots=True)
class Obstacles:
    """The areas of faces, subjects and pictures in the frames of a segment, in pixels."""

    faces: Sequence[Box] = ()
    subject: Sequence[Box] = ()
    pictures: Sequence[Box] = ()

    def __bool__(self) -> bool:
        return bool(self.faces or self.subject or self.pictures)

    def hidden_by(self, boxes: Sequence[Box], *, has_ground: bool) -> Hidden:
        """Return what the worst of ``boxes`` hides; a text with a ground of its own may cross the edge of a picture."""
        crosses = not has_ground and any(_crosses(box, picture) for picture in self.pictures for box in boxes)
        is_near = any(box.overlaps(self._with_margin(face)) for face in self.faces for box in boxes)
        return Hidden(_covered(self.faces, boxes), crosses, is_near, _covered(self.subject, boxes))

    def _with_margin(self, face: Box) -> Box:
        """Return the face with hair, chin and ears; beside a picture that ends there, they are not seen."""
        whole = grown(face, FACE_MARGIN)
        around = [picture for picture in self.pictures if face.is_inside(picture)]
        return whole.part_in(around[0]) if around else whole


def obstacles(segment: Segment) -> Obstacles:
    return Obstacles(face_boxes(segment), subject_boxes(segment), picture_boxes(segment))


def _crosses(box: Box, picture: Box) -> bool:
    slack = _SLACK_PX
    core = Box(box.left + slack, box.top + slack, box.right - slack, box.bottom - slack)
    return core.crosses_edge_of(picture)


def _covered(regions: Sequence[Box], boxes: Sequence[Box]) -> float:
    """Return the largest share of a region that one of the boxes covers, in whole hundredths.

    It is rounded up, so that a face that is touched counts, and is equal on every machine.
    """
    largest = max((box.share_of(region) for region in regions for box in boxes), default=0.0)
    return math.ceil(100 * largest - 1e-9) / 100
