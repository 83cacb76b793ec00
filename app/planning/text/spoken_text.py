"""Extract the spoken words of a written text: without Markdown, code, stage directions and speaker labels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.planning.text.directions import LABEL, SPEAKER, is_direction, without_cues, without_starred_cues
from app.planning.text.quotes import author_index
from app.planning.text.script_lines import HEADING, PARAGRAPH, SECTION, ScriptLine, with_gaps
from app.planning.text.shown_blocks import ShownBlock, code_block
from app.planning.text.tables import ROW_GAP, text_of_tables
from schemas.frame import DEFAULT_ASPECT
from schemas.text_width import line_gap, one_line, width

RULE = re.compile(r"^\s*(?:[-*_=~]\s*){3,}$")
FENCE = re.compile(r"^\s*(?P<fence>`{3,}|~{3,})\s*(?P<language>[\w+#-]*)")
HEADING_OR_QUOTE = re.compile(r"^\s*(?:#{1,6}\s+|>\s*)+")
BULLET = re.compile(r"^\s*(?:>\s*)*(?P<bullet>[-*+•‣▪–—])\s+(?:\[[ xX]\]\s+)?")
# The number of a list's item: "1.", "2)", "(3)", a keycap, or a label with a number ("Tip 4:").
NUMBER = re.compile(
    r"^\s*(?:\*\*)?(?:\(?(?P<number>\d{1,3})[.)](?:\*\*)?\s+(?=\S)|(?P<keycap>\d)\ufe0f?\u20e3\s*|"
    r"(?:tip|step|fact|reason|rule|idea|lesson|mistake|number|tipp|schritt|grund|conseil|étape|raison|consejo|paso|razón)"
    r"\s+#?(?P<labelled>\d{1,3})(?:\*\*)?\s*[:.–—-]\s+)",
    re.IGNORECASE,
)
INDENT = re.compile(r"^(?: {2,}|\t)")
IMAGE = re.compile(r"!\[[^\]\n]*\]\([^)\n]*\)")
# Its text is empty if it was an image, as of a badge.
LINK = re.compile(r"\[([^\]\n]*)\]\([^)\n]*\)")
MARKS = re.compile(r"[\[\]【】#*`>]")
EMPHASIS = (
    re.compile(r"(\*\*|__|~~)(?=\S)(.+?)(?<=\S)\1"),
    re.compile(r"(?<![\w*])(\*)(?=[^\s*])([^*\n]+?)(?<=\S)\*(?![\w*])"),
    re.compile(r"(?<!\w)(_)(?=[^\s_])([^_\n]+?)(?<=\S)_(?!\w)"),
    re.compile(r"(`)([^`\n]+)`"),
)
QUOTED = re.compile(r"^(?:\"([^\"]+)\"|“([^“”]+)”|„([^„“”]+)[“”]|«\s*([^«»]+?)\s*»)$")
# Stands for a block of code in the lines of a text.
CODE = "\x00"
# A line of at least this width without an end mark was wrapped by an editor and continues on the next line.
WRAPPED_COLUMNS = 60


@dataclass(frozen=True, slots=True)
class ScriptText:
    """The spoken ``lines`` of a text, and the beginnings of what is neither spoken nor shown, on purpose."""

    lines: tuple[ScriptLine, ...]
    left_out: tuple[str, ...] = ()


def spoken_text(text: str) -> str:
    """Return the words of ``text`` that are spoken, one line for each paragraph, heading and item of a list.

    Headings, bullets, emphasis and links lose their marks and keep their words. Code, stage directions in brackets, and
    speaker names and scene numbers before a colon, are not spoken. A text without other words is spoken completely.
    """
    return "\n".join(line.words for line in script_text(text).lines)


def script_text(text: str, aspect: str = DEFAULT_ASPECT) -> ScriptText:
    """Return the paragraphs of ``text`` as ``spoken_text`` describes, and what is left out.

    Tables and code are shown if they can be read in frames of ``aspect``.
    """
    written = text.replace("\ufeff", "").replace(CODE, "").splitlines()
    code, prose = _without_code(written)
    table_rows = text_of_tables(prose, aspect)
    rows = [row for row, _ in table_rows]
    blocks = [code_block(block.lines, block.language, aspect) for block in code]
    is_screenplay = any(SPEAKER.match(_without_emphasis(HEADING_OR_QUOTE.sub("", row))) for row in rows)
    lines = with_gaps([_shown_line(row, shown, blocks, is_screenplay) for row, shown in table_rows])
    spoken = _join_wrapped_lines(lines)
    if not any(char.isalnum() for line in spoken for char in line.words):
        return ScriptText((ScriptLine(one_line("\n".join(_remove_marks(line) for line in written))),))
    directions = [row.strip() for row, line in zip(rows, lines, strict=True) if not line.words and _is_direction(row)]
    shown = {line.shown for line in spoken}
    hidden = [part.first_line for part, block in zip(code, blocks, strict=True) if block not in shown or not block]
    return ScriptText(tuple(spoken), (*filter(None, hidden), *directions))


def item_number(line: str) -> int | None:
    """Return the number at the beginning of a list's item; ``None`` if ``line`` begins without one."""
    match = NUMBER.match(line)
    return int(next(filter(None, match.groups()))) if match else None


