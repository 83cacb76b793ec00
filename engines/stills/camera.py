"""The camera's path over a picture: which motion suits it, and its first and last window. Pure functions.

Windows are shares of the picture (see ``schemas.clip.Window``); ``View`` gives their height. Every window lies inside
the picture and contains the focus: both ends contain it, and the path between them is straight.
"""

from __future__ import annotations

from dataclasses import dataclass

from schemas.clip import Motion, Window, clamped_centre
from schemas.scene_graph import Focus

# A picture this much wider (or taller) than the frame is panned (or tilted), because the frame cannot hold it.
_PAN_RATIO = 1.5
# From this ratio on a picture is panned even when the preset has no pans: most of it would never be seen.
_PANORAMA_RATIO = 4.0
# The camera pushes in on a focus that is farther from the centre than this share of the picture.
_OFF_CENTRE_DISTANCE = 0.14
# The maximum speed of a pan in window lengths per second, and its maximum length in window lengths.
_MAX_PAN_SPEED = 0.05
_MAX_PAN_LENGTH = 1.6
# The focus stays at least this share of the window away from the window's edge.
_FOCUS_MARGIN = 0.12
# A pan shorter than this share of the window looks like an error, so the camera pushes in instead.
_MIN_PAN_LENGTH = 0.03
_PANS = ("pan_left", "pan_right")
_TILTS = ("tilt_up", "tilt_down")


@dataclass(frozen=True, slots=True)
class View:
    """A picture (``width`` × ``height``, any unit) and the aspect (width ÷ height) of the frame that shows it."""

    width: float
    height: float
    aspect: float
    focus: Focus

    @property
    def ratio(self) -> float:
        """The picture's aspect ÷ the frame's: above 1 the picture is wider than the frame, below 1 taller."""
        return self.width / self.height / self.aspect

    @property
    def max_width(self) -> float:
        """The width of the largest window, as a share of the picture's width."""
        return min(1.0, 1 / self.ratio)

    def window_height(self, width: float) -> float:
        """Return the height of a window of ``width``, as a share of the picture's height."""
        return width * self.ratio

    def window(self, width: float, x: float | None = None, y: float | None = None) -> Window:
        """Return the window of ``width`` centred as near to ``(x, y)``, or to the focus, as the picture allows."""
        across = self.focus.x if x is None else x
        down = self.focus.y if y is None else y
        return Window(clamped_centre(across, width), clamped_centre(down, self.window_height(width)), width)


def choose_motion(view: View, allowed: tuple[str, ...], turn: int) -> str:
    """Return the kind of motion that suits the picture among those ``allowed`` by the preset; ``turn`` selects one.

    A panorama is panned even when the preset has no pans, unless the preset allows no motion at all.
    """
    motions = tuple(kind for kind in allowed if kind != "still")
    if not motions:
        return "still"
    fitting = tuple(kind for kind in _suitable_kinds(view) if kind in motions)
    if not fitting and not 1 / _PANORAMA_RATIO < view.ratio < _PANORAMA_RATIO:
        fitting = _suitable_kinds(view)
    kinds = fitting or allowed
    return kinds[turn % len(kinds)]


def _suitable_kinds(view: View) -> tuple[str, ...]:
    if view.ratio >= _PAN_RATIO:
        return _PANS
    if view.ratio <= 1 / _PAN_RATIO:
        return _TILTS
    off_centre = max(abs(view.focus.x - 0.5), abs(view.focus.y - 0.5))
    return ("push_in",) if off_centre > _OFF_CENTRE_DISTANCE else ()


def plan_motion(kind: str, view: View, zoom: float, seconds: float, turn: int) -> Motion:
    """Return a motion of ``kind`` over ``seconds``; with ``zoom`` 1.15 the closest window is 1/1.15 of the widest.

    A pan or tilt without enough space becomes a push-in; a motion whose ends are equal has the kind "still".
    """
    if kind in _PANS + _TILTS:
        motion = _pan(kind, view, zoom, seconds)
        if _pan_length(motion, view) < _MIN_PAN_LENGTH:
            motion = _zoom("push_in", view, zoom)
    elif kind == "drift":
        motion = _drift(view, zoom, turn)
    else:
        motion = _zoom(kind, view, zoom)
    return motion if motion.start != motion.end else Motion("still", motion.start, motion.end)


def _zoom(kind: str, view: View, zoom: float) -> Motion:
    widest = view.window(view.max_width)
    closest = view.window(view.max_width / zoom)
    ends = {"push_in": (widest, closest), "pull_out": (closest, widest)}
    return Motion(kind, *ends.get(kind, (widest, widest)))


def _pan(kind: str, view: View, zoom: float, seconds: float) -> Motion:
    sideways = kind in _PANS
    # A picture larger than the frame in this direction is panned without zooming in.
    is_larger = view.ratio >= _PAN_RATIO if sideways else view.ratio <= 1 / _PAN_RATIO
    width = view.max_width if is_larger else view.max_width / zoom
    length = width if sideways else view.window_height(width)
    low, high = _pan_ends(view.focus.x if sideways else view.focus.y, length, seconds)
    if kind in ("pan_left", "tilt_up"):
        low, high = high, low
    if sideways:
        return Motion(kind, view.window(width, x=low), view.window(width, x=high))
    return Motion(kind, view.window(width, y=low), view.window(width, y=high))


def _pan_ends(focus: float, length: float, seconds: float) -> tuple[float, float]:
    """Return the first and last centre of a window that keeps the speed limit and contains the focus throughout."""
    inside = (0.5 - _FOCUS_MARGIN) * length
    low, high = clamped_centre(focus - inside, length), clamped_centre(focus + inside, length)
    distance = min(high - low, length * min(_MAX_PAN_LENGTH, _MAX_PAN_SPEED * seconds))
    centre = min(high - distance / 2, max(low + distance / 2, focus))
    return centre - distance / 2, centre + distance / 2


def _pan_length(motion: Motion, view: View) -> float:
    across = abs(motion.end.x - motion.start.x) / motion.start.width
    return max(across, abs(motion.end.y - motion.start.y) / view.window_height(motion.start.width))


def _drift(view: View, zoom: float, turn: int) -> Motion:
    """Return a slow diagonal motion that zooms in a little: for backgrounds and pictures without a subject."""
    far, near = view.max_width / (1 + 0.2 * (zoom - 1)), view.max_width / (1 + 0.95 * (zoom - 1))
    offset_x = (view.max_width - near) / 3 * (-1 if turn % 2 else 1)
    offset_y = view.window_height(offset_x) * (-1 if turn // 2 % 2 else 1)
    start = _with_focus(view, view.window(far, view.focus.x - offset_x, view.focus.y - offset_y))
    end = _with_focus(view, view.window(near, view.focus.x + offset_x, view.focus.y + offset_y))
    return Motion("drift", start, end)


def _with_focus(view: View, window: Window) -> Window:
    """Return ``window``, moved where necessary so that it contains the focus."""
    across, down = window.width / 2, view.window_height(window.width) / 2
    x = min(view.focus.x + across, max(view.focus.x - across, window.x))
    return view.window(window.width, x, min(view.focus.y + down, max(view.focus.y - down, window.y)))
