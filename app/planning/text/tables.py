"""Tables of a written text: row by row as readable text, each row with the table in which it is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.planning.text.shown_blocks import CELL_MARK, ShownBlock, table_block
from schemas.frame import DEFAULT_ASPECT

# A table that is shown has at most so many rows below its header and columns; a larger one is shown in parts.
MAX_ROWS, MAX_COLUMNS = 5, 3

TextRow = tuple[str, ShownBlock | None]


def rows_of_table(header: Sequence[str], rows: Sequence[Sequence[str]], aspect: str = DEFAULT_ASPECT) -> list[TextRow]:
    """Return the rows of a table as text, without its heading.

    A row has the block that shows it, with up to four others. A table of more columns is spoken and shown in parts,
    each with the first column. Rows that would be too small to be read have no block.
    """
    result: list[TextRow] = []
    for names, part in _parts(header, rows):
        padded = [[*cells, *[""] * len(names)][: len(names)] for cells in part]
        block = table_block([names, *padded], aspect) if part else None
        result += [(row_text(names, cells, with_headings=len(header) > 2), block) for cells in part]
    return [(text, block) for text, block in result if text]


def _parts(
    header: Sequence[str], rows: Sequence[Sequence[str]]
) -> Iterator[tuple[Sequence[str], Sequence[Sequence[str]]]]:
    """Yield the parts of a table that are shown at once, of equal size as far as possible."""
    others = max(1, len(header) - 1)
    count = -(-others // (MAX_COLUMNS - 1))
    pages = -(-len(rows) // MAX_ROWS)
    for columns in _shares(others, count):
        for page in _shares(len(rows), pages):
            chosen = [0, *(1 + column for column in columns)]
            yield _chosen(header, chosen), [_chosen(rows[row], chosen) for row in page]


def _shares(count: int, parts: int) -> list[range]:
    return [range(k * count // parts, (k + 1) * count // parts) for k in range(parts)]


def _chosen(cells: Sequence[str], columns: Sequence[int]) -> list[str]:
    return [cells[column] for column in columns if column < len(cells)]


def row_text(header: Sequence[str], cells: Sequence[str], *, with_headings: bool | None = None) -> str:
    """Return "Flour: 500 g" for a table of two columns, "Flour: Amount 500 g, Price 2 €" for one of more.

    A row may have fewer cells than the heading, or more, which are left out.
    """
    name, *values = cells
    with_headings = len(header) > 2 if with_headings is None else with_headings
    pairs = zip(header[1:], values, strict=False)
    texts = [f"{heading} {value}".strip() if with_headings else value for heading, value in pairs if value]
    return ": ".join(part for part in (name, ", ".join(texts)) if part)


def markdown_table(rows: Sequence[Sequence[str]]) -> str:
    """Return ``rows`` of cells, the header first, as a table in Markdown."""
    lines = [f"| {' | '.join(cell.replace(CELL_MARK, '/') for cell in row)} |" for row in rows]
    return "\n".join((lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]))
