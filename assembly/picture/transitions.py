"""How one scene becomes the next: two I420 frames and a share of the way make one frame.

At a share of 0 the outcome is the old frame, at 1 the new one. Everything happens on the planes themselves, so nothing
is converted and only the frames of the overlap cost anything.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from assembly.picture import i420
from assembly.picture.i420 import Pixels

Blend = Callable[[Pixels, Pixels, float, Pixels], None]
Weights = npt.NDArray[np.float32]

# Shares of the frame's shorter side.
_WIPE_EDGE = 0.16
_CIRCLE_EDGE = 0.06
_DEEPEST_BLUR = 0.07
_DEEPEST_ZOOM = 1.9


def blend(kind: str, a: Pixels, b: Pixels, share: float, out: Pixels) -> None:
    """Writes into ``out`` the frame at ``share`` (0 … 1) of the way from ``a`` to ``b``.

    All three are I420 buffers of one size; ``out`` is neither ``a`` nor ``b``. Raises ``ValueError`` for a kind that
    blends nothing ("cut" has no overlap).
    """
    if kind not in BLENDS:
        raise ValueError(f"no such transition: {kind}")
    if share <= 0 or share >= 1:
        np.copyto(out, a if share <= 0 else b)
    else:
        BLENDS[kind](a, b, share, out)


def _eased(share: float) -> float:
    return share * share * (3 - 2 * share)


# -- mixing ----------------------------------------------------------------------------------------------------------


def _fade(a: Pixels, b: Pixels, share: float, out: Pixels) -> None:
    cv2.addWeighted(a, 1 - share, b, share, 0, dst=out)


def _through(level: int) -> Blend:
    """Over a plain ground: the old frame goes into it, the new one comes out of it."""

    def mixed(a: Pixels, b: Pixels, share: float, out: Pixels) -> None:
        shown, strength = (a, 1 - 2 * share) if share < 0.5 else (b, 2 * share - 1)
        strength = _eased(strength)
        _, height = i420.size(out)
        for rows, ground in ((slice(0, height), level), (slice(height, None), i420.NEUTRAL)):
            cv2.addWeighted(shown[rows], strength, shown[rows], 0, ground * (1 - strength), dst=out[rows])

    return mixed


def _blur(a: Pixels, b: Pixels, share: float, out: Pixels) -> None:
    width, height = i420.size(out)
    # The change itself happens while both are out of focus.
    mix = _eased(min(1.0, max(0.0, (share - 0.2) / 0.6)))
    cv2.addWeighted(a, 1 - mix, b, mix, 0, dst=out)
    radius = round(_DEEPEST_BLUR * min(width, height) * math.sin(math.pi * share) ** 2 / 2)
    for plane, reach in zip(i420.planes(out), (radius, radius // 2, radius // 2), strict=True):
        # Two box blurs look like a lens and cost the same at every radius.
        for _ in range(2 if reach else 0):
            cv2.blur(plane, (2 * reach + 1, 2 * reach + 1), dst=plane, borderType=cv2.BORDER_REPLICATE)


def _zoom_in(a: Pixels, b: Pixels, share: float, out: Pixels) -> None:
    zoom = _DEEPEST_ZOOM ** _eased(share)
    width, height = i420.size(out)
    luma = _about((width - 1) / 2, (height - 1) / 2, 1 / zoom)
    # Left-sited chroma: its middle is a quarter of a sample further left than the frame's.
    chroma = _about((width - 1) / 4, (height / 2 - 1) / 2, 1 / zoom)
    for source, target, mapping in zip(i420.planes(a), i420.planes(out), (luma, chroma, chroma), strict=True):
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        cv2.warpAffine(source, mapping, target.shape[::-1], dst=target, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    mix = _eased(max(0.0, (share - 0.25) / 0.75))
    cv2.addWeighted(out, 1 - mix, b, mix, 0, dst=out)


def _about(x: float, y: float, step: float) -> npt.NDArray[np.float64]:
    return np.array([[step, 0, x - step * x], [0, step, y - step * y]])


# -- sliding ---------------------------------------------------------------------------------------------------------


def _slide(across: int, down: int) -> Blend:
    """The new frame pushes the old one out, towards ``(across, down)``."""

    def moved(a: Pixels, b: Pixels, share: float, out: Pixels) -> None:
        width, height = i420.size(out)
        # Whole chroma samples, or colours would part from their shapes.
        way = round(_eased(share) * (width if across else height) / 2)
        for old, new, target, scale in zip(*map(i420.planes, (a, b, out)), (2, 1, 1), strict=True):
            lines = (old.T, new.T, target.T) if across else (old, new, target)
            _push(*lines, way * scale, across + down)

    return moved


def _push(old: Pixels, new: Pixels, out: Pixels, way: int, direction: int) -> None:
    rest = len(out) - way
    if direction < 0:
        out[:rest], out[rest:] = old[way:], new[:way]
    else:
        out[way:], out[:way] = old[:rest], new[rest:]


# -- uncovering ------------------------------------------------------------------------------------------------------


def _wipe(across: int, down: int) -> Blend:
    """A soft edge travels towards ``(across, down)`` and leaves the new frame behind it."""

    def uncovered(a: Pixels, b: Pixels, share: float, out: Pixels) -> None:
        width, height = i420.size(out)
        edge = _WIPE_EDGE * min(width, height)
        length = width if across else height
        # Luma samples from the side where the new frame begins.
        place = np.arange(length, dtype=np.float32) + np.float32(0.5)
        place = place if across + down > 0 else place[::-1]
        line = _ramp(_eased(share) * (length + edge) - place, edge)
        weights = np.broadcast_to(line[None, :] if across else line[:, None], (height, width))
        _uncover(a, b, np.ascontiguousarray(weights), out)

    return uncovered


def _circle_open(a: Pixels, b: Pixels, share: float, out: Pixels) -> None:
    width, height = i420.size(out)
    edge = _CIRCLE_EDGE * min(width, height)
    reach = math.hypot(width, height) / 2 + edge
    _uncover(a, b, _ramp(_eased(share) * reach - _from_middle(width, height), edge), out)


@lru_cache(maxsize=2)
def _from_middle(width: int, height: int) -> Weights:
    across = np.arange(width, dtype=np.float32) - np.float32((width - 1) / 2)
    down = np.arange(height, dtype=np.float32) - np.float32((height - 1) / 2)
    return np.asarray(np.hypot(across[None, :], down[:, None]), np.float32)


def _ramp(distance: Weights, edge: float) -> Weights:
    """0 ahead of the edge, 1 behind it, smooth in between."""
    u = distance / np.float32(edge)
    np.clip(u, 0, 1, out=u)
    curve = 3 - 2 * u
    curve *= u
    curve *= u
    return np.asarray(curve, np.float32)


def _uncover(a: Pixels, b: Pixels, weights: Weights, out: Pixels) -> None:
    """Mixes by ``weights`` of ``b``, one for each luma sample."""
    coarse = np.ascontiguousarray(weights[::2, ::2])
    for old, new, target, w in zip(*map(i420.planes, (a, b, out)), (weights, coarse, coarse), strict=True):
        cv2.blendLinear(old, new, 1 - w, w, dst=target)


BLENDS: dict[str, Blend] = {
    "fade": _fade,
    "fade_black": _through(i420.BLACK),
    "fade_white": _through(i420.WHITE),
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
