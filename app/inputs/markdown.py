"""Markdown: its spoken text, its title and its language.

The text is parsed as CommonMark with the tables and strikethrough of GitHub. Images, long code, comments, footnotes and
parts that are not about the subject (``app.planning.text.readme_parts``) are left out; a URL is reduced to its host;
tables and short code stay Markdown, because the planner shows them; items of lists keep their number or "- ".
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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
from app.planning.text.readme_parts import Block, is_readme, subject_of
from app.planning.text.tables import markdown_table
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
# A line that begins with a dash names the author of the quotation above it.
AUTHOR_BREAK = re.compile(r"\v(?=[—–―])")
INDENT = "  "


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
        every_block = [block for block in _blocks(_parser().parse(body)) if block.text]
        blocks, left_out = subject_of(every_block, is_readme=is_readme(file, body))
        title = _first_value(metadata, ("title",)) or _title(blocks)
        if len(blocks) > 1 and blocks[0].level and blocks[0].text == title:
            blocks = blocks[1:]
        text = "\n\n".join(block.text for block in blocks)
        return Script(text, title, _first_value(metadata, LANGUAGE_KEYS), left_out)


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
    lists = OpenLists()
    level = 0
    for token in remaining:
        lists.read(token)
        if token.type == "table_open":
            yield _table(list(takewhile(lambda inner: inner.type != "table_close", remaining)))
        elif token.type == "inline":
            yield Block(lists.with_mark(_inline_text(token.children or ())), level)
        elif token.type == "html_block":
            yield Block(text_of_html(token.content))
        elif token.type == "fence":
            language, *_ = [*token.info.split(), ""]
            yield Block(token.content.strip("\n"), is_code=True, language=language)
        level = int(token.tag[1:]) if token.type == "heading_open" else 0


@dataclass(slots=True)
class OpenLists:
    """The lists around the current block: for each the number of its next item, or ``None`` if it has bullets."""

    numbers: list[int | None] = field(default_factory=list)
    mark: str = ""

    def read(self, token: Token) -> None:
        if token.type == "bullet_list_open":
            self.numbers.append(None)
        elif token.type == "ordered_list_open":
            self.numbers.append(int(token.attrGet("start") or 1))
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            self.numbers.pop()
        elif token.type == "list_item_open":
            self._begin_item()

    def _begin_item(self) -> None:
        number = self.numbers[-1]
        self.mark = "- " if number is None else f"{number}. "
        if number is not None:
            self.numbers[-1] = number + 1

    def with_mark(self, text: str) -> str:
        """Return the text of a block: the first of an item has its mark, others and those of inner lists an indent."""
        if not self.numbers or not text:
            return text
        mark = self.mark if len(self.numbers) == 1 and self.mark else INDENT
        self.mark = ""
        return (mark + text).replace(HARD_BREAK, HARD_BREAK + INDENT)


def _table(tokens: Sequence[Token]) -> Block:
    """Return the block of a table, as the planner reads it."""
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(_inline_text(token.children or ()).replace(HARD_BREAK, " "))
    return Block(markdown_table(rows) if len(rows) > 1 else "")


def _inline_text(tokens: Iterable[Token]) -> str:
    """Return the spoken text of a paragraph or a heading; hard line breaks are kept."""
    parts: list[str] = []
    strikethrough_depth = 0
    for token in tokens:
        strikethrough_depth += token.nesting if token.tag == "s" else 0
        if not strikethrough_depth:
            parts.append(_token_text(token))
    hard_lines = AUTHOR_BREAK.sub(HARD_BREAK, "".join(parts)).split(HARD_BREAK)
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
