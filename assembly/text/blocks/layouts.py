"""The rows of lower thirds, counters, code and credits at a given size."""

from __future__ import annotations

import re

from app.planning.text.shown_blocks import FENCE_MARK
from assembly.text import ass
from assembly.text.bidi import is_right_to_left
from assembly.text.blocks.rows import LEFT, RIGHT, Row, Rows
from assembly.text.layout import wrap
from assembly.text.typeface import Typeface
from schemas.text_width import width as columns_of

# Of a lower third, in em of the name: the size of the role, the bar at its edge, the padding, the height of a row.
ROLE_EM, BAR_EM, PAD_X_EM, PAD_Y_EM, PITCH_EM = 0.72, 0.16, 0.42, 0.3, 1.22
# A lower third takes at most this share of its zone's width.
LOWER_THIRD_WIDTH = 0.82
# Of a counter, in em: the padding, a dot, the dot of the current step, the gap between dots.
COUNTER_PAD_X_EM, COUNTER_PAD_Y_EM, DOT_EM, CURRENT_EM, DOT_GAP_EM = 0.5, 0.2, 0.26, 0.72, 0.2
# Of credits, in em: the padding and the height of a row. They take at most this share of their zone's width.
CREDITS_PAD_X_EM, CREDITS_PAD_Y_EM, CREDITS_PITCH_EM, CREDITS_WIDTH = 0.6, 0.3, 1.3, 0.9
NAME_END = re.compile(r"(?<=[,;]) ")
# Of code, in em: a column of a monospaced font, the height of a row, the padding, the head with its dots.
COLUMN_EM, CODE_PITCH_EM, CODE_PAD_EM, HEAD_EM = 0.5, 1.36, 0.7, 0.95


def lines_of(text: str) -> list[str]:
    """Return the lines of ``text`` that have words, each with single spaces."""
    return [line for row in text.splitlines() if (line := ass.collapse_whitespace(row))]


def lower_third_rows(text: str, face: Typeface, size: float, max_width: float) -> Rows:
    """Return a name with the role below it, at the left edge, or at the right one for right-to-left text."""
    name, *roles = lines_of(text)
    max_width *= LOWER_THIRD_WIDTH
    fixed_em = BAR_EM + 2 * PAD_X_EM
    size = min(size, max_width / (face.width_em(name) + fixed_em))
    inner = max_width - fixed_em * size
    role_lines = [line for role in roles for line in wrap(face, role, ROLE_EM * size, 0.0, inner)]
    texts = [(name, size), *((line, ROLE_EM * size) for line in role_lines)]
    width = max(face.width_em(line) * em for line, em in texts) + fixed_em * size
    x, anchor = (BAR_EM + PAD_X_EM) * size, LEFT
    if is_right_to_left(name):
        x, anchor = width - x, RIGHT
    rows, top = [], PAD_Y_EM * size
    for line, em in texts:
        rows.append(Row(line, em, top + PITCH_EM * em / 2, x, anchor))
        top += PITCH_EM * em
    return Rows(size, tuple(rows), width, top + PAD_Y_EM * size)


def place_of(text: str) -> tuple[int, int] | None:
    """Return the number and the total in the second line of a counter; ``None`` if it has no dots."""
    lines = lines_of(text)
    number, _, total = lines[1].partition("/") if len(lines) > 1 else ("", "", "")
    return (int(number), int(total)) if number.isdecimal() and total.isdecimal() else None


def dots_em(total: int) -> float:
    """Return the width of the row of dots of a counter in em, with the gap before it."""
    return COUNTER_PAD_X_EM + CURRENT_EM + (total - 1) * (DOT_EM + DOT_GAP_EM)


def counter_rows(text: str, face: Typeface, size: float, max_width: float) -> Rows:
    """Return the place in a list, with the space for its dots to the right, or to the left in right-to-left text."""
    line, place = lines_of(text)[0], place_of(text)
    after_em = dots_em(place[1]) if place else 0.0
    text_em = face.width_em(line)
    width_em = text_em + after_em + 2 * COUNTER_PAD_X_EM
    size = min(size, max_width / width_em)
    before_em = COUNTER_PAD_X_EM + (after_em if is_right_to_left(line) else 0.0)
    height = (PITCH_EM + 2 * COUNTER_PAD_Y_EM) * size
    row = Row(line, size, height / 2, (before_em + text_em / 2) * size)
    return Rows(size, (row,), width_em * size, height)


def credits_rows(text: str, face: Typeface, size: float, max_width: float) -> Rows:
    """Return the lines of credits, one below the other; long ones are broken between names if possible."""
    inner = CREDITS_WIDTH * max_width - 2 * CREDITS_PAD_X_EM * size
    lines = [part for line in lines_of(text) for part in _credits_lines(line, face, size, inner)]
    pitch, pad = CREDITS_PITCH_EM * size, CREDITS_PAD_Y_EM * size
    rows = tuple(Row(line, size, pad + (index + 0.5) * pitch) for index, line in enumerate(lines))
    width = max(face.width_em(line) for line in lines) * size + 2 * CREDITS_PAD_X_EM * size
    return Rows(size, rows, width, len(rows) * pitch + 2 * pad)


def _credits_lines(text: str, face: Typeface, size: float, max_width: float) -> list[str]:
    """Return ``text`` in lines that end after a name; a name that is too wide for a line is wrapped."""
    lines = [""]
    for name in NAME_END.split(text):
        joined = f"{lines[-1]} {name}".strip()
        if lines[-1] and face.width_em(joined) * size > max_width:
            lines.append(name)
        else:
            lines[-1] = joined
    return [part for line in lines for part in wrap(face, line, size, 0.0, max_width)]


def code_rows(text: str, size: float, max_width: float) -> Rows:
    """Return the lines of code, in a monospaced font; a wide character has two columns."""
    lines = code_lines(text)
    columns = max((columns_of(line) for line in lines), default=1)
    width_em = columns * COLUMN_EM + 2 * CODE_PAD_EM
    size = min(size, max_width / width_em)
    rows = []
    for index, line in enumerate(lines):
        words = line.lstrip(" ")
        x = (CODE_PAD_EM + (len(line) - len(words)) * COLUMN_EM) * size
        middle = (HEAD_EM + CODE_PAD_EM / 2 + (index + 0.5) * CODE_PITCH_EM) * size
        rows.append(Row(words, size, middle, x, LEFT, index))
    height = (HEAD_EM + 1.5 * CODE_PAD_EM + len(lines) * CODE_PITCH_EM) * size
    return Rows(size, tuple(rows), width_em * size, height)


def code_lines(text: str) -> list[str]:
    """Return the lines of a text of code, without the fence that names its language."""
    lines = [line.expandtabs(4).rstrip() for line in text.splitlines()]
    return lines[1:] if lines and lines[0].startswith(FENCE_MARK) else lines
