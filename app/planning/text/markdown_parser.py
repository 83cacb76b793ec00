"""The parser of Markdown, with rules for what is markup in a document only, or in other programs.

It reads CommonMark with the tables and strikethrough of GitHub, and footnotes; indented code and HTML are text.
"""

from __future__ import annotations

import re
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, fence, reference

from app.planning.text.marks import CLOSING_MARKS, END_MARKS

FOOTNOTE = re.compile(r"\[\^[^\]\s]+\]:")
FOOTNOTE_INDENT = 4
# A definition of a link has an address; "[Narrator]: Hello." is a label with words.
DEFINITION = re.compile(r"\s*\[(?!\^)[^\]\n]{1,200}\]:\s*<?(?:[\w.+-]+:)?(?:[/#.]|\S+[/#.]\S)\S*>?\s*(?:[\"'(].*)?$")
UNDERLINE = re.compile(r"\s{0,3}(?:(?P<one>=+)|-+)\s*$")
DECORATED = re.compile(r"\s{0,3}(?P<sign>={2,6}|-{3,6}|\*{3} |~{3,6}) ?(?P<title>[^\s=*~-][^\n]{0,80}?) ?(?P=sign)\s*$")
# A divider, or the beginning or end of code.
WAVES = re.compile(r"~{3,}\s*$")
# The language of code may be followed by attributes, and not by other words.
FENCE = re.compile(r"(?:`{3,}|~{3,})\s*[^\s`]*\s*(?:[{\w-]+[=:{}].*)?$")


@lru_cache(maxsize=1)
def markdown_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": 100}).enable(["table", "strikethrough"])
    # Stories may have indented paragraphs, which would be dropped as code.
    parser.disable(["code", "html_block", "html_inline", "lheading", "inline", "text_join"])
    parser.block.ruler.at("fence", _fence, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    parser.block.ruler.before("fence", "wave", _wave, {"alt": ["paragraph", "blockquote", "list"]})
    parser.block.ruler.before("reference", "footnote", _footnote, {"alt": ["paragraph", "reference"]})
    parser.block.ruler.at("reference", _definition)
    parser.block.ruler.before("paragraph", "underlined", _underlined)
    parser.block.ruler.before("hr", "decorated", _decorated, {"alt": ["paragraph"]})
    return parser


# -- rules of the parser ---------------------------------------------------------------------------------------------


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def _definition(state: StateBlock, first: int, end: int, silent: bool) -> bool:
    return DEFINITION.match(_line(state, first)) is not None and reference(state, first, end, silent)


def _underlined(state: StateBlock, first: int, end: int, silent: bool) -> bool:
    """Parser rule for a line that is a heading by the rule below it; not for a sentence above a divider."""
    title = _line(state, first).strip()
    if first + 1 >= end or state.sCount[first + 1] < state.blkIndent or state.isEmpty(first):
        return False
    underline = UNDERLINE.match(_line(state, first + 1))
    if underline is None or title.rstrip(CLOSING_MARKS + "*_")[-1:] in tuple(END_MARKS):
        return False
    if not silent:
        _push_heading(state, "h1" if underline["one"] else "h2", title, first, first + 2)
    return True


def _decorated(state: StateBlock, first: int, _end: int, silent: bool) -> bool:
    """Parser rule for a heading between signs, as in wikis ("== Bread ==")."""
    match = DECORATED.match(_line(state, first))
    if match and not silent:
        _push_heading(state, "h2", match["title"], first, first + 1)
    return match is not None


def _push_heading(state: StateBlock, tag: str, title: str, first: int, end: int) -> None:
    state.push("heading_open", tag, 1).map = [first, end]
    inline = state.push("inline", "", 0)
    inline.content, inline.map, inline.children = title, [first, first + 1], []
    state.push("heading_close", tag, -1)
    state.line = end


def _fence(state: StateBlock, first: int, end: int, silent: bool) -> bool:
    return FENCE.match(_line(state, first)) is not None and fence(state, first, end, silent)


def _wave(state: StateBlock, first: int, end: int, silent: bool) -> bool:
    """Parser rule for a line of waves that is a divider, because it begins no block of code that ends."""
    if not WAVES.match(_line(state, first)) or any(WAVES.match(_line(state, line)) for line in range(first + 1, end)):
        return False
    if not silent:
        state.push("hr", "hr", 0).map = [first, first + 1]
        state.line = first + 1
    return True


def _footnote(state: StateBlock, first: int, end: int, silent: bool) -> bool:
    """Parser rule for the text of a footnote: skips its lines and creates no token."""
    if not FOOTNOTE.match(_line(state, first)):
        return False
    if silent:
        return True
    next_line = first + 1
    while next_line < end and _continues_footnote(state, next_line, end):
        next_line += 1
    state.env["footnotes"].append(FOOTNOTE.sub("", _line(state, first)).strip())
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
