"""Match cuts: the first shot of a scene shows its subject where, and as large as, that of the scene before is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.planning.camera.close_views import CLOSE_SPEED, is_cut
from app.planning.camera.repeats import MIN_CHANGE
from schemas.clip import CameraPath, CameraShot, Clip, Motion, Panel, Window, clamped_centre
from schemas.layout import WHOLE_FRAME
from schemas.preset import MotionStyle
from schemas.region import Region
from schemas.timeline import Timeline, VideoItem

# The largest distance of the two centres, in shares of the frame, and the largest relative difference of their sizes.
MAX_DISTANCE = 0.04
MAX_SIZE_RATIO = 1.15
# A subject that fills more of the frame's width or height has no place in it.
_MAX_SIZE = 0.95
# Sizes to try, relative to that of the old subject: a closer view can be moved farther.
_SIZES = (1.0, 1.07, 1.14)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a subject is in the frame: its centre and its size, in shares of the frame's width and height."""

    x: float
    y: float
    width: float
    height: float

    @property
    def size(self) -> float:
        return math.sqrt(self.width * self.height)

    @property
    def is_whole(self) -> bool:
        is_inside = all(
            length / 2 <= centre <= 1 - length / 2 for centre, length in ((self.x, self.width), (self.y, self.height))
        )
        return is_inside and max(self.width, self.height) <= _MAX_SIZE

    def matches(self, other: Place) -> bool:
        ratio = self.size / other.size
        is_near = max(abs(self.x - other.x), abs(self.y - other.y)) <= MAX_DISTANCE
        return is_near and 1 / MAX_SIZE_RATIO <= ratio <= MAX_SIZE_RATIO


@dataclass(frozen=True, slots=True)
class View:
    """One picture that fills ``area`` of the frame, under a camera; its aspect is ``ratio`` × that of the area."""

    area: Region
    ratio: float
    shots: tuple[CameraShot, ...]
    frames: int
    faces: tuple[Region, ...]
    subject: Region | None

    def place(self, region: Region, window: Window) -> Place:
        x, y = region.centre
        height = window.width * self.ratio
        return Place(
            self.area.left + ((x - window.x) / window.width + 0.5) * self.area.width,
            self.area.top + ((y - window.y) / height + 0.5) * self.area.height,
            region.width / window.width * self.area.width,
            region.height / height * self.area.height,
        )

    @property
    def last_window(self) -> Window:
        return CameraPath(self.shots, self.frames).window_at(self.frames - 1)

    def window_for(self, region: Region, place: Place, widths: tuple[float, float]) -> Window:
        """Return the window, with a width within ``widths``, that shows ``region`` as near to ``place`` as it can."""
        width = min(widths[1], max(widths[0], self.place(region, Window(0.5, 0.5, 1.0)).size / place.size))
        height, (x, y) = width * self.ratio, region.centre
        left = x - ((place.x - self.area.left) / self.area.width - 0.5) * width
        top = y - ((place.y - self.area.top) / self.area.height - 0.5) * height
        return Window(clamped_centre(left, width), clamped_centre(top, height), width)

    def keeps_faces(self, window: Window) -> bool:
        """Whether no face is partly outside the window or close to its edge."""
        return not any(is_cut(face, window, self.ratio) for face in self.faces)


def matched(
    before: VideoItem, item: VideoItem, clips: Mapping[int, Clip], film: Timeline, style: MotionStyle
) -> VideoItem:
    """Return ``item`` with its first shot reframed to match the end of ``before``; as it is if that is not possible."""
    clip, aspect = clips.get(item.scene_id), film.width / film.height
    old, new = _view(clips.get(before.scene_id), before, aspect), _view(clip, item, aspect)
    # A whole picture on a background would be moved off its place.
    if old is None or new is None or clip is None or clip.picture is not None:
        return item
    return replace(item, shots=matched_shots(old, new, style, float(film.fps)) or item.shots)


def _view(clip: Clip | None, item: VideoItem, frame_aspect: float) -> View | None:
    """Return the view of a still with one picture; ``None`` for all others, or if its facts are not known."""
    if clip is None or clip.kind != "still" or len(clip.panels) > 1:
        return None
    source: Clip | Panel = clip.panels[0] if clip.panels else clip
    area = clip.panels[0].area if clip.panels else WHOLE_FRAME
    if source.motion is None or source.aspect is None:
        return None
    shots = item.shots or (CameraShot(0, source.motion),)
    ratio = source.aspect / (frame_aspect * area.width / area.height)
    frames = item.end_frame - item.start_frame
    return View(area, ratio, shots, frames, source.faces, source.subject)


def matched_shots(old: View, new: View, style: MotionStyle, fps: float) -> tuple[CameraShot, ...]:
    """Return the shots of ``new``, the first of which matches the last frame of ``old``; empty if none does.

    Faces are matched with faces, and other subjects with each other.
    """
    regions = _matching_regions(old, new)
    if regions is None:
        return ()
    target = old.place(regions[0], old.last_window)
    start = _matched_window(new, regions[1], target, style)
    if start is None:
        return ()
    end_frame = new.shots[1].first if len(new.shots) > 1 else new.frames
    motion = _motion_from(start, new, regions[1], target, end_frame / fps, is_still=style.is_still)
    return _with_distinct_second(motion, new)


def _matched_window(view: View, region: Region, target: Place, style: MotionStyle) -> Window | None:
    """Return the window that shows ``region`` at ``target`` and cuts no face; ``None`` if there is none."""
    if not target.is_whole:
        return None
    first = view.shots[0].motion
    widths = (min(first.start.width, first.end.width) / style.punch_in, min(1.0, 1 / view.ratio))
    for size in _SIZES:
        wanted = replace(target, width=target.width * size, height=target.height * size)
        window = view.window_for(region, wanted, widths)
        if view.place(region, window).matches(target) and view.keeps_faces(window):
            return window
    return None


def _matching_regions(old: View, new: View) -> tuple[Region, Region] | None:
    if old.faces and new.faces:
        return old.faces[0], new.faces[0]
    if old.faces or new.faces or old.subject is None or new.subject is None:
        return None
    return old.subject, new.subject


def _motion_from(start: Window, view: View, region: Region, place: Place, seconds: float, *, is_still: bool) -> Motion:
    """Return a slow move from ``start`` towards the subject, which stays at its place; none if it would cut a face."""
    if is_still:
        return Motion("still", start, start)
    width = start.width * math.exp(-CLOSE_SPEED * seconds)
    end = view.window_for(region, place, (width, width))
    return Motion("push_in", start, end) if view.keeps_faces(end) else Motion("still", start, start)


def _with_distinct_second(motion: Motion, view: View) -> tuple[CameraShot, ...]:
    """Return the shots of ``view`` with another first ``motion``; the second shows the wide view if it was as close.

    Empty if that is as close as the first, too.
    """
    if len(view.shots) == 1:
        return (CameraShot(0, motion),)
    second, *others = view.shots[1:]
    end_frame = others[0].first if others else view.frames
    wide = view.shots[0].motion
    # At the speed that it had in the first shot.
    reach = min(1.0, (end_frame - second.first) / max(1, second.first))
    for candidate in (second.motion, Motion(wide.kind, wide.start, wide.window_at(reach))):
        ratio = candidate.start.width / motion.end.width
        if max(ratio, 1 / ratio) >= 1 + MIN_CHANGE:
            return CameraShot(0, motion), CameraShot(second.first, candidate), *others
    return ()
