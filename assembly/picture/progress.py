"""The bar that shows how far a film is, drawn on the planes of each frame."""

from __future__ import annotations

import cv2
import numpy as np

from assembly.picture import i420
from assembly.picture.i420 import Pixels
from assembly.picture.patch import yuv_of
from schemas.segment import ProgressBar, Segment

# The opacity of what is still to come, in black, and the gap between segments in shares of the bar's height.
TRACK_OPACITY, GAP = 0.45, 0.8
_UNIT = 1 / 255


class ProgressDrawer:
    """Draws the bar of a segment: in frame *k* of *n*, the share of its scene up to (*k* + 1) / *n* is filled."""

    def __init__(self, bar: ProgressBar, segment: Segment) -> None:
        self._bar, self._frames = bar, segment.frames
        self._left, self._top, self._width, self._height = bar.area.even_box(segment.width, segment.height)
        accent = segment.captions.accent or segment.captions.highlight_colour
        self._filled = [round(value) for value in yuv_of(accent)]
        self._spans = [(2 * round(left / 2), 2 * round(right / 2)) for left, right in self._segments()]

    def _segments(self) -> list[tuple[float, float]]:
        """Return where the segments of the bar begin and end; a bar without segments is one."""
        count = self._bar.scenes if self._bar.kind == "segments" else 1
        gap = GAP * self._height if count > 1 else 0.0
        width = (self._width - gap * (count - 1)) / count
        return [(k * (width + gap), k * (width + gap) + width) for k in range(count)]

    def filled_to(self, index: int) -> float:
        """Return how much of the bar is filled in frame ``index`` of the segment, in pixels from its left end."""
        done = (index + 1) / self._frames
        if self._bar.kind == "segments":
            left, right = self._segments()[self._bar.scene]
            return left + done * (right - left)
        return self._width * (self._bar.scene + done) / self._bar.scenes

    def draw(self, frame: Pixels, index: int) -> None:
        """Draw the bar over frame ``index`` of the segment, in place."""
        edge = self.filled_to(index)
        planes = i420.planes(frame)
        for plane, colour in enumerate(self._filled):
            step = 2 if plane else 1
            rows = slice(self._top // step, (self._top + self._height) // step)
            for left, right in self._spans:
                columns = slice((self._left + left) // step, (self._left + right) // step)
                self._draw_span(planes[plane][rows, columns], (edge - left) / step, colour, is_luma=not plane)

    def _draw_span(self, area: Pixels, edge: float, colour: int, *, is_luma: bool) -> None:
        """Draw one segment of the bar in a plane, filled up to the column ``edge``, which may lie inside a pixel."""
        width = area.shape[1]
        whole = int(min(max(edge, 0.0), width))
        black = i420.BLACK if is_luma else i420.NEUTRAL
        if whole < width:
            rest = area[:, whole:]
            rest[...] = cv2.addWeighted(rest, 1 - TRACK_OPACITY, np.full_like(rest, black), TRACK_OPACITY, 0)
            part = min(1.0, max(0.0, edge - whole))
            column = area[:, whole].astype(np.float64)
            area[:, whole] = np.rint(column + part * (colour - column)).astype(np.uint8)
        area[:, :whole] = colour
