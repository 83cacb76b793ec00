"""Transitions between scenes: two I420 frames and a progress (``share``, 0 … 1) give one frame.

Share 0 gives the old frame, share 1 the new one. All operations work on the planes, so nothing is converted and only
the frames of the overlap have a cost. ``assembly.picture.camera_moves`` has those with motion blur, and
``assembly.picture.card_push`` the push of cards over a ground that stands still.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from assembly.picture import i420
from assembly.picture.camera_moves import Moment, Move, push_frame, whip, zoom_through
from assembly.picture.i420 import Pixels

Blend = Callable[[Pixels, Pixels, float, Pixels], None]
Weights = npt.NDArray[np.float32]

# Shares of the frame's shorter side.
_WIPE_EDGE = 0.16
_CIRCLE_EDGE = 0.06
_MAX_BLUR = 0.07
_MAX_ZOOM = 1.9


# The step of the share in a transition of six frames.
_USUAL_STEP = 1 / 7


def blend(kind: str, a: Pixels, b: Pixels, share: float, out: Pixels, *, step: float = _USUAL_STEP) -> None:
    """Write the frame at ``share`` (0 … 1) of the transition from ``a`` to ``b`` into ``out``.

    All three are I420 buffers of one size; ``out`` is neither ``a`` nor ``b``. ``step`` is the difference of the share
    between two frames, which decides on the length of motion blur. Raises ``ValueError`` for a kind without an overlap
    ("cut", "match_cut") and for an unknown one; the message has the known ones.
    """
    if kind not in BLENDS:
        raise ValueError(f"unknown transition: {kind}; there are {', '.join(BLENDS)}")
    if share <= 0 or share >= 1:
        np.copyto(out, a if share <= 0 else b)
    else:
        BLENDS[kind](a, b, Moment(share, step), out)


def _at_rest(draw: Blend) -> Move:
    """Return the transition without motion blur that ``draw`` draws from its share."""
    return lambda a, b, at, out: draw(a, b, at.share, out)


def _smoothstep(share: float) -> float:
    return share * share * (3 - 2 * share)


# -- fades -----------------------------------------------------------------------------------------------------------


def _fade(a: Pixels, b: Pixels, share: float, out: Pixels) -> None:
    cv2.addWeighted(a, 1 - share, b, share, 0, dst=out)


def _fade_through(level: int) -> Blend:
    """Fade the old frame out to uniform luma ``level`` with neutral chroma, then the new frame in from it."""

    def fade(a: Pixels, b: Pixels, share: float, out: Pixels) -> None:
        visible, opacity = (a, 1 - 2 * share) if share < 0.5 else (b, 2 * share - 1)
        opacity = _smoothstep(opacity)
        _, height = i420.size(out)
        for rows, background in ((slice(0, height), level), (slice(height, None), i420.NEUTRAL)):
            cv2.addWeighted(visible[rows], opacity, visible[rows], 0, background * (1 - opacity), dst=out[rows])

    return fade


def _blur(a: Pixels, b: Pixels, share: float, out: Pixels) -> None:
    width, height = i420.size(out)
    # The frames are mixed while both are out of focus.
    mix = _smoothstep(min(1.0, max(0.0, (share - 0.2) / 0.6)))
    cv2.addWeighted(a, 1 - mix, b, mix, 0, dst=out)
    radius = round(_MAX_BLUR * min(width, height) * math.sin(math.pi * share) ** 2 / 2)
    for plane, plane_radius in zip(i420.planes(out), (radius, radius // 2, radius // 2), strict=True):
        size = (2 * plane_radius + 1, 2 * plane_radius + 1)
        # Two box blurs resemble an unfocused lens and cost the same at every radius.
        for _ in range(2 if plane_radius else 0):
            cv2.blur(plane, size, dst=plane, borderType=cv2.BORDER_REPLICATE)


def _zoom_in(a: Pixels, b: Pixels, share: float, out: Pixels) -> None:
    zoom = _MAX_ZOOM ** _smoothstep(share)
    width, height = i420.size(out)
    luma = _scale_about((width - 1) / 2, (height - 1) / 2, 1 / zoom)
    # Left-sited chroma: its centre is a quarter of a sample to the left of the frame's.
    chroma = _scale_about((width - 1) / 4, (height / 2 - 1) / 2, 1 / zoom)
    for source, target, mapping in zip(i420.planes(a), i420.planes(out), (luma, chroma, chroma), strict=True):
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        cv2.warpAffine(source, mapping, target.shape[::-1], dst=target, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    mix = _smoothstep(max(0.0, (share - 0.25) / 0.75))
    cv2.addWeighted(out, 1 - mix, b, mix, 0, dst=out)


def _scale_about(x: float, y: float, step: float) -> npt.NDArray[np.float64]:
    """Return the affine map that scales by ``step`` about ``(x, y)``."""
    return np.array([[step, 0, x - step * x], [0, step, y - step * y]])


# -- slides ----------------------------------------------------------------------------------------------------------


def _slide(across: int, down: int) -> Blend:
    """Push the old frame out by the new one, towards ``(across, down)``."""

    def slide(a: Pixels, b: Pixels, share: float, out: Pixels) -> None:
        width, height = i420.size(out)
        # Whole chroma samples, or chroma would be shifted against luma.
        distance = round(_smoothstep(share) * (width if across else height) / 2)
        for old, new, target, scale in zip(*map(i420.planes, (a, b, out)), (2, 1, 1), strict=True):
            lines = (old.T, new.T, target.T) if across else (old, new, target)
            _push(*lines, distance * scale, across + down)

    return slide


def _push(old: Pixels, new: Pixels, out: Pixels, distance: int, direction: int) -> None:
    rest = len(out) - distance
    if direction < 0:
        out[:rest], out[rest:] = old[distance:], new[:distance]
    else:
        out[distance:], out[:distance] = old[:rest], new[rest:]


# -- wipes -----------------------------------------------------------------------------------------------------------


def _wipe(across: int, down: int) -> Blend:
    """Reveal the new frame behind a soft edge that moves towards ``(across, down)``."""

    def wipe(a: Pixels, b: Pixels, share: float, out: Pixels) -> None:
        width, height = i420.size(out)
        edge = _WIPE_EDGE * min(width, height)
        length = width if across else height
        # Distance in luma samples from the side where the new frame begins.
        position = np.arange(length, dtype=np.float32) + np.float32(0.5)
        position = position if across + down > 0 else position[::-1]
        line = _ramp(_smoothstep(share) * (length + edge) - position, edge)
        weights = np.broadcast_to(line[None, :] if across else line[:, None], (height, width))
        _blend_weighted(a, b, np.ascontiguousarray(weights), out)

    return wipe


def _circle_open(a: Pixels, b: Pixels, share: float, out: Pixels) -> None:
    width, height = i420.size(out)
    edge = _CIRCLE_EDGE * min(width, height)
    max_radius = math.hypot(width, height) / 2 + edge
    _blend_weighted(a, b, _ramp(_smoothstep(share) * max_radius - _distance_from_centre(width, height), edge), out)


@lru_cache(maxsize=2)
def _distance_from_centre(width: int, height: int) -> Weights:
    across = np.arange(width, dtype=np.float32) - np.float32((width - 1) / 2)
    down = np.arange(height, dtype=np.float32) - np.float32((height - 1) / 2)
    return np.asarray(np.hypot(across[None, :], down[:, None]), np.float32)


def _ramp(distance: Weights, edge: float) -> Weights:
    """Return 0 ahead of the edge, 1 behind it and smoothstep in between."""
    u = distance / np.float32(edge)
    np.clip(u, 0, 1, out=u)
    curve = 3 - 2 * u
    curve *= u
    curve *= u
    return np.asarray(curve, np.float32)


def _blend_weighted(a: Pixels, b: Pixels, weights: Weights, out: Pixels) -> None:
    """Mix the frames; ``weights`` of ``b``, one for each luma sample."""
    chroma_weights = np.ascontiguousarray(weights[::2, ::2])
    plane_weights = (weights, chroma_weights, chroma_weights)
    for old, new, target, weight in zip(*map(i420.planes, (a, b, out)), plane_weights, strict=True):
        cv2.blendLinear(old, new, 1 - weight, weight, dst=target)


_BLENDS_AT_REST: dict[str, Blend] = {
    "fade": _fade,
    "fade_black": _fade_through(i420.BLACK),
    "fade_white": _fade_through(i420.WHITE),
    "wipe_left": _wipe(-1, 0),
    "wipe_right": _wipe(1, 0),
    "wipe_up": _wipe(0, -1),
    "slide_left": _slide(-1, 0),
    "slide_right": _slide(1, 0),
    "slide_up": _slide(0, -1),
    "circle_open": _circle_open,
    "zoom_in": _zoom_in,
    "blur": _blur,
}
BLENDS: dict[str, Move] = {
    **{kind: _at_rest(draw) for kind, draw in _BLENDS_AT_REST.items()},
    # Without a direction it is that of "whip_left"; the timeline names the direction of the cameras.
    "whip": whip(-1, 0),
    "whip_left": whip(-1, 0),
    "whip_right": whip(1, 0),
    "whip_up": whip(0, -1),
    "whip_down": whip(0, 1),
    "zoom_through": zoom_through,
    "push_card": push_frame,
}
