"""Tables and code that are shown: as large as can be read, with the words that are spoken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.planning.text.passages import passages
from app.planning.text.shown_blocks import CODE_COLUMNS, MAX_CODE_LINES, code_block
from app.planning.text.spoken_text import script_text, spoken_text
from app.planning.text.tables import MAX_COLUMNS, MAX_ROWS, markdown_table
from app.planning.timing.table_rows import letters, row_offsets, table_cells
from schemas.text_width import width

CELLS = st.text("abcdefg123", min_size=1, max_size=6)


def test_code_is_shown_without_its_common_indentation() -> None:
    block = code_block(["", "    def one():", "        return 1", ""], "python")
    assert block and block.text == "```python\ndef one():\n    return 1"


def test_long_lines_of_code_are_wrapped_at_spaces() -> None:
    block = code_block(["pip install pytoon-studio and run pytoon create --from notes.md"], "sh")
    assert block and block.text.splitlines()[1:] == [
        "pip install pytoon-studio and",
        "  run pytoon create --from",
        "  notes.md",
    ]
    assert code_block(["x" * 200], "") is None


@given(st.lists(st.text("ab (){}=", max_size=90), max_size=16), st.sampled_from(sorted(CODE_COLUMNS)))
def test_shown_code_can_be_read(lines: list[str], aspect: str) -> None:
    block = code_block(lines, "", aspect)
    if block:
        rows = block.text.splitlines()
        assert len(rows) <= MAX_CODE_LINES and all(width(row) <= CODE_COLUMNS[aspect] for row in rows)
        assert "".join(block.text.split()) == "".join("".join(lines).split())


@given(st.integers(2, 7), st.integers(1, 12), st.data())
def test_every_row_of_a_table_is_shown_and_spoken_in_parts(columns: int, rows: int, data: st.DataObject) -> None:
    cells = [[data.draw(CELLS) for _ in range(columns)] for _ in range(rows + 1)]
    lines = script_text(markdown_table(cells), "16:9").lines
    parts = passages(lines, "en")
    shown = [table_cells(part.shown.text) for part in parts if part.shown]
    for part, table in zip(parts, shown, strict=True):
        assert len(table) <= MAX_ROWS + 1 and len(table[0]) <= MAX_COLUMNS
        assert part.shown and row_offsets(part.shown.text, letters(" ".join(part.sentences))) is not None
    assert {(row[0], cell) for row in cells[1:] for cell in row[1:]} == {
        (row[0], cell) for table in shown for row in table[1:] for cell in row[1:]
    }


def test_table_with_long_cells_is_spoken_row_by_row_and_not_shown() -> None:
    table = markdown_table([["Step", "What to do"], ["One", "Mix the flour with the water, then wait for an hour"]])
    (line,) = script_text(table).lines
    assert line.shown is None and line.words.startswith("One: Mix")


def test_cells_of_a_shown_table_have_no_markup() -> None:
    (line,) = script_text("| A | B |\n|--|--|\n| **Flour** | [500 g](http://a.b) |").lines
    assert line.shown and line.shown.text == "A | B\nFlour | 500 g"


@pytest.mark.parametrize("text", ["\x00", "\x005", "\x00x\nOne.", "One.\n```\n```\n\x000"])
def test_control_characters_are_no_code(text: str) -> None:
    assert "\x00" not in spoken_text(text)
