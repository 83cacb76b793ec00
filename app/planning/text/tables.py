"""Tables in a written text, row by row as readable text."""

from __future__ import annotations

import re
from collections.abc import Sequence

ROW = re.compile(r"^\s*\|.*\|\s*$")
DELIMITER = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$")


def text_of_tables(lines: Sequence[str]) -> list[str]:
    """Return ``lines`` with each row of a Markdown table as text; its heading and its rule are left out."""
    result: list[str] = []
    header: list[str] | None = None
    for index, line in enumerate(lines):
        next_line = lines[index + 1] if index + 1 < len(lines) else ""
        if not ROW.match(line):
            header = None
            result.append(line)
        elif header is None and DELIMITER.match(next_line):
            header = _cells(line)
        elif header is None:
            result.append(line)
        elif not DELIMITER.match(line):
            result += ["", row_text(header, _cells(line))]
    return result


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def row_text(header: Sequence[str], cells: Sequence[str]) -> str:
    """Return "Flour: 500 g" for a table of two columns, "Flour: Amount 500 g, Price 2 €" for one of more.

    A row may have fewer cells than the heading, or more, which are left out.
    """
    name, *values = cells
    with_headings = len(header) > 2
    pairs = zip(header[1:], values, strict=False)
    texts = [f"{heading} {value}".strip() if with_headings else value for heading, value in pairs if value]
    return ": ".join(part for part in (name, ", ".join(texts)) if part)
