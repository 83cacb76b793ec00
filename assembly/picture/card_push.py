"""The push of cards: the old cards leave to the left, the new ones come from the right, and the ground cross-fades."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from assembly.picture import i420
from assembly.picture.camera_moves import PUSH_SHUTTER, Moment, eased
from assembly.picture.i420 import Pixels
from assembly.picture.motion_blur import streak
from assembly.picture.panels import Panels

# How far both cards move, in widths of the frame: the old one's shadow is outside at the end.
_DISTANCE = 1.1
_UNIT = 1 / 255


@dataclass(frozen=True, slots=True)
class _Side:
    """The cards of one clip, with how much of the ground is seen beside them, and the rows of luma that they cover."""

    panels: Panels
    openness: Pixels
    rows: slice

    @classmethod
    def of(cls, panels: Panels) -> _Side:
        openness = panels.openness()
        covered = np.flatnonzero(i420.planes(openness)[0].min(axis=1) < 255)
        first, last = (int(covered[0]), int(covered[-1])) if covered.size else (0, 0)
        return cls(panels, openness, slice(first // 2 * 2, last // 2 * 2 + 2))


class CardPush:
    """The frames of a push from the cards of ``old`` to those of ``new``, with motion blur."""

    def __init__(self, old: Panels, new: Panels) -> None:
        self._old, self._new = _Side.of(old), _Side.of(new)
        self._cards, self._moved, self._open = (np.empty_like(new.ground) for _ in range(3))

    def frame(self, old_index: int, new_index: int, at: Moment, out: Pixels) -> None:
        """Write the frame at a moment of the push into ``out``; the indices are frames of the two clips."""
        cv2.addWeighted(self._old.panels.ground, 1 - at.share, self._new.panels.ground, at.share, 0, dst=out)
        distance = _DISTANCE * i420.size(out)[0]
        first, last = (-distance * eased(share) for share in at.exposure(PUSH_SHUTTER))
        self._draw(self._old, old_index, first, last, out)
        self._draw(self._new, new_index, distance + first, distance + last, out)

    def _draw(self, side: _Side, index: int, first: float, last: float, out: Pixels) -> None:
        """Draw cards that move from ``first`` to ``last`` pixels beside their place over ``out``."""
        side.panels.cards(index, self._cards)
        buffers = (side.openness, self._cards, self._open, self._moved, out)
        for openness, cards, open_part, moved, target in zip(*map(i420.planes, buffers), strict=True):
            scale = out.shape[1] // target.shape[1]
            rows = slice(side.rows.start // scale, side.rows.stop // scale)
            # Whole chroma samples, or chroma would be shifted against luma.
            start, end = (2 * round(position / 2) / scale for position in (first, last))
            streak(openness[rows], start, end, open_part[rows], across=True, outside=255)
            streak(cards[rows], start, end, moved[rows], across=True, outside=0)
            cv2.multiply(target[rows], open_part[rows], dst=target[rows], scale=_UNIT)
            cv2.add(target[rows], moved[rows], dst=target[rows])
