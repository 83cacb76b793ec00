"""The lines of a text with the blocks in which they are, and those of them that speak about the script."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.planning.text.inline_text import unmarked
from app.planning.text.markup import Block, Line
from app.planning.text.script_form import is_answer, is_chatter
from app.planning.text.storyboard import is_storyboard, lines_of_storyboard

# How many lines at the beginning and the end may speak about the script.
CHATTER_LINES = 4


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a text, or a block without lines."""

    block: Block
    line: Line | None = None
    gap: int = 0


def rows_of(blocks: Iterable[Block]) -> Iterator[Row]:
    for block in blocks:
        if is_storyboard(block.cells):
            for texts in lines_of_storyboard(block.cells):
                yield from (Row(Block()), *(Row(Block(), Line(text, is_hard=True)) for text in texts))
        elif not block.lines:
            yield Row(block, None, block.gap)
        for index, line in enumerate(block.lines):
            yield Row(block, line, block.gap if index == 0 else 0)


def chatter_in(rows: Sequence[Row], *, is_script: bool) -> frozenset[int]:
    """Return the indices of the lines that speak about the script, before or after it."""
    texts = [(index, unmarked(row.line.text)) for index, row in enumerate(rows) if row.line and row.line.text]
    opening = [index for index, text in texts[:2] if is_chatter(text, opens=True)]
    if opening and all(is_answer(text) for index, text in texts if index in opening):
        # "Sure!" alone answers a request only before a script; "Ok." begins a dialogue too.
        opening = opening if is_script else []
    closing = [index for index, text in texts[-CHATTER_LINES:] if is_chatter(text, opens=False)]
    found = frozenset((*opening, *closing))
    return found if len(found) < len(texts) else frozenset()
