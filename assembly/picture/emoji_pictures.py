"""Colour emoji laid over the gaps that libass left for them in captions and titles."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

import numpy as np
import pysubs2

from assembly.picture.i420 import Pixels
from assembly.picture.patch import Patch
from assembly.text import ass, ass_lines, emoji
from assembly.text.ass_runs import line_at
from assembly.text.emoji_gaps import PlacedEmoji, has_gap, placed_emoji
from schemas.segment import Segment

# A patch of 200 × 200 pixels has 120 kB.
CACHED_PATCHES = 64
# Emoji are drawn at sizes and positions in steps of a quarter of a pixel, so that equal ones are found in the cache.
STEPS_PER_PIXEL = 4
# Boxes under the text have gaps only for their width.
TEXT_STYLES = (ass_lines.CAPTION, ass_lines.TITLE)


class EmojiPictures:
    """The emoji of a segment's ASS document, drawn over frames into which libass has burned the document."""

    def __init__(self, document: pysubs2.SSAFile | None, segment: Segment) -> None:
        self._styles = document.styles if document else {}
        self._events = [event for event in document or () if event.style in TEXT_STYLES and has_gap(event.text)]
        self._fps = segment.fps
        self._frame_size = (segment.width, segment.height)

    def __bool__(self) -> bool:
        return bool(self._events)

    def placed(self, index: int) -> tuple[PlacedEmoji, ...]:
        """Return the emoji in frame ``index`` of the segment, each once."""
        time_ms = libass_time_ms(index, self._fps)
        shown = (event for event in self._events if event.start <= time_ms < event.end)
        placed = [one for event in shown for one in placed_emoji(line_at(event, self._styles[event.style], time_ms))]
        return tuple(dict.fromkeys(placed))

    def draw(self, frame: Pixels, index: int) -> None:
        """Draw the emoji over frame ``index`` of the segment, in place."""
        for placed in self.placed(index):
            place = (round(value * STEPS_PER_PIXEL) for value in (placed.size, placed.x, placed.y))
            _patch(placed.sequence, *place, self._frame_size).draw(frame, placed.opacity)


def libass_time_ms(index: int, fps: Fraction) -> int:
    """Return the time of the document at which libass draws frame ``index``: ffmpeg passes whole milliseconds."""
    return int((index + ass.clock_offset_frames(fps)) * 1000 / fps)


@lru_cache(maxsize=CACHED_PATCHES)
def _patch(sequence: str, size: int, x: int, y: int, frame_size: tuple[int, int]) -> Patch:
    """Return an emoji as a patch; lengths are in steps of a pixel."""
    picture = emoji.picture(sequence, size / STEPS_PER_PIXEL, x / STEPS_PER_PIXEL, y / STEPS_PER_PIXEL)
    rgba = picture.rgba.astype(np.float64)
    rgba[..., 3] /= 255
    return Patch(rgba, picture.left, picture.top, frame_size)
