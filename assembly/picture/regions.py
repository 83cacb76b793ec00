"""Where the faces and the subject of a clip are in the frame while it is shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from assembly.picture.normalise import SHAPE_TOLERANCE
from assembly.text.layout import Box
from schemas.clip import Clip, Window
from schemas.region import Region
from schemas.scene_graph import Focus
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
    aspect = part.clip.aspect
    if aspect is None:
        return
    if part.clip.kind == "video":
        windows: Iterable[Window] = [_window_of_video(part.clip, aspect, segment.width / segment.height)]
    else:
        windows = [part.path.window_at(index) for index in _moments(part)] if part.path else []
    for window in windows:
        if box := _in_frame(region, aspect, window, segment):
            yield box


def _window_of_video(clip: Clip, aspect: float, frame_aspect: float) -> Window:
    """Return the part of a video that fills the frame; it is larger than the video if that is shown whole."""
    is_same = abs(aspect / frame_aspect - 1) < SHAPE_TOLERANCE
    ratio = frame_aspect / aspect
    if is_same or clip.fit != "crop":
        return Window(0.5, 0.5, 1.0 if is_same else max(1.0, ratio))
    width, focus = min(1.0, ratio), clip.focus or Focus()
    return Window(_inside(focus.x, width), _inside(focus.y, width / ratio), width)


def _inside(centre: float, length: float) -> float:
    return 0.5 if length >= 1 else min(1 - length / 2, max(length / 2, centre))


def _moments(part: ClipRange) -> Iterator[float]:
    """Yield frames of the clip at which to look: the same number in each of its shots that is shown."""
    end = part.first + part.frames
    starts = [part.first, *(shot.first for shot in part.shots if part.first < shot.first < end), end]
    for first, last in pairwise(starts):
        yield from (first + moment / (_MOMENTS - 1) * max(0, last - first - 1) for moment in range(_MOMENTS))


def _in_frame(region: Region, aspect: float, window: Window, segment: Segment) -> Box | None:
    height = window.width * aspect * segment.height / segment.width
    left = (region.left - window.x + window.width / 2) / window.width * segment.width
    top = (region.top - window.y + height / 2) / height * segment.height
    box = Box(
        max(0.0, left),
        max(0.0, top),
        min(float(segment.width), left + region.width / window.width * segment.width),
        min(float(segment.height), top + region.height / height * segment.height),
    )
    return box if box.left < box.right and box.top < box.bottom else None
