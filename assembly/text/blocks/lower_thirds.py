"""A lower third: a bar grows, a plate slides out of it, and the name and the role appear on the plate."""

from __future__ import annotations

from dataclasses import replace

import pysubs2

from assembly.text import ass_lines, motion
from assembly.text.bidi import is_right_to_left
from assembly.text.blocks.layouts import BAR_EM
from assembly.text.blocks.painting import plain_tags
from assembly.text.blocks.rows import Row
from assembly.text.colours import scheme
from assembly.text.drawn_title import DrawnTitle
from assembly.text.layout import Box
from assembly.text.motion import Pose

# The plate slides for at least so many frames, in presets whose titles pop or rise.
SLIDE_FRAMES = 7
# How far letters move while they appear, in em.
TEXT_SLIDE_EM = 0.5
Shares = tuple[float, float, float, float]


def lower_third_events(drawn: DrawnTitle) -> list[pysubs2.SSAEvent]:
    """Return the events of a lower third, mirrored for right-to-left text."""
    colours = scheme(drawn.segment.captions)
    result = []
    for (bar, plate, _, opacity), frames in drawn.runs(0, lambda frame: shares(drawn, frame)):
        result.append(drawn.rectangle(_plate_box(drawn, plate), 0, (colours.ground, opacity), frames))
        result.append(drawn.rectangle(_bar_box(drawn, bar), 0, (colours.accent, opacity), frames))
    name, *roles = drawn.title.rows
    result += _text_events(drawn, name, colours.ink)
    return [*result, *(event for role in roles for event in _text_events(drawn, role, colours.written_accent))]


def shares(drawn: DrawnTitle, frame: int) -> Shares:
    """Return how much of the bar, the plate and the letters is there in ``frame`` (0 … 1), and the opacity of all."""
    animation, fps = drawn.segment.captions.title_animation, drawn.segment.fps
    if animation.kind in ("none", "fade"):
        return 1.0, 1.0, 1.0, drawn.pose(frame).opacity
    count = max(SLIDE_FRAMES, motion.frames_in(animation, fps))
    opacity = motion.opacity_out(animation, drawn.title.overlay.frames - frame, fps)
    half = count / 2
    return _eased((frame + 1) / half), _eased((frame + 1) / count), _eased((frame + 1 - half) / half), opacity


def _eased(share: float) -> float:
    return round(1 - (1 - min(1.0, max(0.0, share))) ** 3, 4)


def _is_mirrored(drawn: DrawnTitle) -> bool:
    return is_right_to_left(drawn.title.rows[0].text)


def _plate_box(drawn: DrawnTitle, share: float) -> Box:
    rest = drawn.title.rest
    if _is_mirrored(drawn):
        return replace(rest, left=rest.right - share * rest.width)
    return replace(rest, right=rest.left + share * rest.width)


def _bar_box(drawn: DrawnTitle, share: float) -> Box:
    rest, width = drawn.title.rest, BAR_EM * drawn.title.size
    middle, half = (rest.top + rest.bottom) / 2, share * rest.height / 2
    left = rest.right - width if _is_mirrored(drawn) else rest.left
    return Box(left, middle - half, left + width, middle + half)


def _text_events(drawn: DrawnTitle, row: Row, colour: str) -> list[pysubs2.SSAEvent]:
    title = drawn.title
    text = ass_lines.text_in_fonts(title.face, row.size, row.text, drawn.segment.language)
    slide = TEXT_SLIDE_EM * row.size * (1 if _is_mirrored(drawn) else -1)
    result = []
    for (_, _, shown, opacity), frames in drawn.runs(0, lambda frame: shares(drawn, frame)):
        if shown > 0:
            moved = replace(row, x=(row.x or 0.0) + slide * (1 - shown))
            pose = Pose(opacity=round(shown * opacity, 4))
            tags = plain_tags(colour)
            result.append(drawn.row_event(moved, text, (pose, title.rest.top + row.middle), frames, tags=tags))
    return result
