"""Markdown: its text without markup, its title and its language.

The text is read as every script is (``app.planning.text.markup``). Lines of a paragraph are one line, except lines of
scripts for films. Tables and short code stay Markdown, because the planner shows them; items of lists keep their number
or "- ", and parts that are not about the subject (``app.planning.text.readme_parts``) are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.core.config import Settings
from app.core.errors import BadRequest
from app.media.ssml import with_aliases
from app.media.text_decoding import decode_text
from app.planning.text.directions import is_cue
from app.planning.text.formats import converted
from app.planning.text.formats.seen_length import check_length
from app.planning.text.front_matter import front_matter
from app.planning.text.inline_text import CLOSE, OPEN, PROTECT, starred, unmarked
from app.planning.text.items import BULLET, item_number
from app.planning.text.left_out import omissions_of
from app.planning.text.markup import Block, Line, blocks_of
from app.planning.text.readme_parts import is_readme, subject_of, title_of_blocks
from app.planning.text.script_form import ScriptForm, form_of, is_directed
from app.planning.text.source_text import source_text
from app.planning.text.tables import markdown_table
from schemas.script import Script
from schemas.text_width import one_line

STRESSED = re.compile(f"{OPEN}+([^{OPEN}{CLOSE}]*){CLOSE}+")
# A line that begins with a dash names the author of the quotation above it.
DASHES = ("—", "–", "―")
# Square brackets in code or after a backslash are no directions when the text is read again.
LITERAL = {PROTECT[ord(sign)]: f"\\{sign}" for sign in "[]"}
INDENT = "  "
PAUSE = "[pause] "


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
        text, is far too long or has invalid front matter.
        """
        written = decode_text(data, file)
        check_length(written, file)
        text = source_text(written)
        document = converted(text)
        if document.text != text:
            return Script(document.text.strip(), document.title, left_out=omissions_of(document.left_out))
        front = front_matter(text)
        if front.fault:
            raise BadRequest("from", f"the front matter of {file} {front.fault}")
        document_parts = blocks_of(front.body)
        blocks, beside = subject_of(document_parts.blocks, is_readme=is_readme(file, front.body))
        title = front.title or title_of_blocks(blocks)
        if len(blocks) > 1 and blocks[0].level and blocks[0].text == title:
            blocks = blocks[1:]
        text = with_aliases(text_of_blocks(blocks), document_parts.aliases)
        return Script(text, title, front.language, omissions_of((*document_parts.left_out, *beside)))


def text_of_blocks(blocks: Sequence[Block]) -> str:
    """Return ``blocks`` as a text without markup that is read as the same lines."""
    form = form_of([unmarked(line.text) for block in blocks for line in block.lines])
    parts: list[str] = []
    for block in blocks:
        text = "\n".join(_text_of_block(block, form))
        # The items below a label of a script belong to it, because no blank line parts them.
        is_below = form.is_script and bool(block.lines) and block.lines[0].mark != "" and not block.gap
        if text.strip():
            parts += ["\n" if is_below else "\n\n", text]
    return "".join(parts[1:])


def _text_of_block(block: Block, form: ScriptForm) -> Iterator[str]:
    if block.code is not None:
        yield _fenced(block)
    elif block.cells:
        yield markdown_table([[unmarked(cell) for cell in row] for row in block.cells])
    lines: list[list[str]] = []
    for line in block.lines:
        text = _text_of_line(line, form)
        if lines and not _begins(line, unmarked(lines[-1][-1]), form):
            lines[-1].append(text)
        elif text:
            lines.append([text])
    for index, parts in enumerate(lines):
        first = block.lines[0]
        indent = INDENT if first.depth and (index > 0 or first.depth > 1 or not first.mark) else ""
        yield indent + one_line("\n".join(parts))


def _begins(line: Line, before: str, form: ScriptForm) -> bool:
    """Return whether ``line`` begins a line, rather than continue the one before it."""
    text = unmarked(line.text)
    is_apart = is_directed(text, form) or is_directed(before, form)
    is_item = item_number(text) is not None or BULLET.match(text) is not None
    return line.is_hard or line.pauses or line.mark != "" or is_apart or is_item or text.startswith(DASHES)


def _text_of_line(line: Line, form: ScriptForm) -> str:
    literal = line.text.translate(LITERAL)
    text = starred(literal) if form.is_script else STRESSED.sub(_stressed, literal)
    mark = re.sub(r"^(\d+).*", r"\1. ", line.mark) if line.mark[:1].isdigit() else "- " if line.mark else ""
    return (PAUSE if line.pauses else "") + mark + unmarked(text) if text or line.pauses else ""


def _stressed(match: re.Match[str]) -> str:
    """Return stressed words with their stars if they are a direction, else without them."""
    return f"*{match[1]}*" if is_cue(unmarked(match[1])) else match[1]


def _fenced(block: Block) -> str:
    """Return the code in a fence that it does not contain."""
    code = block.code or ""
    fence = next(mark for mark in ("```", "~~~~", "`" * 12) if mark not in code)
    return f"{fence}{block.language}\n{code}\n{fence}"
