"""Where the faces and the subject of a clip are in the frame while it is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from assembly.text.layout import Box
from schemas.clip import CameraPath, Window, window_of_video
from schemas.region import UPPER_PART, Region
from schemas.segment import ClipRange, Segment

_WHOLE = Region(0.0, 0.0, 1.0, 1.0)
# A subject that covers this share of its frame or panel leaves no place for words.
_FILLING = 0.5
# The motion is straight, so a few moments are enough: between them a region moves by a fraction of its size.
_MOMENTS = 5


@dataclass(frozen=True, slots=True)
class _View:
    """A picture of ``aspect`` (width ÷ height) that fills ``area`` of the frame; ``windows`` are its visible parts."""

    faces: Sequence[Region]
    subject: Region | None
    aspect: float
    windows: Sequence[Window]
    area: Box


def face_boxes(segment: Segment) -> list[Box]:
    """Return the areas that faces cover in the segment's frames, in pixels; several boxes for a face that moves."""
    shown = (segment.incoming, segment.outgoing) if segment.outgoing else (segment.incoming,)
    views = [view for part in shown for view in _views(part, segment)]
    return [box for view in views for face in view.faces for box in _boxes(face, view)]


def subject_boxes(segment: Segment) -> list[Box]:
    """Return the areas that the subjects of the incoming clip cover in the segment's frames, in pixels.

    Of a subject that fills its frame or panel the upper part counts: words below it are where viewers expect them, and
    no place would be free. A darkened picture is a ground for words, and has no subject.
    """
    if segment.dim:
        return []
    views = _views(segment.incoming, segment)
    return [_main_part(box, view.area) for view in views if view.subject for box in _boxes(view.subject, view)]


def _main_part(box: Box, area: Box) -> Box:
    fills = box.width * box.height >= _FILLING * area.width * area.height
    return replace(box, bottom=box.top + UPPER_PART * box.height) if fills else box


def picture_boxes(segment: Segment) -> list[Box]:
    """Return the areas of the incoming clip's pictures that have an edge inside the frame, in pixels.

    They are panels, and a picture that is shown whole over a background; several boxes if the camera moves over it.
    """
    part, frame = segment.incoming, Box(0, 0, segment.width, segment.height)
    boxes = [area_of(panel.area, segment) for panel in part.clip.panels]
    if not boxes and part.clip.aspect is not None:
        whole = part.clip.picture or (_WHOLE if part.clip.kind == "video" else None)
        boxes = [box for view in _views(part, segment) for box in (_boxes(whole, view) if whole else ())]
    return [box for box in boxes if not frame.is_inside(box)]


def _views(part: ClipRange, segment: Segment) -> Iterator[_View]:
    clip, size = part.clip, (segment.width, segment.height)
    for panel in clip.panels:
        path = part.path_in(panel)
        if panel.aspect and path:
            yield _View(panel.faces, panel.subject, panel.aspect, _windows(path, part), area_of(panel.area, segment))
    if clip.aspect is None or clip.panels:
        return
    area = Box(0, 0, *size)
    if clip.kind == "video":
        windows = _windows(part.path, part) if part.path else (window_of_video(clip, size[0] / size[1]),)
        yield _View(clip.faces, clip.subject, clip.aspect, windows, area)
    elif path := part.path:
        yield _View(clip.faces, clip.subject, clip.aspect, _windows(path, part), area)


def area_of(region: Region, segment: Segment) -> Box:
    """Return a region of the frame in pixels of the segment's frames."""
    left, top, width, height = region.even_box(segment.width, segment.height)
    return Box(left, top, left + width, top + height)


def _windows(path: CameraPath, part: ClipRange) -> Sequence[Window]:
    return [path.window_at(index) for index in _moments(part)]


def _boxes(region: Region, view: _View) -> Iterator[Box]:
    for window in view.windows:
        if box := _in_area(region, window, view):
            yield box


def _moments(part: ClipRange) -> Iterator[float]:
    """Yield frames of the clip at which to look: the same number in each of its shots that is shown."""
    end = part.first + part.frames
    starts = [part.first, *(shot.first for shot in part.shots if part.first < shot.first < end), end]
    for first, last in pairwise(starts):
        yield from (first + moment / (_MOMENTS - 1) * max(0, last - first - 1) for moment in range(_MOMENTS))


def _in_area(region: Region, window: Window, view: _View) -> Box | None:
    area = view.area
    height = window.width * view.aspect * area.height / area.width
    left = area.left + (region.left - window.x + window.width / 2) / window.width * area.width
    top = area.top + (region.top - window.y + height / 2) / height * area.height
    box = Box(
        max(area.left, left),
        max(area.top, top),
        min(area.right, left + region.width / window.width * area.width),
        min(area.bottom, top + region.height / height * area.height),
    )
    return box if box.left < box.right and box.top < box.bottom else None
