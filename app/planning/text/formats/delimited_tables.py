"""Storyboards as spreadsheets export them: CSV with commas or semicolons, and columns between tabs."""

from __future__ import annotations

import csv
from collections.abc import Sequence

from app.planning.text.storyboard import is_storyboard
from app.planning.text.tables import markdown_table
from schemas.text_width import one_line

DELIMITERS = ",;\t"
MAX_COLUMNS = 40


def storyboard_of(text: str) -> str | None:
    """Return a storyboard as a table in Markdown; ``None`` if the first line of ``text`` is not the header of one."""
    lines = text.strip().split("\n")
    for delimiter in DELIMITERS if len(lines) > 1 else "":
        if not 0 < lines[0].count(delimiter) < MAX_COLUMNS:
            continue
        if is_storyboard(_rows(lines[:1], delimiter)) and (rows := _rows(lines, delimiter)):
            return markdown_table(rows)
    return None


def _rows(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    """Return the rows of cells, all as long as the first; [] if one is longer."""
    try:
        rows = [[one_line(cell) for cell in row] for row in csv.reader(lines, delimiter=delimiter) if any(row)]
    except csv.Error:
        return []
    columns = len(rows[0]) if rows else 0
    is_table = all(len(row) <= columns for row in rows)
    return [[*row, *[""] * (columns - len(row))] for row in rows] if is_table else []
