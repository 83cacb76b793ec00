"""Markdown: what of it can be spoken, and the title it gives itself.

Parsed by the rules of CommonMark and GitHub. What is only looked at, pictures, code blocks, comments and footnotes, is
left out; of an address its host is said; a row of a table is a line, its first cell before a colon.
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
LANGUAGES = ("lang", "language", "locale")
FOOTNOTE = re.compile(r"\[\^[^\]\s]+\]:")
INDENT = 4
# Marks that CommonMark does not know, each with what is said of it.
BEYOND = (
    (re.compile(r"!\[\[[^\[\]]*\]\]"), ""),  # Obsidian: a file shown here
    (re.compile(r"\[\[(?:[^\[\]|]*\|)?([^\[\]|]+)\]\]"), r"\1"),  # a link to another note
    (re.compile(r"\[\^[^\[\]\s]+\]|\^\[[^\[\]]*\]"), ""),  # a footnote's sign, a footnote in the line
    (re.compile(r"\b(?:https?|ftp)://(?:www\.)?([^\s/?#:<>]+)(?:[^\s<>]*[^\s<>.,;:!?)\]\"'”’»])?"), r"\1"),
)
# A box to tick, or the kind of a GitHub alert.
BOX = re.compile(r"\[(?:[ xX]|!\w+)\]\s+")
BREAK = re.compile(r"<br\b", re.IGNORECASE)
SOFT, HARD = "\v", "\n"


def build(_settings: Settings) -> Markdown:
    return Markdown()


@dataclass(frozen=True, slots=True)
class Markdown:
    name: str = "markdown"
    suffixes: tuple[str, ...] = (".md", ".markdown", ".mdown", ".mkd")

    def read(self, data: bytes, file: str) -> Script:
        """The title is that of the front matter, else the heading at the beginning, else the first of level one.

        A heading at the beginning that is the title is not spoken. Raises ``BadRequest`` when ``data`` is no text or
        its front matter cannot be read.
        """
        facts, body = front_matter(decode_text(data, file), file)
        found = [block for block in _blocks(_parser().parse(body)) if block.text]
        title = _fact(facts, ("title",)) or _title(found)
        if len(found) > 1 and found[0].level and found[0].text == title:
            found = found[1:]
        return Script("\n\n".join(block.text for block in found), title, _fact(facts, LANGUAGES))


@dataclass(frozen=True, slots=True)
class Block:
    """What stands alone; ``level`` is that of a heading, 0 for all else."""

    text: str
    level: int = 0


def front_matter(text: str, file: str) -> tuple[Mapping[str, Any], str]:
    """The facts in YAML or TOML at the beginning of ``text``, and the rest. Raises ``BadRequest``."""
    found = next((match for pattern in FRONT_MATTER if (match := pattern.match(text, 0, MAX_FRONT_MATTER))), None)
    if found is None:
        return {}, text
    kind, source = next(iter(found.groupdict(default="").items()))
    try:
        # In the base loader every value is a text: Norwegian is "no", and a year is a title.
        facts = yaml.load(source, yaml.BaseLoader) if kind == "yaml" else tomllib.loads(source)  # noqa: S506
    except (yaml.YAMLError, tomllib.TOMLDecodeError, RecursionError) as error:
        why = " ".join(str(error).split())
        raise BadRequest("from", f"the front matter of {file} is no {kind.upper()}: {why}") from error
    return (facts if isinstance(facts, dict) else {}), text[found.end() :]


def _fact(facts: Mapping[str, Any], names: Sequence[str]) -> str | None:
    values = (facts.get(name) for name in names)
    return next((str(value) for value in values if isinstance(value, str | int | float) and str(value).strip()), None)


def _title(blocks: Sequence[Block]) -> str | None:
    headings = [block for place, block in enumerate(blocks) if block.level == 1 or (block.level and place == 0)]
    return headings[0].text if headings else None


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": 100}).enable(["table", "strikethrough"])
    # Story-tellers indent their paragraphs; as code these would be gone without a word.
    parser.disable("code")
    parser.block.ruler.before("reference", "footnote", _footnote, {"alt": ["paragraph", "reference"]})
    return parser


def _footnote(state: StateBlock, first: int, end: int, silent: bool) -> bool:
    """A rule of the parser: a footnote's text takes up its lines and makes no token."""
    if not FOOTNOTE.match(state.src, state.bMarks[first] + state.tShift[first], state.eMarks[first]):
        return False
    if silent:
        return True
    following = first + 1
    while following < end and _goes_on(state, following, end):
        following += 1
    state.line = following
    return True


def _goes_on(state: StateBlock, line: int, end: int) -> bool:
    """Whether ``line`` still belongs to a footnote: indented, or what would also go on a paragraph."""
    if state.isEmpty(line):
        return line + 1 < end and not state.isEmpty(line + 1) and state.sCount[line + 1] - state.blkIndent >= INDENT
    if state.sCount[line] - state.blkIndent >= INDENT:
        return True
    if state.isEmpty(line - 1) or state.sCount[line] < state.blkIndent:
        return False
    return not any(rule(state, line, end, True) for rule in state.md.block.ruler.getRules("paragraph"))


def _blocks(tokens: Iterable[Token]) -> Iterator[Block]:
    rest = iter(tokens)
    level = 0
    for token in rest:
        if token.type == "table_open":
            yield from _rows(list(takewhile(lambda each: each.type != "table_close", rest)))
        elif token.type == "inline":
            yield Block(_said(token.children or ()), level)
        elif token.type == "html_block":
            yield Block(text_of_html(token.content))
        level = int(token.tag[1:]) if token.type == "heading_open" else 0


def _rows(tokens: Sequence[Token]) -> Iterator[Block]:
    """A line for each row below the head."""
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(_said(token.children or ()).replace(HARD, " "))
    yield from (Block(_row(rows[0], row)) for row in rows[1:])


def _row(heads: Sequence[str], cells: Sequence[str]) -> str:
    """ "Flour: 500 g" of two columns, "Flour: Amount 500 g, Price 2 €" of more."""
    many = len(heads) > 2
    first, *rest = cells
    told = [f"{head} {cell}".strip() if many else cell for head, cell in zip(heads[1:], rest, strict=True) if cell]
    return ": ".join(part for part in (first, ", ".join(told)) if part)


def _said(tokens: Iterable[Token]) -> str:
    """The words of a paragraph; lines that the writer ended stay lines."""
    parts: list[str] = []
    struck = 0
    for token in tokens:
        struck += token.nesting if token.tag == "s" else 0
        if not struck:
            parts.append(_part(token))
    lines = (one_line("\n".join(map(_plain, line.split(SOFT)))) for line in "".join(parts).split(HARD))
    return BOX.sub("", "\n".join(line for line in lines if line), count=1)


def _part(token: Token) -> str:
    if token.type in ("text", "code_inline"):
        return token.content
    if token.type == "softbreak":
        return SOFT
    return HARD if token.type == "hardbreak" or BREAK.match(token.content) else ""


def _plain(line: str) -> str:
    for pattern, said in BEYOND:
        line = pattern.sub(said, line)
    return " ".join(line.split())
