"""A closer view of a picture or a video: on its faces or its subject, and never through a face.

Windows are shares of the picture (see ``schemas.clip.Window``).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from schemas.clip import Clip, Motion, Panel, Window, clamped_centre
from schemas.preset import MotionStyle
from schemas.region import FACE_MARGIN, Region

# The relative change of a closer view's width per second.
CLOSE_SPEED = 0.03
# Tried after the preset's punch-in when that would cut a face. A smaller change would look like an error.
SMALLEST_PUNCH_IN = 1.25
# A closer view would be soft.
LARGEST_PUNCH_IN = 1.5
# Eyes are above the middle of a closer view: the centre of a face is at this share of its height.
_FACE_LEVEL = 0.42
# Without a subject, closer views show the left and the right third in turn.
_THIRDS = (1 / 3, 2 / 3)


@dataclass(frozen=True, slots=True)
class Opening:
    """How the shots of a scene begin: with the wide view or a ``closer`` one, and with its motion or that backwards.

    ``turn`` counts the closer views before, and ``punch_in`` replaces that of the preset.
    """

    closer: bool = False
    backwards: bool = False
    turn: int = 0
    punch_in: float | None = None

    def style(self, style: MotionStyle) -> MotionStyle:
        return replace(style, punch_in=self.punch_in) if self.punch_in else style


OWN = Opening()
# Openings to try in a scene whose own one would repeat the last view of the scene before. Those that begin closest come
# first: they differ from a wide view however long the camera has moved in it.
OTHERS = (
    Opening(closer=True, turn=1),
    Opening(closer=True),
    Opening(backwards=True),
    Opening(closer=True, turn=1, punch_in=LARGEST_PUNCH_IN),
    Opening(closer=True, punch_in=LARGEST_PUNCH_IN),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture with its camera move, seen in a frame or panel; its aspect is ``ratio`` × that of the frame.

    Without faces and subject, closer views are centred on ``point``, or else on a third of the wide view.
    """

    motion: Motion
    faces: Sequence[Region]
    subject: Region | None
    ratio: float
    point: tuple[float, float] | None = None

    def window(self, x: float, y: float, width: float) -> Window:
        """Return the window of ``width`` centred as near to ``(x, y)`` as the picture allows."""
        return Window(clamped_centre(x, width), clamped_centre(y, width * self.ratio), width)

    def cuts_a_face(self, window: Window) -> bool:
        return any(is_cut(face, window, self.ratio) for face in self.faces)

    def close_motion(self, wide: Window, factors: Sequence[float], zoom: float, turn: int) -> Motion | None:
        """Return a motion over the subject, by the first of ``factors`` closer than ``wide`` that cuts no face.

        It becomes closer by ``zoom``, or wider at every second ``turn``. ``None`` if every closer view cuts a face.
        """
        for factor in factors:
            width = wide.width / factor
            for far, near in self._windows(wide, width, width / zoom, turn):
                if not (self.cuts_a_face(far) or self.cuts_a_face(near)):
                    return _between(far, near, turn)
        return None

    def _windows(self, wide: Window, far: float, near: float, turn: int) -> Iterator[tuple[Window, Window]]:
        yield self._close(wide, far, turn), self._close(wide, near, turn)
        if len(self.faces) > 1:
            x, y = _middle(self.faces)
            yield self.window(x, y, far), self.window(x, y, near)

    def _close(self, wide: Window, width: float, turn: int) -> Window:
        """Return a window of ``width`` on the first face, the subject or, without one, on a part of the wide view."""
        if self.faces:
            x, y = self.faces[0].centre
            return self.window(x, y + (0.5 - _FACE_LEVEL) * width * self.ratio, width)
        if self.subject:
            return self.window(*self.subject.centre, width)
        if self.point:
            return self.window(*self.point, width)
        return self.window(wide.x + (_THIRDS[turn % 2] - 0.5) * (wide.width - width), wide.y, width)


def picture_in(source: Clip | Panel, area_aspect: float) -> Picture | None:
    """Return the picture of a still in an area of this aspect; ``None`` if its facts are not known."""
    if source.motion is None or source.aspect is None:
        return None
    return Picture(source.motion, source.faces, source.subject, source.aspect / area_aspect)


def zoom_during(seconds: float, style: MotionStyle) -> float:
    """Return by how much a view becomes closer in this time; 1 if the camera never moves."""
    return 1.0 if style.is_still else math.exp(CLOSE_SPEED * seconds)


def is_cut(face: Region, window: Window, ratio: float) -> bool:
    """Return whether a face is partly outside the window, or so close to its edge that hair or chin are.

    ``ratio`` is the height of a window of width 1, as shares of the picture.
    """
    across, down = window.width / 2, window.width * ratio / 2
    left, right = window.x - across, window.x + across
    top, bottom = window.y - down, window.y + down
    whole = face.grown(FACE_MARGIN)
    is_inside = left <= whole.left and right >= whole.right and top <= whole.top and bottom >= whole.bottom
    is_outside = face.left >= right or face.right <= left or face.top >= bottom or face.bottom <= top
    return not (is_inside or is_outside)


def punch_ins(style: MotionStyle, largest: float = LARGEST_PUNCH_IN) -> list[float]:
    """Return the factors to try, the preset's first; none is above ``largest``, and none too small to be noticed."""
    factors = {min(style.punch_in, largest), SMALLEST_PUNCH_IN}
    return sorted((factor for factor in factors if SMALLEST_PUNCH_IN <= factor <= largest), reverse=True)


def _between(far: Window, near: Window, turn: int) -> Motion:
    if far == near:
        return Motion("still", far, far)
    return Motion("pull_out", near, far) if turn % 2 else Motion("push_in", far, near)


def _middle(faces: Sequence[Region]) -> tuple[float, float]:
    left, right = min(face.left for face in faces), max(face.right for face in faces)
    top, bottom = min(face.top for face in faces), max(face.bottom for face in faces)
    return (left + right) / 2, (top + bottom) / 2
