"""Views of one picture: the shots of a scene alternate between its own camera move and a closer view of its subject.

Windows are shares of a clip's picture (see ``schemas.clip.Window``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.planning.timing.shots import SceneSpan
from schemas.clip import CameraShot, Clip, Motion, Panel, Window, clamped_centre
from schemas.preset import MotionStyle
from schemas.region import FACE_MARGIN, Region

# The largest and the usual relative change of a window's width, or shift of its centre, per second. The last frame of a
# shot is one frame before its end, so that what is seen is a little faster.
MAX_SPEED = 0.049
CLOSE_SPEED = 0.03
# Tried after the preset's punch-in when that would cut a face. A smaller change would look like an error.
SMALLEST_PUNCH_IN = 1.25
# Eyes are above the middle of a closer view: the centre of a face is at this share of its height.
_FACE_LEVEL = 0.42
# Without a subject, closer views show the left and the right third in turn.
_THIRDS = (1 / 3, 2 / 3)


@dataclass(frozen=True, slots=True)
class _Picture:
    """A picture with its camera move, seen in a frame or panel; its aspect is ``ratio`` × that of the frame."""

    motion: Motion
    faces: Sequence[Region]
    subject: Region | None
    ratio: float

    def window(self, x: float, y: float, width: float) -> Window:
        """Return the window of ``width`` centred as near to ``(x, y)`` as the picture allows."""
        return Window(clamped_centre(x, width), clamped_centre(y, width * self.ratio), width)

    def cuts_a_face(self, window: Window) -> bool:
        return any(self._is_cut(face, window) for face in self.faces)

    def _is_cut(self, face: Region, window: Window) -> bool:
        """Whether a face is partly outside the window, or so close to its edge that hair or chin are."""
        across, down = window.width / 2, window.width * self.ratio / 2
        left, right = window.x - across, window.x + across
        top, bottom = window.y - down, window.y + down
        whole = face.grown(FACE_MARGIN)
        is_inside = left <= whole.left and right >= whole.right and top <= whole.top and bottom >= whole.bottom
        is_outside = face.left >= right or face.right <= left or face.top >= bottom or face.bottom <= top
        return not (is_inside or is_outside)


def camera_shots(clip: Clip, starts: Sequence[int], span: SceneSpan, style: MotionStyle) -> tuple[CameraShot, ...]:
    """Return the shots of a still during ``span``, cut at ``starts``.

    The first shot and every second one after it follow the clip's own motion, at most as fast as ``MAX_SPEED``. Those
    between show the subject larger. A closer view that would cut a face is left out, and so is its cut. The result is
    empty if the clip's own motion serves.
    """
    picture, frames = _picture(clip, span.aspect), span.frames
    if picture is None:
        return ()
    path = _limited(picture.motion, float(frames / span.fps))
    views: list[tuple[int, Motion | None]] = []
    for index, (first, end) in enumerate(pairwise([*starts, frames])):
        motion = None
        if index % 2:
            wide = path.window_at(first / frames)
            motion = _close_motion(picture, wide, style, seconds=float((end - first) / span.fps), turn=index // 2)
        if motion or not views or views[-1][1]:
            views.append((first, motion))
    ends = [*(first for first, _ in views[1:]), frames]
    shots = tuple(
        CameraShot(first, motion or _part(path, first, end, frames))
        for (first, motion), end in zip(views, ends, strict=True)
    )
    return () if shots == (CameraShot(0, picture.motion),) else shots


def _picture(clip: Clip, frame_aspect: float) -> _Picture | None:
    """Return the one picture of a still; ``None`` for footage, for several panels, or if its facts are not known."""
    if clip.kind != "still" or len(clip.panels) > 1:
        return None
    source: Clip | Panel = clip
    if clip.panels:
        source = clip.panels[0]
        frame_aspect *= source.area.width / source.area.height
    if source.motion is None or source.aspect is None:
        return None
    return _Picture(source.motion, source.faces, source.subject, source.aspect / frame_aspect)


def _limited(motion: Motion, seconds: float) -> Motion:
    """Return ``motion`` as far as it comes in ``seconds``: it was planned before the scene's length was known."""
    width = min(motion.start.width, motion.end.width)
    zoom = abs(math.log(motion.end.width / motion.start.width))
    shift = math.hypot(motion.end.x - motion.start.x, motion.end.y - motion.start.y) / width
    largest = MAX_SPEED * seconds
    reach = min(1.0, largest / max(zoom, shift, 1e-9))
    return motion if reach == 1.0 else Motion(motion.kind, motion.start, motion.window_at(reach))


def _part(path: Motion, first: int, end: int, frames: int) -> Motion:
    """Return the part of ``path`` during the frames ``[first, end)`` of ``frames``."""
    if (first, end) == (0, frames):
        return path
    return Motion(path.kind, path.window_at(first / frames), path.window_at(end / frames))


def _close_motion(picture: _Picture, wide: Window, style: MotionStyle, *, seconds: float, turn: int) -> Motion | None:
    """Return a motion over the subject that never cuts a face; ``None`` if every closer view would."""
    zoom = 1.0 if set(style.kinds) == {"still"} else math.exp(CLOSE_SPEED * seconds)
    for factor in sorted({style.punch_in, SMALLEST_PUNCH_IN}, reverse=True):
        width = wide.width / factor
        far = _close_window(picture, wide, width, turn)
        near = _close_window(picture, wide, width / zoom, turn)
        if not (picture.cuts_a_face(far) or picture.cuts_a_face(near)):
            if far == near:
                return Motion("still", far, far)
            return Motion("pull_out", near, far) if turn % 2 else Motion("push_in", far, near)
    return None


def _close_window(picture: _Picture, wide: Window, width: float, turn: int) -> Window:
    """Return a window of ``width`` on the faces, the subject or, without one, on a third of the wide view."""
    height = width * picture.ratio
    faces, subject = picture.faces, picture.subject
    if faces:
        x, y = faces[0].centre
        return picture.window(x, y + (0.5 - _FACE_LEVEL) * height, width)
    if subject:
        return picture.window(*subject.centre, width)
    return picture.window(wide.x + (_THIRDS[turn % 2] - 0.5) * (wide.width - width), wide.y, width)
