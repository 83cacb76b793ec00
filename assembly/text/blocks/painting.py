"""Shapes and lines of text of an overlay that appear and move together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby

import pysubs2

from assembly.text import ass, ass_lines
from assembly.text.blocks.rows import Row
from assembly.text.drawn_title import DrawnTitle, Frames, Look
from assembly.text.layout import Box, scaled_about
from assembly.text.motion import Pose


@dataclass(frozen=True, slots=True)
class Shape:
    """A rectangle with round corners in a ``colour`` that may have an opacity, at its place after the animation.

    It is shown during the ``frames`` ``[first, last)`` of the overlay, all of them if ``None``.
    """

    box: Box
    radius: float
    colour: str
    frames: Frames | None = None
    has_shadow: bool = False


def shape_events(drawn: DrawnTitle, shape: Shape) -> list[pysubs2.SSAEvent]:
    """Return the events of a shape in the poses of the overlay."""
    first, last = shape.frames or (0, drawn.title.overlay.frames)
    return [
        drawn.rectangle(
            posed(drawn, shape.box, pose),
            shape.radius * pose.scale,
            (shape.colour, pose.opacity),
            frames,
            has_shadow=shape.has_shadow,
        )
        for pose, frames in runs_between(first, min(last, drawn.title.overlay.frames), drawn.pose)
    ]


def runs_between(first: int, last: int, look: Callable[[int], Look]) -> Iterator[tuple[Look, Frames]]:
    """Yield each look in the frames ``[first, last)``, with the frames in which it is the same."""
    for value, group in groupby(range(first, last), look):
        frames = list(group)
        yield value, (frames[0], frames[-1] + 1)


def posed(drawn: DrawnTitle, box: Box, pose: Pose) -> Box:
    """Return a box of the overlay in a pose of the overlay."""
    rest = drawn.title.rest
    scaled = scaled_about(box, drawn.title.centre_x, (rest.top + rest.bottom) / 2, pose.scale)
    return scaled.moved_down(pose.below_em * drawn.title.size)


def row_events(drawn: DrawnTitle, row: Row, colour: str, text: str | None = None) -> list[pysubs2.SSAEvent]:
    """Return the events of a line of text in the poses of the overlay; ``text`` is its text as ASS."""
    title = drawn.title
    middle = (title.rest.top + title.rest.bottom) / 2
    spelled = text or ass_lines.text_in_fonts(title.face, row.size, row.text, drawn.segment.language)
    result = []
    for pose, frames in drawn.runs(0, drawn.pose):
        # The row is as far below as the shapes, whose em is larger or smaller.
        y = middle + pose.scale * (title.rest.top + row.middle - middle) + pose.below_em * (title.size - row.size)
        result.append(drawn.row_event(row, spelled, (pose, y), frames, tags=plain_tags(colour)))
    return result


def plain_tags(colour: str) -> str:
    """Return the override tags of text in ``colour`` without outline and shadow."""
    return f"\\bord0\\shad0{ass.colour_override(colour)}"
