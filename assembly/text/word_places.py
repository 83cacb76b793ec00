"""Where the words of a line are, as the renderer orders them."""

from __future__ import annotations

import unicodedata

from assembly.text.cue_layout import CueLayout, Line, line_width

RIGHT_TO_LEFT = ("R", "AL")


def word_centre(layout: CueLayout, line: Line, word: int) -> float | None:
    """Return the horizontal centre of a word of the line, in pixels of the frame.

    ``None`` if the line mixes writing directions: the place of its words then depends on the bidirectional algorithm.
    """
    directions = {unicodedata.bidirectional(char) for piece in line for char in piece.text}
    is_reversed = not directions.isdisjoint(RIGHT_TO_LEFT)
    if is_reversed and "L" in directions:
        return None
    first = next(index for index, piece in enumerate(line) if piece.word == word)
    last = first + sum(piece.word == word for piece in line)
    end, whole = _width(layout, line[:last]), _width(layout, line)
    from_start = end - _width(layout, line[first:last]) / 2 - whole / 2
    return layout.centre_x - from_start if is_reversed else layout.centre_x + from_start


def _width(layout: CueLayout, line: Line) -> float:
    return line_width(layout.face, line, layout.size, layout.spacing, layout.key_scale)
