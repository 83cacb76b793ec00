"""The text of a paragraph in Markdown, in lines, without the marks of links, images, code and footnotes.

``EMPHASIS`` marks stay around stressed words, because directions may be written so ("*sighs*"), and signs in code or
after a backslash are replaced by code points of their own, because they are no markup. ``unmarked`` removes both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from app.media.html_text import LINE_BREAK, PAUSE
from app.planning.text.left_out import LeftOut
from app.planning.text.marks import CLOSING_MARKS, END_MARKS
from app.planning.text.source_text import INVISIBLE
from schemas.text_width import is_unspaced, one_line

OPEN, CLOSE = "\x02", "\x03"
# At the end of a line whose end is meant.
HARD = "\x1d"
BREAKS = re.compile(f"([{LINE_BREAK}{PAUSE}])")
EMPHASIS = re.compile(f"[{OPEN}{CLOSE}]")
# Signs that are markup elsewhere.
_SIGNS = "[](){}<>*_#♪【】（）"
PROTECT = {ord(sign): 0xE000 + index for index, sign in enumerate(_SIGNS)}
RESTORE = {code: sign for sign, code in PROTECT.items()}
# The links of a text are not looked for if it has more opening brackets: the time would grow with their square.
MAX_BRACKETS = 300
# Syntax outside CommonMark, each with its replacement in the spoken text.
EXTENSIONS = (
    (re.compile(r"!\[\[[^\[\]]*\]\]"), ""),  # Obsidian: an embedded file
    (re.compile(r"\[\[(?:[^\[\]|]*\|)?([^\[\]|]+)\]\]"), r"\1"),  # Obsidian: a link to another note
    (re.compile(r"\[\^[^\[\]\s]+\]"), ""),  # a footnote reference
    (re.compile(r"\b(?:https?|ftp)://(?:www\.)?([^\s/?#:<>]+)(?:[^\s<>]*[^\s<>.,;:!?)\]\"'”’»])?"), r"\1"),
)
INLINE_FOOTNOTE = re.compile(r"\^\[([^\[\]]*)\]")
# The checkbox of a task list, or the type of a GitHub alert.
CHECKBOX = re.compile(r"^\s*\[(?:[ xX✓✔]?|!\w+)\](?:\s+|$)")
# Stressed words that CommonMark does not know as such: a mark of a sentence or a space is beside the stars.
STARS = re.compile(r"\*\*(?=[^\s*])([^*\n]+?)\*\*")


def starred(text: str) -> str:
    """Return ``text`` with stars around stressed words, and without the other marks of this module."""
    return EMPHASIS.sub("*", text).translate(RESTORE)


def unmarked(text: str) -> str:
    """Return ``text`` without the marks of this module."""
    return EMPHASIS.sub("", text).translate(RESTORE)


@dataclass(frozen=True, slots=True)
class InlineLine:
    """A line of a paragraph.

    ``offset`` is the index of the line in the source, ``is_hard`` says that its author ended the line before it on
    purpose, and ``pauses`` that there is a pause before it.
    """

    text: str
    offset: int = 0
    is_hard: bool = False
    pauses: bool = False


def inline_lines(parser: MarkdownIt, content: str, env: dict[str, Any], left_out: list[LeftOut]) -> list[InlineLine]:
    """Return the lines of a paragraph; images, struck words and footnotes are added to ``left_out``."""
    if content.count("[") > MAX_BRACKETS:
        content = content.replace("[", "\\[")
    children: list[Token] = []
    parser.inline.parse(content.strip(), parser, env, children)
    rows = STARS.sub(rf"{OPEN}\1{CLOSE}", "".join(_parts(children, left_out))).split("\n")
    lines: list[InlineLine] = []
    is_hard = False
    for offset, row in enumerate(rows):
        for text, is_break, pauses in _at_breaks(row.removesuffix(HARD)):
            words = _without_extensions(text, left_out)
            lines.append(InlineLine(words, offset, is_hard or is_break, pauses))
        is_hard = row.endswith(HARD)
    first, *others = lines
    first = replace(first, text=CHECKBOX.sub("", first.text))
    return [line for line in (first, *others) if line.text or line.pauses]


def _parts(tokens: Sequence[Token], left_out: list[LeftOut]) -> Iterator[str]:
    """Yield the text of each token, with a line break for each in the source."""
    literal: list[bool] = []
    struck: list[str] | None = None
    for index, token in enumerate(tokens):
        if token.type == "s_open":
            struck = []
        elif token.type == "s_close":
            left_out += [LeftOut("struck", one_line("".join(struck or ())))]
            struck = None
        elif struck is not None:
            struck.append(token.content)
        elif token.type in ("em_open", "strong_open"):
            literal.append(_is_inside_a_word(tokens, index))
            yield token.markup if literal[-1] else OPEN
        elif token.type in ("em_close", "strong_close"):
            yield token.markup if literal.pop() else CLOSE
        else:
            left_out += [LeftOut("image", _name_of(token))] if token.type == "image" else []
            yield _token_text(token)


def _token_text(token: Token) -> str:
    if token.type in ("code_inline", "text_special"):
        return token.content.translate(PROTECT)
    if token.type in ("softbreak", "hardbreak"):
        return "\n" if token.type == "softbreak" else f"{HARD}\n"
    return token.content if token.type == "text" else ""


def _name_of(image: Token) -> str:
    return one_line(image.content) or str(image.attrGet("src") or "").rsplit("/", 1)[-1]


def _is_inside_a_word(tokens: Sequence[Token], index: int) -> bool:
    """Return whether a star begins or ends inside a word or a number, as a sign of a product does ("5*3*2")."""
    opening = tokens[index]
    if opening.markup == "**":
        return _is_beside(tokens, index, str.isdigit)
    closing = next(k for k in range(index, len(tokens)) if _closes(tokens[k], opening))
    return _is_beside(tokens, index, _is_spaced_letter) or _is_beside(tokens, closing, _is_spaced_letter)


def _closes(token: Token, opening: Token) -> bool:
    return token.type == opening.type.replace("open", "close") and token.level == opening.level


def _is_beside(tokens: Sequence[Token], index: int, is_kind: Callable[[str], bool]) -> bool:
    """Return whether the characters on both sides of a token are of a kind."""
    before = tokens[index - 1].content[-1:] if index else ""
    after = tokens[index + 1].content[:1] if index + 1 < len(tokens) else ""
    return bool(before and after) and is_kind(before) and is_kind(after)


def _is_spaced_letter(char: str) -> bool:
    return char.isalnum() and not is_unspaced(char)


def _at_breaks(row: str) -> Iterator[tuple[str, bool, bool]]:
    """Yield the parts of a row between its line breaks: the text, whether a break is before it, and whether a pause is.

    A pause inside a sentence is a space.
    """
    text, *rest = BREAKS.split(row)
    is_break = pauses = False
    for sign, part in zip(rest[::2], rest[1::2], strict=True):
        ends = unmarked(text).rstrip().rstrip(CLOSING_MARKS)[-1:]
        if sign == PAUSE and ends and ends not in END_MARKS:
            text = f"{text} {part}"
            continue
        yield text, is_break, pauses
        text, is_break, pauses = part, True, sign == PAUSE
    yield text, is_break, pauses


def _without_extensions(line: str, left_out: list[LeftOut]) -> str:
    left_out += [LeftOut("footnote", note) for note in INLINE_FOOTNOTE.findall(line) if note]
    line = INLINE_FOOTNOTE.sub("", line)
    for pattern, replacement in EXTENSIONS:
        line = pattern.sub(replacement, line)
    return one_line(INVISIBLE.sub("", line))
