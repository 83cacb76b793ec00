"""Lines of text inside an overlay, with their places."""

from __future__ import annotations

from dataclasses import dataclass

LEFT, CENTRE, RIGHT = 4, 5, 6


@dataclass(frozen=True, slots=True)
class Row:
    """A line of text with its em ``size``; ``middle`` is the distance from the top of the rows to its middle.

    ``x`` is the distance from the left edge of the overlay to the line's ``anchor``, its left end, middle or right end
    (an alignment of ASS); ``None`` is the middle of the overlay. ``part`` says what the line is a part of: the row of a
    table, or the line of code.
    """

    text: str
    size: float
    middle: float
    x: float | None = None
    anchor: int = CENTRE
    part: int = 0


@dataclass(frozen=True, slots=True)
class Rows:
    """The ``rows`` of an overlay that is ``width`` × ``height`` pixels large; ``size`` is its em.

    ``bounds`` are the distances from the top at which the parts of a table end.
    """

    size: float
    rows: tuple[Row, ...]
    width: float
    height: float
    bounds: tuple[float, ...] = ()
