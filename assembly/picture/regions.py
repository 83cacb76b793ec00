"""Where the faces and the subject of a clip are in the frame while it is shown."""

from __future__ import annotations

from collections.abc import Iterator

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
    clip = part.clip
    if clip.kind != "still" or clip.aspect is None or clip.motion is None:
        return
    for moment in range(_MOMENTS):
        index = part.first + moment / (_MOMENTS - 1) * max(0, part.frames - 1)
        window = clip.motion.window_at(index / (part.of - 1) if part.of > 1 else 0.0)
        if box := _in_frame(region, clip, window, segment):
            yield box


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
