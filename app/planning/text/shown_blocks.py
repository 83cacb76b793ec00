"""Parts of a text that are shown as they are written, tables and code, and whether they can be read on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.frame import DEFAULT_ASPECT
from schemas.text_width import width

# By aspect: the columns of code, and those of a table's cells, whose letters are 2.2 % of the frame's height.
CODE_COLUMNS = {"9:16": 30, "4:5": 52, "1:1": 64, "16:9": 70}
TABLE_COLUMNS = {"9:16": 24, "4:5": 40, "1:1": 50, "16:9": 76}
MAX_CODE_LINES = 12
# Lines of code that continue the line above begin with this.
CONTINUATION = "  "
MAX_CELL_LINES = 2
CELL_MARK = "|"
# The text of code may begin with a line of this mark and its language.
FENCE_MARK = "```"


@dataclass(frozen=True, slots=True)
class ShownBlock:
    """A table or code; ``style`` is that of its overlay (``schemas.scene_graph.OVERLAY_STYLES``), ``text`` its text."""

    style: str
    text: str


def code_block(lines: Sequence[str], language: str, aspect: str = DEFAULT_ASPECT) -> ShownBlock | None:
    """Return the block that shows ``lines`` of code, the long ones wrapped; ``None`` if there are too many."""
    columns = CODE_COLUMNS[aspect]
    rows = [row for line in _trimmed(lines) for row in _wrapped(line.expandtabs(4).rstrip(), columns)]
    if not rows or len(rows) > MAX_CODE_LINES or any(width(row) > columns for row in rows):
        return None
    fence = [f"{FENCE_MARK}{language}"] if language else []
    return ShownBlock("code", "\n".join((*fence, *rows)))


def _trimmed(lines: Sequence[str]) -> list[str]:
    """Return ``lines`` without empty ones around them and without the indentation that all of them have."""
    filled = [index for index, line in enumerate(lines) if line.strip()]
    kept = list(lines[filled[0] : filled[-1] + 1]) if filled else []
    indent = min((len(line) - len(line.lstrip()) for line in kept if line.strip()), default=0)
    return [line[indent:] for line in kept]


def _wrapped(line: str, columns: int) -> list[str]:
    """Return ``line`` in rows of at most ``columns``, parted at spaces; a word that is too wide stays whole."""
    indent = line[: len(line) - len(line.lstrip())]
    rows = [indent]
    for word in line.split():
        start = rows[-1].strip() == ""
        longer = rows[-1] + word if start else f"{rows[-1]} {word}"
        if start or width(longer) <= columns:
            rows[-1] = longer
        else:
            rows.append(f"{indent}{CONTINUATION}{word}")
    # Spaces inside a line that fits are kept.
    return rows if len(rows) > 1 else [line]


def table_block(rows: Sequence[Sequence[str]], aspect: str = DEFAULT_ASPECT) -> ShownBlock | None:
    """Return the block that shows ``rows`` of cells, the header first; ``None`` if their words are too wide."""
    columns = list(zip(*rows, strict=True))
    needed = sum(max(map(_cell_columns, cells)) for cells in columns)
    if needed > TABLE_COLUMNS[aspect] or len(columns) < 2:
        return None
    return ShownBlock("table", "\n".join(f" {CELL_MARK} ".join(row) for row in rows))


def _cell_columns(cell: str) -> int:
    """Return the columns of a cell that may have two lines."""
    words = max((width(word) for word in cell.split()), default=0)
    total = width(cell)
    return max(words, total if total <= 8 else -(-total // MAX_CELL_LINES) + 2)
