"""The views of footage in a segment: which part of the video is seen from which frame on."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import cv2

from assembly.picture import i420
from assembly.picture.i420 import Planes
from assembly.picture.normalise import Frame, View
from assembly.picture.source import Source
from schemas.clip import CameraShot, window_of_video
from schemas.segment import ClipRange


def views_of(clip_range: ClipRange, source: Source, frame: Frame, begin: int) -> tuple[View, ...]:
    """Return the views of the range, counted from frame ``begin`` of the clip; empty if all of it is seen as a whole.

    The windows of ``clip_range.shots`` do not move, as ``app.planning.camera.footage_shots`` plans them.
    """
    end, shots = clip_range.first + clip_range.frames, clip_range.shots
    ends = [*(shot.first for shot in shots[1:]), clip_range.of]
    shown = [shot for shot, last in zip(shots, ends, strict=True) if shot.first < end and last > begin] if shots else []
    views = tuple(View(max(0, shot.first - begin), _part(shot, clip_range, source, frame)) for shot in shown)
    return () if all(view.part is None for view in views) else views


def _part(shot: CameraShot, clip_range: ClipRange, source: Source, frame: Frame) -> tuple[int, int, int, int] | None:
    """Return what the shot shows of the video; ``None`` if that is what is seen of it without shots."""
    clip, window, frame_aspect = clip_range.clip, shot.motion.start, frame.width / frame.height
    if clip.aspect is None or window == window_of_video(clip, frame_aspect):
        return None
    height = window.width * clip.aspect / frame_aspect
    left, width = _even_span(window.x, window.width, source.width)
    top, height_px = _even_span(window.y, height, source.height)
    return width, height_px, left, top


def _even_span(centre: float, length: float, pixels: int) -> tuple[int, int]:
    """Return start and length in even pixels of ``length`` around ``centre`` (shares), inside the video."""
    if length >= 1 or pixels < 2:
        return 0, pixels
    pairs = min(pixels // 2, max(1, round(length * pixels / 2)))
    start = min(max(0, round(centre * pixels / 2 - pairs / 2)), pixels // 2 - pairs)
    return 2 * start, 2 * pairs


class Views:
    """The ``views`` of frames that already have the film's size: a closer one is enlarged to ``size``."""

    def __init__(self, views: Sequence[View], size: tuple[int, int]) -> None:
        self._views = views
        self._enlarged = i420.planes(i420.empty(*size))

    def of_frame(self, index: int, picture: Planes) -> Planes:
        """Return what is seen of ``picture`` in frame ``index``; it is valid until the next call."""
        view = self._views[max(0, bisect_right(self._views, index, key=lambda view: view.first) - 1)]
        if view.part is None:
            return picture
        for plane, target, step in zip(picture, self._enlarged, (1, 2, 2), strict=True):
            width, height, left, top = (pixels // step for pixels in view.part)
            part = plane[top : top + height, left : left + width]
            cv2.resize(part, target.shape[::-1], dst=target, interpolation=cv2.INTER_CUBIC)
        return self._enlarged