def _is_direction(row: str) -> bool:
    return not row.startswith(CODE) and any(char.isalnum() for char in row)


@dataclass(frozen=True, slots=True)
class _Code:
    """A fenced block of code."""

    language: str
    lines: tuple[str, ...] = ()

    @property
    def first_line(self) -> str:
        return next((line.strip() for line in self.lines if line.strip()), "")


def _without_code(lines: Sequence[str]) -> tuple[list[_Code], list[str]]:
    """Return the fenced blocks of code, and the other lines; a block leaves a line with ``CODE`` and its index."""
    code: list[_Code] = []
    prose: list[str] = []
    fence = ""
    for line in lines:
        match = FENCE.match(line)
        if fence and match and match["fence"].startswith(fence):
            fence = ""
        elif fence:
            code[-1] = replace(code[-1], lines=(*code[-1].lines, line))
        elif match:
            fence = match["fence"]
            prose.append(f"{CODE}{len(code)}")
            code.append(_Code(match["language"].lower()))
        else:
            prose.append(line)
    return code, prose


def _shown_line(
    row: str, table: ShownBlock | None, blocks: Sequence[ShownBlock | None], is_screenplay: bool
) -> ScriptLine:
    """Return a line with the table that shows it; one without words for code."""
    if row.startswith(CODE):
        return ScriptLine("", starts=True, shown=blocks[int(row[1:])])
    line = _script_line(row, is_screenplay)
    return replace(line, shown=replace(table, text=_without_markup(table.text)), starts=True) if table else line


def _without_markup(text: str) -> str:
    return _without_emphasis(LINK.sub(r"\1", IMAGE.sub("", text)))


def _script_line(line: str, is_screenplay: bool) -> ScriptLine:
    if RULE.match(line):
        return ScriptLine("", starts=True, gap=SECTION)
    if not line.strip():
        return ScriptLine("", gap=0 if line == ROW_GAP else PARAGRAPH)
    bullet = None if NUMBER.match(line) else BULLET.match(line)
    unmarked = line[bullet.end() :] if bullet else HEADING_OR_QUOTE.sub("", line)
    while (shorter := HEADING_OR_QUOTE.sub("", unmarked)) != unmarked:
        unmarked = shorter
    formatted = _without_emphasis(without_starred_cues(unmarked))
    words = without_cues(LINK.sub(r"\1", IMAGE.sub("", formatted)))
    if is_direction(words, is_screenplay):
        return ScriptLine("", starts=True)
    unlabelled = LABEL.sub("", words)
    if unlabelled != words:
        unlabelled = QUOTED.sub(lambda match: next(filter(None, match.groups())), unlabelled)
    return ScriptLine(
        " ".join(unlabelled.split()),
        item_number(line),
        bullet=bullet["bullet"] if bullet else "",
        starts=bool(bullet or NUMBER.match(line)) or unmarked != line.lstrip() or unlabelled != words,
        is_indented=INDENT.match(line) is not None,
        gap=SECTION if HEADING.match(line) else 0,
        is_heading=HEADING.match(line) is not None,
    )


def _without_emphasis(words: str) -> str:
    for pattern in EMPHASIS:
        words = pattern.sub(r"\2", words)
    return words


def _remove_marks(line: str) -> str:
    return MARKS.sub(" ", line)


def _join_wrapped_lines(lines: Sequence[ScriptLine]) -> list[ScriptLine]:
    paragraphs: list[ScriptLine] = []
    is_wrapped = False
    code: ShownBlock | None = None
    for line in lines:
        if line.shown and not line.words:
            # Code is shown with the words before it, or with the first ones.
            code = line.shown
            if paragraphs:
                paragraphs[-1], code = replace(paragraphs[-1], shown=paragraphs[-1].shown or code), None
        elif line.words and is_wrapped and not line.starts:
            words = paragraphs[-1].words
            paragraphs[-1] = replace(paragraphs[-1], words=words + line_gap(words, line.words) + line.words)
        elif line.words:
            paragraphs.append(replace(line, shown=line.shown or code))
            code = None
        is_long = width(line.words) >= WRAPPED_COLUMNS
        is_wrapped = is_long and not line.has_end_mark and author_index(line.words.split()) is None
    return paragraphs
