"""The rows of a text overlay at a given size: a title, a headline with a bar below it, or the card of an amount."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from assembly.text import ass, motion
from assembly.text.blocks import layouts
from assembly.text.blocks.rows import CENTRE, LEFT, Row, Rows
from assembly.text.blocks.tables import table_rows
from assembly.text.layout import Box, design_pixel, fitting_size, overshoot_em, place_box, text_width, wrap
from assembly.text.typeface import Typeface, monospaced, typeface
from schemas.animation import Animation
from schemas.emoji import has_emoji
from schemas.scene_graph import LONG_STYLES
from schemas.segment import Segment, TimedOverlay

# A headline's bar: its height and the gap above it in em, and its width as a share of the headline's.
BAR_EM, BAR_GAP_EM, BAR_WIDTH = 0.1, 0.16, 0.3
# The least distance of the lines of a title, and the space between the letters of two lines, in em.
MIN_PITCH_EM, LINE_GAP_EM = 1.1, 0.2
# Sizes of a card relative to the title's size: of the amount, the old amount above it and the words below it.
AMOUNT_EM, OLD_EM, UNIT_EM = 1.35, 0.75, 0.5
# The height of a card's row relative to its size, and the padding around all rows in em of the title.
ROW_PITCH, CARD_PADDING_EM = 1.12, 0.3


# The size of lower thirds, counters, tables, code and credits, as a share of that of captions.
BLOCK_SIZES = {"lower_third": 0.62, "counter": 0.58, "table": 0.6, "code": 0.6, "credits": 0.36}

# The em that tables and code have at least if there is space, as a share of the frame's height.
READABLE = 0.024
# The em that credits have at least, in design pixels.
READABLE_CREDITS_PX = 30


@dataclass(frozen=True, slots=True)
class Title:
    """The layout of a text overlay in pixels of the frame.

    ``size`` is the em of the text, ``box`` the area that it covers at any time and ``rest`` the part of it that it
    covers after its animation. The middles of ``rows`` count from the top of ``rest``, and so do ``bounds``, at which
    the rows of a table end.
    """

    overlay: TimedOverlay
    face: Typeface
    size: float
    rows: tuple[Row, ...]
    box: Box
    rest: Box
    bounds: tuple[float, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(row.text for row in self.rows)

    @property
    def centre_x(self) -> float:
        return (self.rest.left + self.rest.right) / 2

    @property
    def bar_height(self) -> float:
        return BAR_EM * self.size if self.overlay.overlay.style == "headline" else 0.0


def wanted_size(timed: TimedOverlay, segment: Segment) -> float:
    """Return the em of an overlay that has as much space as it wants, in pixels."""
    style = segment.captions
    share = BLOCK_SIZES.get(timed.overlay.style)
    size_px = style.size_px * share if share else style.title_size_px
    if timed.overlay.style == "credits":
        size_px = max(size_px, READABLE_CREDITS_PX)
    size = size_px * timed.overlay.scale * design_pixel(segment.width, segment.height)
    return max(size, READABLE * segment.height) if timed.overlay.style in LONG_STYLES else size


def animation_of(segment: Segment, timed: TimedOverlay) -> Animation:
    """Return how an overlay appears: as titles do, but credits, and what needs all its width, do not pop."""
    animation = segment.captions.title_animation
    is_calm = timed.overlay.style in (*LONG_STYLES, "credits") and animation.kind == "pop"
    return replace(animation, kind="fade") if is_calm else animation


def face_of(timed: TimedOverlay, segment: Segment) -> Typeface:
    """Return the font of an overlay: that of titles, of captions for tables and credits, a monospaced one for code."""
    style = segment.captions
    if timed.overlay.style == "code":
        return monospaced(segment.language)
    family = style.font if timed.overlay.style in ("table", "credits") else style.title_font
    return typeface(family, True, timed.overlay.text, segment.language)


def title_at_size(
    timed: TimedOverlay, segment: Segment, face: Typeface, size: float, zone: Box, *, side: int = CENTRE
) -> Title:
    """Return the title at ``size`` (em, pixels), or at the largest smaller size at which its longest word fits.

    It is at the left or right edge of ``zone`` if ``side`` says so.
    """
    animation = animation_of(segment, timed)
    is_flat = timed.overlay.style == "lower_third"
    peak, below_em = (1.0, 0.0) if is_flat else (motion.peak(animation), motion.below_em(animation))
    laid = _rows(timed, segment, face, size, zone.width / peak)
    box = place_box(timed.overlay.position, laid.width * peak, laid.height * peak + below_em * laid.size, zone)
    if side != CENTRE:
        left = zone.left if side == LEFT else zone.right - box.width
        box = replace(box, left=left, right=left + box.width)
    rest = place_box("top", laid.width, laid.height, box.moved_down(laid.height * (peak - 1) / 2))
    return Title(timed, face, laid.size, laid.rows, box, rest, laid.bounds)


def _rows(timed: TimedOverlay, segment: Segment, face: Typeface, size: float, max_width: float) -> Rows:
    text = timed.overlay.text
    match timed.overlay.style:
        case "amount":
            return _card_rows(timed, face, size, max_width)
        case "lower_third":
            return layouts.lower_third_rows(text, face, size, max_width)
        case "counter":
            return layouts.counter_rows(text, face, size, max_width)
        case "credits":
            return layouts.credits_rows(text, face, size, max_width)
        case "table":
            return table_rows(text, face, size, max_width)
        case "code":
            return layouts.code_rows(text, size, max_width)
    return _text_rows(timed, segment, face, size, max_width)


def _text_rows(timed: TimedOverlay, segment: Segment, face: Typeface, size: float, max_width: float) -> Rows:
    style = segment.captions
    border = (style.outline_px + style.shadow_px) * design_pixel(segment.width, segment.height)
    max_width -= 2 * border
    lines = _wrap_lines(face, timed.overlay.text, size, max_width)
    size = fitting_size(face, lines, size, 0.0, max_width)
    width = min(max_width, max(text_width(face, line, size, 0.0) for line in lines)) + 2 * border
    pitch_em = _pitch_em(face, lines)
    above, below = overshoot_em(face, lines, pitch_em=pitch_em)
    pitch = pitch_em * size
    first = border + above * size + pitch / 2
    rows = tuple(Row(line, size, first + index * pitch) for index, line in enumerate(lines))
    bar = (BAR_EM + BAR_GAP_EM) * size if timed.overlay.style == "headline" else 0.0
    return Rows(size, rows, width, len(lines) * pitch + (above + below) * size + 2 * border + bar)


def _pitch_em(face: Typeface, lines: tuple[str, ...]) -> float:
    """Return the distance of the lines of a title: large letters need less space between them than those of a text."""
    if len(lines) < 2 or any(map(has_emoji, lines)):
        return face.line_pitch_em
    ink = [face.ink_em(line) for line in lines]
    between = max(below + above for (_, below), (above, _) in pairwise(ink))
    return min(face.line_pitch_em, max(MIN_PITCH_EM, between + LINE_GAP_EM))


def _wrap_lines(face: Typeface, text: str, size: float, max_width: float) -> tuple[str, ...]:
    """Wrap each line of ``text``; the user's own line breaks are kept."""
    rows = [ass.collapse_whitespace(row) for row in text.splitlines()]
    return tuple(line for row in rows if row for line in wrap(face, row, size, 0.0, max_width))


