"""The blocks of a text in Markdown or without any markup: paragraphs in lines, headings, lists, tables and code.

The text is parsed as CommonMark with the tables and strikethrough of GitHub, footnotes and the links of Obsidian. What
is markup in a document only is not: indented code, definitions of links without an address, underlined paragraphs of
several lines. Tags of HTML and SSML are replaced before (``app.media.html_text``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Any

from markdown_it.token import Token

from app.media.html_text import without_tags
from app.planning.text.inline_text import InlineLine, inline_lines, unmarked
from app.planning.text.left_out import LeftOut
from app.planning.text.literal_signs import with_literal_signs
from app.planning.text.markdown_parser import markdown_parser
from app.planning.text.script_lines import PARAGRAPH, SECTION
from app.planning.text.source_text import source_text
from schemas.alias import Alias

QUOTE_MARKS = re.compile(r"^(?:\s{0,3}> ?)+")
INDENT = re.compile(r"^(?: {2,}|\t)")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a block.

    ``text`` has the marks of ``app.planning.text.inline_text``. ``mark`` is that of the item that it begins, with the
    space after it ("2. ", "- "). ``depth`` is the number of lists around it, and ``is_indented`` says that it belongs
    to an item before it. ``pauses`` says that there is a pause before it. ``is_hard`` says that its author ended the
    line before it on purpose.
    """

    text: str
    mark: str = ""
    depth: int = 0
    is_indented: bool = False
    pauses: bool = False
    is_hard: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a text: ``lines``, or ``code`` in ``language``, or the ``cells`` of a table, or a rule.

    ``level`` is the level of a heading, 0 for any other block. ``gap`` is that before the block, as in ``ScriptLine``.
    """

    lines: tuple[Line, ...] = ()
    level: int = 0
    code: str | None = None
    language: str = ""
    cells: tuple[tuple[str, ...], ...] = ()
    gap: int = 0
    is_rule: bool = False

    @property
    def is_filled(self) -> bool:
        return bool(self.lines or self.cells or self.code is not None or self.is_rule)

    @property
    def text(self) -> str:
        """The words of the block without marks."""
        if self.code is not None:
            return self.code
        rows = (" ".join(row) for row in self.cells)
        return unmarked("\n".join((*(line.mark + line.text for line in self.lines), *rows)))


@dataclass(frozen=True, slots=True)
class Blocks:
    """The blocks of a text, what of it is in none of them, and its words that are spoken otherwise."""

    blocks: tuple[Block, ...]
    left_out: tuple[LeftOut, ...] = ()
    aliases: tuple[Alias, ...] = ()


def blocks_of(text: str) -> Blocks:
    """Return the blocks of ``text``."""
    untagged = without_tags(source_text(text))
    source = with_literal_signs(untagged.text)
    env: dict[str, Any] = {"footnotes": []}
    tokens = markdown_parser().parse(source, env)
    reader = _Reader(source.split("\n"), env)
    blocks = reader.blocks(tokens)
    return Blocks(
        tuple(_filled(blocks)),
        (
            *(LeftOut(kind, words) for kind, words in untagged.left_out),
            *reader.left_out,
            *(LeftOut("footnote", note) for note in env["footnotes"]),
        ),
        untagged.aliases,
    )


def _filled(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yield the blocks without those that are empty, such as images; the gap before them stays."""
    gap = 0
    for block in blocks:
        gap = max(gap, block.gap)
        if block.is_filled:
            yield replace(block, gap=gap)
            gap = 0


