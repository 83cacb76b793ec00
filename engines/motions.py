"""How the camera goes over a picture: which motion suits it, and from which window to which. All of it is pure.

Windows are shares of the picture (see ``schemas.clip.Window``); ``View`` knows how tall one is. Every window lies in
the picture, and the focus is in all of them: both ends hold it, and what is in between moves straight.
"""

from __future__ import annotations

from dataclasses import dataclass

from schemas.clip import Motion, Window
from schemas.scene_graph import Focus

# A picture this much wider (or taller) than the frame has more to show than the frame can hold.
_WIDE = 1.5
# From here on most of it would never be seen, whatever the preset would like.
_PANORAMA = 4.0
_OFF_CENTRE = 0.14
# Window widths a second, and at most: an eye follows that with ease.
_PACE = 0.13
_FARTHEST = 1.6
# Closer to the frame's edge than this share of the window the focus should not come.
_MARGIN = 0.12
# A way shorter than this share of the window looks like an accident.
_SHORTEST = 0.03
_ACROSS = ("pan_left", "pan_right")
_UPRIGHT = ("tilt_up", "tilt_down")


@dataclass(frozen=True, slots=True)
class View:
    """A picture (``width`` × ``height``, any unit) seen through a frame of ``aspect`` (width ÷ height)."""

    width: float
    height: float
    aspect: float
    focus: Focus

    @property
    def ratio(self) -> float:
        """Above 1 the picture is wider than the frame, below 1 taller."""
        return self.width / self.height / self.aspect

    @property
    def widest(self) -> float:
        """The width of the largest window, as a share of the picture's width."""
        return min(1.0, 1 / self.ratio)

    def tall(self, width: float) -> float:
        """The height of a window of that width, as a share of the picture's height."""
        return width * self.ratio

    def window(self, width: float, x: float | None = None, y: float | None = None) -> Window:
        """The window of that width whose middle is as near to ``(x, y)``, or to the focus, as the picture allows."""
        across = self.focus.x if x is None else x
        down = self.focus.y if y is None else y
        return Window(_held(across, width), _held(down, self.tall(width)), width)


def _held(middle: float, length: float) -> float:
    return 0.5 if length >= 1 else min(1 - length / 2, max(length / 2, middle))


def chosen(view: View, allowed: tuple[str, ...], turn: int) -> str:
    """The kind of motion that suits the picture among those the preset allows; ``turn`` varies it.

    A panorama is panned even where the preset has no pans, unless the preset wants everything still.
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
    """That kind of motion, ``zoom`` deep (1.15: the closest window is 1/1.15 of the widest), over ``seconds``.

    Where there is no way to go for a pan or a tilt, the camera pushes in instead; where nothing moves, it says so.
    """
    if kind in _ACROSS + _UPRIGHT:
        made = _travelled(kind, view, zoom, seconds)
        if _distance(made, view) < _SHORTEST:
            made = _deepened("push_in", view, zoom)
    elif kind == "drift":
        made = _drifted(view, zoom, turn)
    else:
        made = _deepened(kind, view, zoom)
    return made if made.start != made.end else Motion("still", made.start, made.end)


def _deepened(kind: str, view: View, zoom: float) -> Motion:
    wide = view.window(view.widest)
    close = view.window(view.widest / zoom)
    ends = {"push_in": (wide, close), "pull_out": (close, wide)}
    return Motion(kind, *ends.get(kind, (wide, wide)))


def _travelled(kind: str, view: View, zoom: float, seconds: float) -> Motion:
    sideways = kind in _ACROSS
    # With room to the sides nothing has to be cut away for the camera to move.
    roomy = view.ratio >= _WIDE if sideways else view.ratio <= 1 / _WIDE
    width = view.widest if roomy else view.widest / zoom
    length = width if sideways else view.tall(width)
    low, high = _reach(view.focus.x if sideways else view.focus.y, length, seconds)
    if kind in ("pan_left", "tilt_up"):
        low, high = high, low
    if sideways:
        return Motion(kind, view.window(width, x=low), view.window(width, x=high))
    return Motion(kind, view.window(width, y=low), view.window(width, y=high))


def _reach(focus: float, length: float, seconds: float) -> tuple[float, float]:
    """From where to where the middle of a window may go so that it keeps its pace and the focus in view."""
    inside = (0.5 - _MARGIN) * length
    low, high = _held(focus - inside, length), _held(focus + inside, length)
    way = min(high - low, length * min(_FARTHEST, _PACE * seconds))
    middle = min(high - way / 2, max(low + way / 2, focus))
    return middle - way / 2, middle + way / 2


def _distance(made: Motion, view: View) -> float:
    across = abs(made.end.x - made.start.x) / made.start.width
    return max(across, abs(made.end.y - made.start.y) / view.tall(made.start.width))


def _drifted(view: View, zoom: float, turn: int) -> Motion:
    """Slowly aslant and a little closer: for grounds and pictures without a subject."""
    far, near = view.widest / (1 + 0.35 * (zoom - 1)), view.widest / (1 + 0.8 * (zoom - 1))
    aside = (view.widest - near) / 3 * (-1 if turn % 2 else 1)
    above = view.tall(aside) * (-1 if turn // 2 % 2 else 1)
    start = _keeping(view, view.window(far, view.focus.x - aside, view.focus.y - above))
    return Motion("drift", start, _keeping(view, view.window(near, view.focus.x + aside, view.focus.y + above)))


def _keeping(view: View, window: Window) -> Window:
    """Moved, where it must be, so that the focus is in it."""
    across, down = window.width / 2, view.tall(window.width) / 2
    x = min(view.focus.x + across, max(view.focus.x - across, window.x))
    return view.window(window.width, x, min(view.focus.y + down, max(view.focus.y - down, window.y)))