def _card_rows(timed: TimedOverlay, face: Typeface, size: float, max_width: float) -> Rows:
    parts = _card_parts(timed)
    widest_em = max(_widest_em(face, text) * factor for text, factor in parts) + 2 * CARD_PADDING_EM
    size = min(size, max_width / widest_em)
    rows: list[Row] = []
    top = CARD_PADDING_EM * size
    for text, factor in parts:
        pitch = ROW_PITCH * factor * size
        rows.append(Row(text, factor * size, top + pitch / 2))
        top += pitch
    return Rows(size, tuple(rows), widest_em * size, top + CARD_PADDING_EM * size)


def _card_parts(timed: TimedOverlay) -> list[tuple[str, float]]:
    """Return the texts of a card from top to bottom, with their sizes relative to the title's."""
    lines = [line for row in timed.overlay.text.splitlines() if (line := ass.collapse_whitespace(row))]
    old = ass.collapse_whitespace(timed.overlay.was)
    above = [(old, OLD_EM)] if old else []
    return [*above, (lines[0], AMOUNT_EM), *((line, UNIT_EM) for line in lines[1:])]


def _widest_em(face: Typeface, text: str) -> float:
    """Return the largest width of ``text`` while its number counts up, in em."""
    spellings = ("".join(digit if char.isdigit() else char for char in text) for digit in "0123456789")
    return max(face.width_em(text), *map(face.width_em, spellings))
