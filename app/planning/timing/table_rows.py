"""The rows of a table that a scene shows, and whether and when they are spoken."""

from __future__ import annotations

from collections.abc import Sequence

from app.planning.text.shown_blocks import CELL_MARK
from app.planning.text.title_choice import letters


def table_cells(text: str) -> tuple[tuple[str, ...], ...]:
    """Return the cells of each row of a table, the header first; every row has as many as the header."""
    rows = [tuple(cell.strip() for cell in line.split(CELL_MARK)) for line in text.splitlines() if line.strip()]
    count = len(rows[0]) if rows else 0
    return tuple((*row, *("",) * count)[:count] for row in rows)


def row_offsets(text: str, spoken: str) -> tuple[int, ...] | None:
    """Return where in the letters of ``spoken`` each row below the header begins; ``None`` if one is not spoken."""
    offsets: list[int] = []
    position = 0
    for name, *_ in table_cells(text)[1:]:
        position = spoken.find(letters(name), position)
        if position < 0:
            return None
        offsets.append(position)
        position += len(letters(name))
    return tuple(offsets)


def offsets_of_words(texts: Sequence[str]) -> list[int]:
    """Return where the letters of each text end in those of all."""
    ends: list[int] = []
    for text in texts:
        ends.append((ends[-1] if ends else 0) + len(letters(text)))
    return ends
