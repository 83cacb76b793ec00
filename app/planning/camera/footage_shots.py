"""Shots of footage: the running clip, seen as a whole and closer in turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from app.planning.camera.close_views import OWN, Opening, Picture, punch_ins
from app.planning.timing.shots import SceneSpan
from schemas.clip import CameraShot, Clip, Motion, Window, window_of_video
from schemas.preset import MotionStyle
from schemas.timeline import VideoItem
from schemas.timing import frames_of

# Pixels of a 1080p frame for one of the video: a clip of 1920 × 1080 that fills an upright frame may be shown 1.25
# times closer. A video that is enlarged further looks soft. The frame's real size does not count, so that a draft has
# the cuts of the final film.
MAX_ENLARGEMENT = 2.25
_SHORTER_SIDE = 1080
# A punch-in this close to a cut of the clip itself would flash.
OWN_CUT_MS = 1000


def footage_shots(
    clip: Clip,
    starts: Sequence[int],
    span: SceneSpan,
    style: MotionStyle,
    *,
    item: VideoItem,
    source_width: int | None,
    opening: Opening = OWN,
) -> tuple[CameraShot, ...]:
    """Return the shots of a video of ``source_width`` pixels, cut at ``starts``; empty if it is seen as a whole.

    Time continues over a cut. Every second shot, or with a closer ``opening`` the first and every second one after it,
    is closer, on the faces or the subject, and does not move: the picture moves by itself. A closer view is left out if
    it would cut a face, needs more pixels than the video has, or is near to a cut of the video.
    """
    if clip.aspect is None or source_width is None:
        return ()
    wide = window_of_video(clip, span.aspect)
    whole = Motion("still", wide, wide)
    point = (clip.focus.x, clip.focus.y) if clip.focus else None
    picture = Picture(whole, clip.faces, clip.subject, clip.aspect / span.aspect, point)
    largest = MAX_ENLARGEMENT / _enlargement(wide, source_width, span.aspect)
    close = picture.close_motion(wide, punch_ins(style, largest), 1.0, 0)
    firsts = [first for first in starts[1:] if not _is_near_a_cut(first, clip, item, span.fps)]
    if close is None or not (firsts or opening.closer):
        return ()
    return tuple(
        CameraShot(first, whole if index % 2 == opening.closer else close) for index, first in enumerate([0, *firsts])
    )


def _enlargement(window: Window, source_width: int, frame_aspect: float) -> float:
    """Return the pixels of a 1080p frame for one of the video in ``window``."""
    return _SHORTER_SIDE * max(1.0, frame_aspect) / (window.width * source_width)


def _is_near_a_cut(first: int, clip: Clip, item: VideoItem, fps: Fraction) -> bool:
    return any(abs(first - cut) < frames_of(OWN_CUT_MS, fps) for cut in own_cuts(clip, item, fps))


def own_cuts(clip: Clip, item: VideoItem, fps: Fraction) -> Iterator[int]:
    """Yield the frames of the scene at which the clip itself cuts."""
    return (frames_of(round((cut_ms - item.in_ms) / item.speed), fps) for cut_ms in clip.cuts_ms)
