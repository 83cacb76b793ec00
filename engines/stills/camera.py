"""The camera's path over a picture: which motion suits it, and its first and last window. Pure functions.

Windows are shares of the picture (see ``schemas.clip.Window``); ``View`` gives their height. Every window lies inside
the picture and contains the focus: both ends contain it, and the path between them is straight.
"""

from __future__ import annotations

from dataclasses import dataclass

from schemas.clip import Motion, Window
from schemas.scene_graph import Focus

# A picture this much wider (or taller) than the frame is panned (or tilted), because the frame cannot hold it.
_WIDE = 1.5
# From this ratio on a picture is panned even when the preset has no pans: most of it would never be seen.
_PANORAMA = 4.0
_OFF_CENTRE = 0.14
# The speed and the longest path of a pan in window widths per second and in window widths.
_PACE = 0.13
_FARTHEST = 1.6
# The focus stays at least this share of the window away from the window's edge.
_MARGIN = 0.12
# A pan shorter than this share of the window looks like an error, so the camera pushes in instead.
_SHORTEST = 0.03
_ACROSS = ("pan_left", "pan_right")
_UPRIGHT = ("tilt_up", "tilt_down")


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
    def widest(self) -> float:
        """The width of the largest window, as a share of the picture's width."""
        return min(1.0, 1 / self.ratio)

    def tall(self, width: float) -> float:
        """Return the height of a window of ``width``, as a share of the picture's height."""
        return width * self.ratio

    def window(self, width: float, x: float | None = None, y: float | None = None) -> Window:
        """Return the window of ``width`` centred as near to ``(x, y)``, or to the focus, as the picture allows."""
        across = self.focus.x if x is None else x
        down = self.focus.y if y is None else y
        return Window(_held(across, width), _held(down, self.tall(width)), width)


def _held(middle: float, length: float) -> float:
    return 0.5 if length >= 1 else min(1 - length / 2, max(length / 2, middle))


def chosen(view: View, allowed: tuple[str, ...], turn: int) -> str:
    """Return the kind of motion that suits the picture among those ``allowed`` by the preset; ``turn`` varies it.

    A panorama is panned even when the preset has no pans, unless the preset allows no motion at all.
    """
    moving = tuple(kind for kind in allowed if kind != "still")
    if not moving:
        return "still"
    fitting = tuple(kind for kind in _suiting(view) if kind in moving)
    if not fitting and not 1 / _PANORAMA < view.ratio < _PANORAMA:
        fitting = _suiting(view)
    kinds = fitting or allowed
    return kinds[turn % len(kinds)]


def _suiting(view: View) -> tuple[str, ...]:
    if view.ratio >= _WIDE:
        return _ACROSS
    if view.ratio <= 1 / _WIDE:
        return _UPRIGHT
    off = max(abs(view.focus.x - 0.5), abs(view.focus.y - 0.5))
    return ("push_in",) if off > _OFF_CENTRE else ()


def motion(kind: str, view: View, zoom: float, seconds: float, turn: int) -> Motion:
    """Return a motion of ``kind`` over ``seconds``; with ``zoom`` 1.15 the closest window is 1/1.15 of the widest.

    A pan or tilt without enough space becomes a push-in; a motion whose ends are equal has the kind "still".
    """
    if kind in _ACROSS + _UPRIGHT:
        path = _travelled(kind, view, zoom, seconds)
        if _distance(path, view) < _SHORTEST:
            path = _zoomed("push_in", view, zoom)
    elif kind == "drift":
        path = _drifted(view, zoom, turn)
    else:
        path = _zoomed(kind, view, zoom)
    return path if path.start != path.end else Motion("still", path.start, path.end)


def _zoomed(kind: str, view: View, zoom: float) -> Motion:
    wide = view.window(view.widest)
    close = view.window(view.widest / zoom)
    ends = {"push_in": (wide, close), "pull_out": (close, wide)}
    return Motion(kind, *ends.get(kind, (wide, wide)))


def _travelled(kind: str, view: View, zoom: float, seconds: float) -> Motion:
    sideways = kind in _ACROSS
    # A picture larger than the frame in this direction is panned without zooming in.
    is_larger = view.ratio >= _WIDE if sideways else view.ratio <= 1 / _WIDE
    width = view.widest if is_larger else view.widest / zoom
    length = width if sideways else view.tall(width)
    low, high = _reach(view.focus.x if sideways else view.focus.y, length, seconds)
    if kind in ("pan_left", "tilt_up"):
        low, high = high, low
    if sideways:
        return Motion(kind, view.window(width, x=low), view.window(width, x=high))
    return Motion(kind, view.window(width, y=low), view.window(width, y=high))


def _reach(focus: float, length: float, seconds: float) -> tuple[float, float]:
    """Return the first and last centre of a window that keeps the speed limit and contains the focus throughout."""
    inside = (0.5 - _MARGIN) * length
    low, high = _held(focus - inside, length), _held(focus + inside, length)
    distance = min(high - low, length * min(_FARTHEST, _PACE * seconds))
    middle = min(high - distance / 2, max(low + distance / 2, focus))
    return middle - distance / 2, middle + distance / 2


def _distance(path: Motion, view: View) -> float:
    across = abs(path.end.x - path.start.x) / path.start.width
    return max(across, abs(path.end.y - path.start.y) / view.tall(path.start.width))


def _drifted(view: View, zoom: float, turn: int) -> Motion:
    """Return a slow diagonal motion that zooms in a little: for backgrounds and pictures without a subject."""
    far, near = view.widest / (1 + 0.35 * (zoom - 1)), view.widest / (1 + 0.8 * (zoom - 1))
    aside = (view.widest - near) / 3 * (-1 if turn % 2 else 1)
    above = view.tall(aside) * (-1 if turn // 2 % 2 else 1)
    start = _with_focus(view, view.window(far, view.focus.x - aside, view.focus.y - above))
    return Motion("drift", start, _with_focus(view, view.window(near, view.focus.x + aside, view.focus.y + above)))


def _with_focus(view: View, window: Window) -> Window:
    """Return ``window``, moved where necessary so that it contains the focus."""
    across, down = window.width / 2, view.tall(window.width) / 2
    x = min(view.focus.x + across, max(view.focus.x - across, window.x))
    return view.window(window.width, x, min(view.focus.y + down, max(view.focus.y - down, window.y)))
