"""Large emoji over the picture: drawn once at their size, then moved a little in each frame."""

from __future__ import annotations

import math
from functools import lru_cache

import cv2
import numpy as np

from assembly.picture.i420 import Pixels
from assembly.picture.patch import Floats, Move, Patch
from assembly.text import emoji, motion
from assembly.text.icon_layout import Icon, icons
from schemas.segment import Segment

# The height of a glyph of the emoji font in em, and the margin around it for movement and shadow, as a share of it.
GLYPH_EM, MARGIN = 1.2, 0.14
# The shadow below an icon in shares of its side, and its opacity.
SHADOW_BLUR, SHADOW_OFFSET, SHADOW_OPACITY = 0.03, 0.025, 0.4
# The slow movement of an icon: how far it rises and falls, as a share of its side, and turns, and how long that takes.
FLOAT_SHARE, FLOAT_S = 0.014, 3.2
TILT_DEGREES, TILT_S = 2.5, 4.2
CACHED_ICONS = 8
_LUMA = np.array([0.2126, 0.7152, 0.0722])


class MovingIcon:
    """An icon of a segment. It appears as titles do, then floats; in lively presets it also tilts."""

    def __init__(self, icon: Icon, segment: Segment) -> None:
        self._first, self._end = icon.overlay.first, icon.overlay.first + icon.overlay.frames
        self._fps, self._animation = segment.fps, segment.captions.title_animation
        self._side = icon.box.width
        centre = (icon.box.left + icon.box.right) / 2, (icon.box.top + icon.box.bottom) / 2
        is_grey = segment.grade.saturation == 0
        # Quarters of a pixel, so that equal icons are found in the cache.
        place = tuple(round(4 * value) for value in (self._side, *centre))
        self._patch = _patch(icon.overlay.overlay.text, place, (segment.width, segment.height), is_grey)

    def draw(self, frame: Pixels, index: int) -> None:
        """Draw the icon over frame ``index`` of the segment, in place."""
        if self._patch and self._first <= index < self._end:
            pose = motion.pose_in(self._animation, index - self._first, self._fps)
            move = self.move(index)
            self._patch.draw(
                frame, pose.opacity, Move(pose.scale, move.degrees, move.down + pose.below_em * self._side)
            )

    def move(self, index: int) -> Move:
        """Return how the icon differs from its place while it floats."""
        seconds = float((index - self._first) / self._fps)
        down = FLOAT_SHARE * self._side * math.sin(2 * math.pi * seconds / FLOAT_S)
        tilt = TILT_DEGREES * math.sin(2 * math.pi * seconds / TILT_S) if self._animation.kind == "pop" else 0.0
        return Move(1.0, tilt, down)


def place_icons(segment: Segment) -> tuple[MovingIcon, ...]:
    """Return the icons of the segment."""
    return tuple(MovingIcon(icon, segment) for icon in icons(segment))


@lru_cache(maxsize=CACHED_ICONS)
def _patch(sequence: str, place: tuple[int, ...], frame_size: tuple[int, int], is_grey: bool) -> Patch | None:
    """Return an emoji with its shadow; ``place`` is its side and its centre in quarters of a pixel."""
    side, x, y = (value / 4 for value in place)
    size = side / GLYPH_EM
    advance_em = emoji.advance_em(sequence)
    if not advance_em:
        return None
    size = min(size, side / advance_em)
    picture = emoji.picture(sequence, size, x - advance_em * size / 2, y + emoji.MIDDLE_EM * size)
    margin = 2 * math.ceil(MARGIN * side / 2)
    rgba = np.pad(picture.rgba, ((margin, margin), (margin, margin), (0, 0))).astype(np.float64)
    rgba[..., 3] /= 255
    if is_grey:
        rgba[..., :3] = (rgba[..., :3] @ _LUMA)[..., None]
    return Patch(_with_shadow(rgba, side), picture.left - margin, picture.top - margin, frame_size)


def _with_shadow(rgba: Floats, side: float) -> Floats:
    shadow = cv2.GaussianBlur(rgba[..., 3], (0, 0), SHADOW_BLUR * side)
    shadow = np.roll(shadow, round(SHADOW_OFFSET * side), axis=0) * SHADOW_OPACITY
    result = rgba.copy()
    result[..., 3] += shadow * (1 - rgba[..., 3])
    return result
