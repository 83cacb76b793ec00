"""The cells of a table at a given size: the widths of its columns, and their lines."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.planning.timing.table_rows import table_cells
from assembly.text import ass
from assembly.text.bidi import is_right_to_left
from assembly.text.blocks.rows import LEFT, RIGHT, Row, Rows
from assembly.text.layout import wrap
from assembly.text.typeface import Typeface

# In em: the padding of a cell, and the height of a line.
CELL_PAD_X_EM, CELL_PAD_Y_EM, LINE_EM = 0.4, 0.36, 1.2
# A narrow table is widened to this share of the width that it may have.
MIN_WIDTH = 0.95
NUMERIC = re.compile(r"[^\w]{0,2}[A-Z]{0,3}\s?\d")


def table_rows(text: str, face: Typeface, size: float, max_width: float) -> Rows:
    """Return the lines of all cells; ``part`` is the index of their row. Columns of numbers end at the same edge."""
    cells = [[ass.collapse_whitespace(cell) for cell in row] for row in table_cells(text)]
    columns = list(zip(*cells, strict=True))
    pad = 2 * CELL_PAD_X_EM * size
    widths = _widths(columns, face, size, max_width - pad * len(columns))
    mirrored = is_right_to_left(cells[0][0])
    anchors = [RIGHT if _is_numeric(column) != mirrored else LEFT for column in columns]
    edges = _edges([width + pad for width in widths], mirrored)
    rows: list[Row] = []
    bounds: list[float] = []
    top = 0.0
    for index, row in enumerate(cells):
        lines = [wrap(face, cell, size, 0.0, width) if cell else () for cell, width in zip(row, widths, strict=True)]
        height = (max(map(len, lines)) * LINE_EM + 2 * CELL_PAD_Y_EM) * size
        for cell_lines, (left, right), anchor in zip(lines, edges, anchors, strict=True):
            x = left + pad / 2 if anchor == LEFT else right - pad / 2
            first = top + (height - (len(cell_lines) - 1) * LINE_EM * size) / 2
            rows += [Row(line, size, first + k * LINE_EM * size, x, anchor, index) for k, line in enumerate(cell_lines)]
        top += height
        bounds.append(top)
    return Rows(size, tuple(rows), sum(widths) + pad * len(columns), top, tuple(bounds))


def _is_numeric(column: Sequence[str]) -> bool:
    values = [cell for cell in column[1:] if cell]
    return bool(values) and all(NUMERIC.match(cell) for cell in values)


def _edges(widths: Sequence[float], mirrored: bool) -> list[tuple[float, float]]:
    """Return the left and right edge of each column; the first is at the right if ``mirrored``."""
    starts = [sum(widths[:index]) for index in range(len(widths))]
    total = sum(widths)
    edges = [(start, start + width) for start, width in zip(starts, widths, strict=True)]
    return [(total - right, total - left) for left, right in edges] if mirrored else edges


def _widths(columns: Sequence[Sequence[str]], face: Typeface, size: float, space: float) -> list[float]:
    """Return the inner width of each column: that of its cells, or less if they have to be wrapped."""
    natural = [max(face.width_em(cell) for cell in column) * size for column in columns]
    spare = MIN_WIDTH * space - sum(natural)
    if spare > 0:
        return [width + spare / len(natural) for width in natural]
    if sum(natural) <= space:
        return natural
    words = [max((face.width_em(word) for cell in column for word in cell.split()), default=0.0) for column in columns]
    least = [min(width, em * size) for width, em in zip(natural, words, strict=True)]
    flexible = sum(natural) - sum(least)
    share = max(0.0, (space - sum(least)) / flexible) if flexible else 0.0
    widths = [low + share * (high - low) for low, high in zip(least, natural, strict=True)]
    # Words that are wider than their columns together are split.
    return widths if sum(widths) <= space * 1.0001 else [width * space / sum(widths) for width in widths]
