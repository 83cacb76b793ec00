"""Lower thirds, counters, tables, code and credits as ASS events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pysubs2

from assembly.text import ass, ass_lines
from assembly.text.bidi import is_right_to_left, mark_before
from assembly.text.blocks import layouts
from assembly.text.blocks.lower_thirds import lower_third_events
from assembly.text.blocks.painting import Shape, row_events, shape_events
from assembly.text.blocks.syntax import Coloured, coloured_lines
from assembly.text.colours import readable_on, scheme, with_opacity
from assembly.text.drawn_title import DrawnTitle
from assembly.text.layout import Box

# Corners of tables, code and credits, in em.
RADIUS_EM = 0.45
# Opacities of what is drawn in the colour of letters: a dot to come, a line between rows, the row that is spoken.
DOT_OPACITY, LINE_OPACITY, SPOKEN_OPACITY = 0.32, 0.16, 0.13
# In em: a line between rows, and the bar beside the row that is spoken.
LINE_EM, SPOKEN_BAR_EM = 0.04, 0.14
CODE_GROUND, CODE_HEAD = "#12151BF5", "#232833FF"
HEAD_DOT_EM = 0.26


def block_events(drawn: DrawnTitle) -> list[pysubs2.SSAEvent]:
    """Return the events of a lower third, a counter, a table, code or credits."""
    match drawn.title.overlay.overlay.style:
        case "lower_third":
            return lower_third_events(drawn)
        case "counter":
            return _counter_events(drawn)
        case "table":
            return _table_events(drawn)
        case "credits":
            return _credits_events(drawn)
    return _code_events(drawn)


# -- counters --------------------------------------------------------------------------------------------------------


def _counter_events(drawn: DrawnTitle) -> list[pysubs2.SSAEvent]:
    """Return the events of a counter: a pill in the accent, or a dark one with dots in the accent."""
    title, colours = drawn.title, scheme(drawn.segment.captions)
    place = layouts.place_of(title.overlay.overlay.text)
    ground = colours.ground if place else drawn.accent
    ink = colours.ink if place else readable_on(drawn.accent)
    result = shape_events(drawn, Shape(title.rest, title.rest.height / 2, ground, has_shadow=place is None))
    if place:
        for shape in _dots(drawn, *place):
            result += shape_events(drawn, shape)
    return [*result, *row_events(drawn, title.rows[0], ink)]


def _dots(drawn: DrawnTitle, number: int, total: int) -> Iterator[Shape]:
    """Yield the dots of the steps: those done and the current one, which is wider, in the accent."""
    rest, size, colours = drawn.title.rest, drawn.title.size, scheme(drawn.segment.captions)
    mirrored = is_right_to_left(drawn.title.rows[0].text)
    start = rest.right - (layouts.dots_em(total) - layouts.COUNTER_PAD_X_EM * 0.5) * size
    x = start - layouts.COUNTER_PAD_X_EM * size * 0.5
    middle, half = (rest.top + rest.bottom) / 2, layouts.DOT_EM * size / 2
    for step in range(1, total + 1):
        width = (layouts.CURRENT_EM if step == number else layouts.DOT_EM) * size
        colour = colours.accent if step <= number else with_opacity(f"{colours.ink}FF", DOT_OPACITY)
        left = rest.left + rest.right - x - width if mirrored else x
        yield Shape(Box(left, middle - half, left + width, middle + half), half, colour)
        x += width + layouts.DOT_GAP_EM * size


# -- tables ----------------------------------------------------------------------------------------------------------


def _table_events(drawn: DrawnTitle) -> list[pysubs2.SSAEvent]:
    """Return the events of a table: its header is in the accent, the row that is spoken is marked."""
    title, colours = drawn.title, scheme(drawn.segment.captions)
    result = [event for shape in _table_shapes(drawn) for event in shape_events(drawn, shape)]
    header_ink = readable_on(drawn.accent)
    for row in title.rows:
        result += row_events(drawn, row, header_ink if row.part == 0 else colours.ink)
    return result


def _table_shapes(drawn: DrawnTitle) -> Iterator[Shape]:
    title, size, colours = drawn.title, drawn.title.size, scheme(drawn.segment.captions)
    rest, radius = title.rest, RADIUS_EM * title.size
    tops = [rest.top + bound for bound in title.bounds]
    yield Shape(rest, radius, colours.ground, has_shadow=True)
    yield Shape(replace(rest, bottom=tops[0]), radius, drawn.accent)
    yield Shape(replace(rest, top=tops[0] - radius, bottom=tops[0]), 0, drawn.accent)
    line = with_opacity(f"{colours.ink}FF", LINE_OPACITY)
    for y in tops[1:-1]:
        yield Shape(Box(rest.left, y, rest.right, y + max(1.0, LINE_EM * size)), 0, line)
    for (top, bottom), frames in zip(pairwise(tops), _spoken_frames(drawn), strict=False):
        box = replace(rest, top=top, bottom=bottom)
        bar = replace(box, right=box.left + SPOKEN_BAR_EM * size)
        if frames[0] < frames[1]:
            yield Shape(box, 0, with_opacity(f"{colours.ink}FF", SPOKEN_OPACITY), frames)
            yield Shape(bar, 0, colours.accent, frames)


def _spoken_frames(drawn: DrawnTitle) -> list[tuple[int, int]]:
    """Return the frames in which each row below the header is marked: until the next one is spoken."""
    starts = drawn.title.overlay.row_frames
    return list(pairwise((*starts, drawn.title.overlay.frames))) if starts else []


# -- credits ---------------------------------------------------------------------------------------------------------


def _credits_events(drawn: DrawnTitle) -> list[pysubs2.SSAEvent]:
    """Return the events of credits: small lines on a ground of their own."""
    colours, rest = scheme(drawn.segment.captions), drawn.title.rest
    result = shape_events(drawn, Shape(rest, RADIUS_EM * drawn.title.size, colours.ground))
    text, face, language = drawn.title.overlay.overlay.text, drawn.title.face, drawn.segment.language
    for row in drawn.title.rows:
        # A line that begins with a name from right to left goes on from left to right.
        words = mark_before(row.text, text) + ass_lines.text_in_fonts(face, row.size, row.text, language)
        result += row_events(drawn, row, colours.ink, words)
    return result


# -- code ------------------------------------------------------------------------------------------------------------


def _code_events(drawn: DrawnTitle) -> list[pysubs2.SSAEvent]:
    """Return the events of code: a dark card with a head, and its lines in the colours of their syntax."""
    title, size = drawn.title, drawn.title.size
    head, radius = layouts.HEAD_EM * size, RADIUS_EM * size
    rest = title.rest
    shapes = [
        Shape(rest, radius, CODE_GROUND, has_shadow=True),
        Shape(replace(rest, bottom=rest.top + head), radius, CODE_HEAD),
        Shape(replace(rest, top=rest.top + head - radius, bottom=rest.top + head), 0, CODE_HEAD),
    ]
    dot, y = HEAD_DOT_EM * size, rest.top + head / 2
    for index, colour in enumerate((drawn.accent, *[with_opacity("#FFFFFFFF", DOT_OPACITY)] * 2)):
        x = rest.left + layouts.CODE_PAD_EM * size + index * 1.9 * dot
        shapes.append(Shape(Box(x, y - dot / 2, x + dot, y + dot / 2), dot / 2, colour))
    result = [event for shape in shapes for event in shape_events(drawn, shape)]
    for row, parts in zip(title.rows, coloured_lines(title.overlay.overlay.text), strict=True):
        if row.text:
            result += row_events(drawn, row, "#FFFFFF", _coloured_text(drawn, parts))
    return result


def _coloured_text(drawn: DrawnTitle, parts: Coloured) -> str:
    """Return a line of code as ASS, without its indentation, which is a part of its place."""
    face, size, language = drawn.title.face, drawn.title.size, drawn.segment.language
    text = ""
    for part, colour in parts:
        words = part if text else part.lstrip(" ")
        if words:
            hard = ass_lines.text_in_fonts(face, size, words, language).replace(" ", "\\h")
            text += f"{{{ass.colour_override(colour)}}}{hard}"
    return text
