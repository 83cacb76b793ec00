"""A laid out text overlay of a segment, and the events that all kinds of overlays are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TypeVar

import pysubs2

from assembly.text import ass, ass_lines, motion
from assembly.text.blocks.rows import Row
from assembly.text.layout import Box, design_pixel
from assembly.text.motion import Pose
from assembly.text.title_layout import Title, animation_of
from schemas.segment import Segment

Look = TypeVar("Look")
Frames = tuple[int, int]

# The shadow of a card in design pixels, and its transparency.
CARD_SHADOW_PX, CARD_SHADOW_TRANSPARENCY = 6, 0x78


@dataclass(frozen=True, slots=True)
class DrawnTitle:
    """A laid out title of a segment; its frames count from the first one that shows it."""

    segment: Segment
    title: Title

    @property
    def accent(self) -> str:
        return self.segment.captions.accent or self.segment.captions.highlight_colour

    def pose(self, frame: int, start: int = 0) -> Pose:
        """Return the pose in ``frame`` of what appears at frame ``start``, with the fade at the end of the title."""
        animation, fps = animation_of(self.segment, self.title.overlay), self.segment.fps
        pose = motion.pose_in(animation, frame - start, fps)
        opacity = motion.opacity_out(animation, self.title.overlay.frames - frame, fps)
        return replace(pose, opacity=round(pose.opacity * opacity, 4))

    def runs(self, start: int, look: Callable[[int], Look]) -> Iterator[tuple[Look, Frames]]:
        """Yield each look from frame ``start`` on, with the frames ``[first, last)`` in which it is the same."""
        for value, group in groupby(range(start, self.title.overlay.frames), look):
            frames = list(group)
            yield value, (frames[0], frames[-1] + 1)

    def row_event(
        self, row: Row, text: str, place: tuple[Pose, float], frames: Frames, *, tags: str = ""
    ) -> pysubs2.SSAEvent:
        """Return the event of a row, whose ``text`` (ASS) is scaled about its anchor; ``place`` is its pose and y."""
        face, (pose, y) = self.title.face, place
        below = (pose.below_em - pose.scale * face.line_offset_em) * row.size
        centre_x = self.title.centre_x
        x = centre_x if row.x is None else centre_x + pose.scale * (self.title.rest.left + row.x - centre_x)
        overrides = ass_lines.position_override(x, y + below, row.anchor)
        overrides += ass_lines.font_override(face, row.size) + tags + ass_lines.pose_override(pose)
        return self._event(frames, overrides, text)

    def rectangle(
        self, box: Box, radius: float, paint: tuple[str, float], frames: Frames, *, has_shadow: bool = False
    ) -> pysubs2.SSAEvent:
        """Return a rectangle with round corners; ``paint`` is its colour and its opacity."""
        colour, opacity = paint
        shadow = CARD_SHADOW_PX * design_pixel(self.segment.width, self.segment.height) if has_shadow else 0
        overrides = f"\\an7\\pos(0,0)\\bord0\\shad{shadow:.1f}\\4a&H{CARD_SHADOW_TRANSPARENCY:02X}&"
        overrides += ass.colour_override(colour) + ass_lines.fade_override(Pose(opacity=opacity)) + "\\p1"
        return self._event(frames, overrides, ass_lines.rounded_rectangle(box, radius))

    def _event(self, frames: Frames, overrides: str, text: str) -> pysubs2.SSAEvent:
        first = self.title.overlay.first
        shifted = (first + frames[0], first + frames[1])
        return ass_lines.event(self.segment, shifted, ass_lines.TITLE, overrides, text)
