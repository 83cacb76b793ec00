"""The card of an amount: it appears as a whole, then its number counts up; an old amount is struck through."""

from __future__ import annotations

from collections.abc import Callable

import pysubs2

from assembly.text import ass, ass_lines
from assembly.text.blocks.rows import Row
from assembly.text.colours import readable_on
from assembly.text.counting import counted
from assembly.text.drawn_title import DrawnTitle
from assembly.text.layout import Box, scaled_about
from assembly.text.motion import Pose
from schemas.timing import frames_of

# A number counts for this time, an old amount is struck through in the other.
COUNT_MS, STRIKE_MS = 600, 170
# Corner radius of a card as a share of its height.
CARD_RADIUS = 0.16
# The line through an old amount: its height, and how far it reaches out, in em.
STRIKE_EM, STRIKE_OUT_EM = 0.09, 0.12


def card_events(drawn: DrawnTitle) -> list[pysubs2.SSAEvent]:
    """Return the events of a card: its background, then its rows, all scaled about its middle.

    A card with an old amount shows it alone until the turn, then strikes it through and counts up to the new one.
    """
    title = drawn.title
    old = title.overlay.overlay.was
    turn = min(title.overlay.turn, title.overlay.frames) if old else 0
    result = []
    for pose, frames in drawn.runs(0, drawn.pose):
        box = _posed(drawn, title.rest, pose)
        paint = (drawn.accent, pose.opacity)
        result.append(drawn.rectangle(box, CARD_RADIUS * box.height, paint, frames, has_shadow=True))
    amount, *others = title.rows[1:] if old else title.rows
    result += _row_events(drawn, amount, 0, _amount_text(drawn, amount, turn))
    for row in others:
        result += _row_events(drawn, row, 0)
    return [*result, *_old_amount_events(drawn, title.rows[0], turn)] if old else result


def _amount_text(drawn: DrawnTitle, row: Row, turn: int) -> Callable[[int], str]:
    """Return the text of the amount in each frame: the old one until the turn, then the new one as it counts."""
    count = max(1, frames_of(COUNT_MS, drawn.segment.fps))
    old = ass.collapse_whitespace(drawn.title.overlay.overlay.was)
    return lambda frame: old if frame < turn else counted(row.text, (frame - turn + 1) / count)


def _row_events(
    drawn: DrawnTitle, row: Row, start: int, text: Callable[[int], str] | None = None
) -> list[pysubs2.SSAEvent]:
    """Return the events of a row of the card from frame ``start`` on; ``text`` is its text in a frame."""
    title = drawn.title
    tags = f"\\bord0\\shad0{ass.colour_override(readable_on(drawn.accent))}"
    middle = (title.rest.top + title.rest.bottom) / 2

    def look(frame: int) -> tuple[str, Pose]:
        return text(frame) if text else row.text, drawn.pose(frame)

    result = []
    for (line, pose), frames in drawn.runs(start, look):
        # The row is as far below as the card, whose em is larger or smaller.
        below = pose.below_em * (title.size - row.size)
        y = middle + pose.scale * (title.rest.top + row.middle - middle) + below
        spelled = ass_lines.text_in_fonts(title.face, row.size, line, drawn.segment.language)
        result.append(drawn.row_event(row, spelled, (pose, y), frames, tags=tags))
    return result


def _old_amount_events(drawn: DrawnTitle, row: Row, turn: int) -> list[pysubs2.SSAEvent]:
    """Return the events of the old amount, from the turn on, and of the line that is drawn through it."""
    title = drawn.title
    count = max(1, frames_of(STRIKE_MS, drawn.segment.fps))
    half = title.face.width_em(row.text) * row.size / 2 + STRIKE_OUT_EM * row.size
    y, height = title.rest.top + row.middle, STRIKE_EM * row.size

    def look(frame: int) -> tuple[float, Pose]:
        return min(1.0, (frame - turn + 1) / count), drawn.pose(frame)

    result = _row_events(drawn, row, turn)
    for (share, pose), frames in drawn.runs(turn, look):
        left = title.centre_x - half
        line = _posed(drawn, Box(left, y - height / 2, left + 2 * half * share, y + height / 2), pose)
        paint = (readable_on(drawn.accent), pose.opacity)
        result.append(drawn.rectangle(line, line.height / 2, paint, frames))
    return result


def _posed(drawn: DrawnTitle, box: Box, pose: Pose) -> Box:
    """Return a box of the card in a pose of the card."""
    rest = drawn.title.rest
    scaled = scaled_about(box, drawn.title.centre_x, (rest.top + rest.bottom) / 2, pose.scale)
    return scaled.moved_down(pose.below_em * drawn.title.size)
