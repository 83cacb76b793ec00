"""Where the faces and the subject of a clip are in the frame while it is shown."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from assembly.text.layout import Box
from schemas.clip import Clip, Window
from schemas.region import Region
from schemas.segment import ClipRange, Segment

# The motion is straight, so a few moments are enough: between them a region moves by a fraction of its size.
_MOMENTS = 5


def face_boxes(segment: Segment) -> list[Box]:
    """Return the areas that faces cover in the segment's frames, in pixels; several boxes for a face that moves."""
    shown = (segment.incoming, segment.outgoing) if segment.outgoing else (segment.incoming,)
    return [box for part in shown for region in part.clip.faces for box in _boxes(region, part, segment)]


def subject_boxes(segment: Segment) -> list[Box]:
    """Return the areas that the subject of the incoming clip covers in the segment's frames, in pixels."""
    subject = segment.incoming.clip.subject
    return list(_boxes(subject, segment.incoming, segment)) if subject else []


def _boxes(region: Region, part: ClipRange, segment: Segment) -> Iterator[Box]:
    clip, path = part.clip, part.path
    if clip.kind != "still" or clip.aspect is None or path is None:
        return
    for index in _moments(part):
        if box := _in_frame(region, clip, path.window_at(index), segment):
            yield box


def _moments(part: ClipRange) -> Iterator[float]:
    """Yield frames of the clip at which to look: the same number in each of its shots that is shown."""
    end = part.first + part.frames
    starts = [part.first, *(shot.first for shot in part.shots if part.first < shot.first < end), end]
    for first, last in pairwise(starts):
        yield from (first + moment / (_MOMENTS - 1) * max(0, last - first - 1) for moment in range(_MOMENTS))


def _in_frame(region: Region, clip: Clip, window: Window, segment: Segment) -> Box | None:
    assert clip.aspect is not None
    height = window.width * clip.aspect * segment.height / segment.width
    left = (region.left - window.x + window.width / 2) / window.width * segment.width
    top = (region.top - window.y + height / 2) / height * segment.height
    box = Box(
        max(0.0, left),
        max(0.0, top),
        min(float(segment.width), left + region.width / window.width * segment.width),
        min(float(segment.height), top + region.height / height * segment.height),
    )
    return box if box.left < box.right and box.top < box.bottom else None
