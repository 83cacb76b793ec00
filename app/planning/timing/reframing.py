"""Views of a clip: the shots of a scene alternate between its own camera move and a closer view of its subject.

Windows are shares of a clip's picture (see ``schemas.clip.Window``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from app.planning.camera.close_views import OWN, Opening, Picture, picture_in, punch_ins, zoom_during
from app.planning.camera.footage_shots import footage_shots
from app.planning.camera.panel_shots import panel_shots
from app.planning.timing.shots import SceneSpan
from schemas.clip import CameraShot, Clip, Motion, Window
from schemas.preset import MotionStyle
from schemas.timeline import VideoItem

# The largest relative change of a window's width, or shift of its centre, per second. The last frame of a shot is one
# frame before its end, so that what is seen is a little faster.
MAX_SPEED = 0.049


def scene_shots(
    clip: Clip,
    starts: Sequence[int],
    span: SceneSpan,
    style: MotionStyle,
    *,
    item: VideoItem,
    source_width: int | None,
    opening: Opening = OWN,
) -> tuple[CameraShot, ...]:
    """Return the shots of the clip of a scene, cut at ``starts``; empty if its own motion serves.

    ``item`` says how a video is played, ``source_width`` is that of its file in pixels, ``None`` if unknown.
    """
    style = opening.style(style)
    if clip.kind == "video":
        return footage_shots(clip, starts, span, style, item=item, source_width=source_width, opening=opening)
    if len(clip.panels) > 1:
        return panel_shots(clip, starts, span, style, opening)
    return camera_shots(clip, starts, span, style, opening)


def camera_shots(
    clip: Clip, starts: Sequence[int], span: SceneSpan, style: MotionStyle, opening: Opening = OWN
) -> tuple[CameraShot, ...]:
    """Return the shots of a still during ``span``, cut at ``starts``.

    The first shot and every second one after it follow the clip's own motion, at most as fast as ``MAX_SPEED``. Those
    between show the subject larger; with a closer ``opening`` it is the other way round. A closer view that would cut a
    face is left out, and so is its cut. The result is empty if the clip's own motion serves.
    """
    picture, frames = _picture(clip, span.aspect), span.frames
    if picture is None:
        return ()
    path = _limited(picture, float(frames / span.fps))
    path = path.backwards if opening.backwards else path
    views: list[tuple[int, Motion | None]] = []
    for index, (first, end) in enumerate(pairwise([*starts, frames])):
        motion = None
        if index % 2 != opening.closer:
            wide, turn = path.window_at(first / frames), index // 2 + opening.turn
            motion = _close_motion(picture, wide, style, seconds=float((end - first) / span.fps), turn=turn)
        if motion or not views or views[-1][1]:
            views.append((first, motion))
    ends = [*(first for first, _ in views[1:]), frames]
    shots = tuple(
        CameraShot(first, motion or path.part(first, end, frames))
        for (first, motion), end in zip(views, ends, strict=True)
    )
    return () if shots == (CameraShot(0, picture.motion),) else shots


def _picture(clip: Clip, frame_aspect: float) -> Picture | None:
    """Return the one picture of a still; ``None`` for several panels, or if its facts are not known."""
    if len(clip.panels) > 1:
        return None
    if clip.panels:
        area = clip.panels[0].area
        return picture_in(clip.panels[0], frame_aspect * (area.width / area.height))
    return picture_in(clip, frame_aspect)


def _limited(picture: Picture, seconds: float) -> Motion:
    """Return the motion as far as it comes in ``seconds``: it was planned before the scene's length was known."""
    motion = picture.motion
    width = min(motion.start.width, motion.end.width)
    zoom = abs(math.log(motion.end.width / motion.start.width))
    shift = math.hypot(motion.end.x - motion.start.x, (motion.end.y - motion.start.y) / picture.ratio) / width
    largest = MAX_SPEED * seconds
    reach = min(1.0, largest / max(zoom, shift, 1e-9))
    return motion if reach == 1.0 else Motion(motion.kind, motion.start, motion.window_at(reach))


def _close_motion(picture: Picture, wide: Window, style: MotionStyle, *, seconds: float, turn: int) -> Motion | None:
    return picture.close_motion(wide, punch_ins(style), zoom_during(seconds, style), turn)