# -- tokens as blocks ------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _OpenLists:
    """The lists around the current block: for each the number of its first item and the count of its items."""

    numbers: list[tuple[int | None, int]] = field(default_factory=list)
    mark: str = ""

    def read(self, token: Token) -> None:
        if token.type in ("bullet_list_open", "ordered_list_open"):
            self.numbers.append((None, 0))
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            self.numbers.pop()
        elif token.type == "list_item_open":
            self._begin_item(token)

    def _begin_item(self, item: Token) -> None:
        """Read the mark of an item; items that all have the number 1 are counted, as in Markdown."""
        first, count = self.numbers[-1]
        written = int(item.info) if item.info else None
        first = written if count == 0 else first
        number = written if written != 1 or first != 1 else 1 + count
        self.numbers[-1] = (first, count + 1)
        # The number of an item that begins with another list stands before that of the inner item.
        outer = self.mark if self.mark[:1].isdigit() else ""
        self.mark = outer + (f"{item.markup} " if number is None else f"{number}{item.markup} ")

    def mark_of_line(self) -> str:
        """Return the mark of the item that the line begins, once."""
        mark, self.mark = self.mark, ""
        return mark


@dataclass(slots=True)
class _Reader:
    """Reads the tokens of a text as blocks; ``source`` are its lines."""

    source: Sequence[str]
    env: dict[str, Any]
    left_out: list[LeftOut] = field(default_factory=list)
    lists: _OpenLists = field(default_factory=_OpenLists)
    end: int = 0

    def blocks(self, tokens: Iterable[Token]) -> Iterator[Block]:
        remaining = iter(tokens)
        level = 0
        for token in remaining:
            self.lists.read(token)
            if token.type == "list_item_close" and (mark := self.lists.mark_of_line())[:1].isdigit():
                # An item that is a number only, such as a year at the end of a line.
                yield Block((Line(mark.strip(), is_hard=True),))
            if token.type == "table_open":
                rows = list(takewhile(lambda inner: inner.type != "table_close", remaining))
                yield from self._table(token, rows)
            elif token.type == "inline":
                yield Block(self._lines(token), level, gap=SECTION if level else self._gap(token))
            elif token.type == "fence":
                language, *_ = [*token.info.split(), ""]
                yield Block(code=token.content.strip("\n"), language=language.lower(), gap=self._gap(token))
            elif token.type == "hr":
                yield Block(is_rule=True, gap=SECTION)
            level = int(token.tag[1:]) if token.type == "heading_open" else 0

    def _gap(self, token: Token) -> int:
        """Return the gap between a token and the one before it, which a blank line makes."""
        first, end = token.map or [self.end, self.end]
        gap = PARAGRAPH if any(not QUOTE_MARKS.sub("", line).strip() for line in self.source[self.end : first]) else 0
        self.end = end
        return gap

    def _inline(self, content: str) -> list[InlineLine]:
        return inline_lines(markdown_parser(), content, self.env, self.left_out)

    def _lines(self, token: Token) -> tuple[Line, ...]:
        first, depth = (token.map or [0, 0])[0], len(self.lists.numbers)
        lines: list[Line] = []
        for line in self._inline(token.content):
            mark = self.lists.mark_of_line()
            source = QUOTE_MARKS.sub("", self.source[first + line.offset])
            is_inner = depth > 1 or (not mark and INDENT.match(source) is not None)
            text = mark + line.text if depth > 1 and mark[:1].isdigit() else line.text
            lines.append(Line(text, "" if depth > 1 else mark, depth, is_inner, line.pauses, line.is_hard))
        return tuple(lines)

    def _table(self, token: Token, inner: Sequence[Token]) -> Iterator[Block]:
        """Yield a table, and the lines below it that are no rows, although they follow it directly."""
        gap = self._gap(token)
        rows: list[list[str]] = []
        below: list[Line] = []
        for part in inner:
            if part.type == "tr_open":
                first = (part.map or [0])[0]
                is_row = "|" in self.source[first] and not below
                rows += [[]] if is_row else []
                below += [] if is_row else [Line(line.text, is_hard=True) for line in self._inline(self.source[first])]
            elif part.type == "inline" and not below:
                rows[-1].append(" ".join(line.text for line in self._inline(part.content)))
        if len(rows) > 1:
            yield Block(cells=tuple(map(tuple, rows)), gap=gap)
        else:
            # A header without rows is a line above a divider.
            yield Block(tuple(Line(cell, is_hard=True) for row in rows for cell in row if cell), gap=gap)
        if below:
            yield Block(tuple(below))
