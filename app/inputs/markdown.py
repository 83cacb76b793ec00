"""Markdown: its spoken text, its title and its language.

The text is parsed as CommonMark with the tables and strikethrough of GitHub. Images, code blocks, comments and
footnotes are left out; a URL is reduced to its host; each row of a table becomes a line, its first cell before a colon.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

from app.core.config import Settings
from app.core.errors import BadRequest
from app.media.html_text import text_of_html
from app.media.text_decoding import decode_text
from schemas.script import Script
from schemas.text_width import one_line

MAX_FRONT_MATTER = 10_000
FRONT_MATTER = (
    re.compile(r"---[ \t]*\n(?P<yaml>(?:#[^\n]*\n)*[\w.\"'-]+[ \t]*:.*?\n)(?:---|\.\.\.)[ \t]*(?:\n|$)", re.DOTALL),
    re.compile(r"\+\+\+[ \t]*\n(?P<toml>.*?\n)??\+\+\+[ \t]*(?:\n|$)", re.DOTALL),
)
LANGUAGE_KEYS = ("lang", "language", "locale")
FOOTNOTE = re.compile(r"\[\^[^\]\s]+\]:")
FOOTNOTE_INDENT = 4
# Syntax outside CommonMark, each with its replacement in the spoken text.
EXTENSIONS = (
    (re.compile(r"!\[\[[^\[\]]*\]\]"), ""),  # Obsidian: an embedded file
    (re.compile(r"\[\[(?:[^\[\]|]*\|)?([^\[\]|]+)\]\]"), r"\1"),  # Obsidian: a link to another note
    (re.compile(r"\[\^[^\[\]\s]+\]|\^\[[^\[\]]*\]"), ""),  # a footnote reference, an inline footnote
    (re.compile(r"\b(?:https?|ftp)://(?:www\.)?([^\s/?#:<>]+)(?:[^\s<>]*[^\s<>.,;:!?)\]\"'”’»])?"), r"\1"),
)
# The checkbox of a task list, or the type of a GitHub alert.
CHECKBOX = re.compile(r"\[(?:[ xX]|!\w+)\]\s+")
BR_TAG = re.compile(r"<br\b", re.IGNORECASE)
SOFT_BREAK, HARD_BREAK = "\v", "\n"


def build(_settings: Settings) -> Markdown:
    return Markdown()


@dataclass(frozen=True, slots=True)
class Markdown:
    name: str = "markdown"
    suffixes: tuple[str, ...] = (".md", ".markdown", ".mdown", ".mkd")

    def read(self, data: bytes, file: str) -> Script:
        """Return the spoken text, the title and the language of a Markdown file.

        The title is that of the front matter, or else the heading at the beginning, or else the first heading of level
        one. A heading at the beginning that equals the title is not spoken. Raises ``BadRequest`` when ``data`` is not
        text or its front matter is invalid.
        """
        metadata, body = front_matter(decode_text(data, file), file)
        blocks = [block for block in _blocks(_parser().parse(body)) if block.text]
        title = _first_value(metadata, ("title",)) or _title(blocks)
        if len(blocks) > 1 and blocks[0].level and blocks[0].text == title:
            blocks = blocks[1:]
        return Script("\n\n".join(block.text for block in blocks), title, _first_value(metadata, LANGUAGE_KEYS))


@dataclass(frozen=True, slots=True)
class Block:
    """A block of spoken text; ``level`` is the level of a heading, 0 for any other block."""

    text: str
    level: int = 0


def front_matter(text: str, file: str) -> tuple[Mapping[str, Any], str]:
    """Return the YAML or TOML metadata at the beginning of ``text``, and the text after it. Raises ``BadRequest``."""
    front = next((match for pattern in FRONT_MATTER if (match := pattern.match(text, 0, MAX_FRONT_MATTER))), None)
    if front is None:
        return {}, text
    syntax, source = next(iter(front.groupdict(default="").items()))
    try:
        # The base loader reads every value as a string: the language "no" is not false, and a title may be a year.
        metadata = yaml.load(source, yaml.BaseLoader) if syntax == "yaml" else tomllib.loads(source)  # noqa: S506
    except (yaml.YAMLError, tomllib.TOMLDecodeError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise BadRequest("from", f"the front matter of {file} is not valid {syntax.upper()}: {reason}") from error
    return (metadata if isinstance(metadata, dict) else {}), text[front.end() :]


def _first_value(metadata: Mapping[str, Any], keys: Sequence[str]) -> str | None:
    """Return the first non-blank string or number under ``keys`` as a string."""
    values = (metadata.get(key) for key in keys)
    return next((str(value) for value in values if isinstance(value, str | int | float) and str(value).strip()), None)


def _title(blocks: Sequence[Block]) -> str | None:
    headings = [block for index, block in enumerate(blocks) if block.level == 1 or (block.level and index == 0)]
    return headings[0].text if headings else None


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": 100}).enable(["table", "strikethrough"])
    # Stories may have indented paragraphs, which would be dropped as code.
    parser.disable("code")
    parser.block.ruler.before("reference", "footnote", _footnote, {"alt": ["paragraph", "reference"]})
    return parser


def _footnote(state: StateBlock, first: int, end: int, silent: bool) -> bool:
    """Parser rule for the text of a footnote: skips its lines and creates no token."""
    if not FOOTNOTE.match(state.src, state.bMarks[first] + state.tShift[first], state.eMarks[first]):
        return False
    if silent:
        return True
    next_line = first + 1
    while next_line < end and _continues_footnote(state, next_line, end):
        next_line += 1
    state.line = next_line
    return True


def _continues_footnote(state: StateBlock, line: int, end: int) -> bool:
    """Return whether ``line`` belongs to the footnote above: it is indented, or it would continue a paragraph."""
    if state.isEmpty(line):
        return line + 1 < end and not state.isEmpty(line + 1) and _is_indented(state, line + 1)
    if _is_indented(state, line):
        return True
    if state.isEmpty(line - 1) or state.sCount[line] < state.blkIndent:
        return False
    return not any(rule(state, line, end, True) for rule in state.md.block.ruler.getRules("paragraph"))


def _is_indented(state: StateBlock, line: int) -> bool:
    return state.sCount[line] - state.blkIndent >= FOOTNOTE_INDENT


def _blocks(tokens: Iterable[Token]) -> Iterator[Block]:
    remaining = iter(tokens)
    level = 0
    for token in remaining:
        if token.type == "table_open":
            yield from _table_rows(list(takewhile(lambda inner: inner.type != "table_close", remaining)))
        elif token.type == "inline":
            yield Block(_inline_text(token.children or ()), level)
        elif token.type == "html_block":
            yield Block(text_of_html(token.content))
        level = int(token.tag[1:]) if token.type == "heading_open" else 0


def _table_rows(tokens: Sequence[Token]) -> Iterator[Block]:
    """Return a block for each row of a table below its header."""
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(_inline_text(token.children or ()).replace(HARD_BREAK, " "))
    yield from (Block(_row_text(rows[0], cells)) for cells in rows[1:])


def _row_text(header: Sequence[str], cells: Sequence[str]) -> str:
    """Return "Flour: 500 g" for a table of two columns, "Flour: Amount 500 g, Price 2 €" for one of more."""
    name, *values = cells
    with_headings = len(header) > 2
    pairs = zip(header[1:], values, strict=True)
    texts = [f"{heading} {value}".strip() if with_headings else value for heading, value in pairs if value]
    return ": ".join(part for part in (name, ", ".join(texts)) if part)


def _inline_text(tokens: Iterable[Token]) -> str:
    """Return the spoken text of a paragraph or a heading; hard line breaks are kept."""
    parts: list[str] = []
    strikethrough_depth = 0
    for token in tokens:
        strikethrough_depth += token.nesting if token.tag == "s" else 0
        if not strikethrough_depth:
            parts.append(_token_text(token))
    hard_lines = "".join(parts).split(HARD_BREAK)
    lines = (one_line("\n".join(map(_without_extensions, line.split(SOFT_BREAK)))) for line in hard_lines)
    return CHECKBOX.sub("", "\n".join(line for line in lines if line), count=1)


def _token_text(token: Token) -> str:
    if token.type in ("text", "code_inline"):
        return token.content
    if token.type == "softbreak":
        return SOFT_BREAK
    return HARD_BREAK if token.type == "hardbreak" or BR_TAG.match(token.content) else ""


def _without_extensions(line: str) -> str:
    for pattern, replacement in EXTENSIONS:
        line = pattern.sub(replacement, line)
    return " ".join(line.split())
