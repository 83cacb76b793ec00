"""The lines of a script, and where the text turns between them: at a new paragraph, a rule or a heading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.planning.text.marks import CLOSING_MARKS, END_MARKS
from app.planning.text.quotes import author_index
from app.planning.text.sentence_ends import leads_on
from app.planning.text.sentences import sentences
from app.planning.text.shown_blocks import ShownBlock
from schemas.text_width import width

# What is between a line and the one before it: a blank line, or a rule or the beginning of a section.
PARAGRAPH, SECTION = 1, 2
# A paragraph without an end mark is a heading if it has at most this width.
HEADING_COLUMNS = 60
# A text turns at its paragraphs if they have at least so many sentences on average. Texts with a blank line after each
# sentence, as language models write them, would be slow otherwise.
MIN_SENTENCES = 2
# The marks of a line that announces what follows it.
COLONS = (":", "：")


@dataclass(frozen=True, slots=True)
class ScriptLine:
    """A paragraph of a text: its spoken ``words``.

    ``number`` is the written number of a list's item, which is also in the words; ``bullet`` is the sign before an item
    without a number, which is not.
    ``starts`` says that the line cannot continue the previous one, and ``is_indented`` that it belongs to the item
    before it. ``shown`` is the table of which the line is a row, or the code that follows the line. ``gap`` is 0 if the
    line follows the one before it directly, else ``PARAGRAPH`` or ``SECTION``. ``turns`` says that the text turns
    before the line, and ``pauses`` that its author asks for a pause there. ``picture`` describes what is seen while the
    line is spoken, and ``on_screen`` is text that is shown then.
    """

    words: str
    number: int | None = None
    bullet: str = ""
    starts: bool = False
    is_indented: bool = False
    shown: ShownBlock | None = None
    gap: int = 0
    is_heading: bool = False
    turns: bool = False
    pauses: bool = False
    picture: str = ""
    on_screen: str = ""

    @property
    def is_item(self) -> bool:
        return self.number is not None or self.bullet != ""

    @property
    def has_end_mark(self) -> bool:
        return self.words.rstrip(CLOSING_MARKS)[-1:] in tuple(END_MARKS)


def with_gaps(lines: Sequence[ScriptLine]) -> list[ScriptLine]:
    """Return ``lines`` where each with words has the widest gap between it and the words before it.

    A rule directly under a line without an end mark makes that line a heading, as in Markdown.
    """
    result: list[ScriptLine] = []
    gap = 0
    for line in lines:
        above = result[-1] if result else ScriptLine("")
        if not line.words and line.gap == SECTION and above.words and not above.has_end_mark and not above.is_item:
            result[-1] = replace(above, is_heading=True, gap=SECTION)
        else:
            gap = max(gap, line.gap)
        result.append(replace(line, gap=gap) if line.words else line)
        gap = 0 if line.words else gap
    return result


def with_headings(lines: Sequence[ScriptLine]) -> list[ScriptLine]:
    """Return ``lines``, which all have words, with ``is_heading`` for short paragraphs without an end mark too."""
    return [replace(line, is_heading=_is_heading(lines, index)) for index, line in enumerate(lines)]


def with_turns(lines: Sequence[ScriptLine], language: str | None = None) -> list[ScriptLine]:
    """Return ``lines``, which all have words, with ``turns`` where the text turns.

    These are its paragraphs if they are long enough on average, else its sections if those are, else none; and the
    pauses that its author asks for.
    """
    gaps = [_gap(lines, index) for index in range(len(lines))]
    count = sum(len(sentences(line.words, language)) for line in lines)
    for least in (PARAGRAPH, SECTION):
        turns = [gap >= least for gap in gaps]
        if count >= MIN_SENTENCES * (1 + sum(turns)):
            break
    else:
        turns = [False] * len(lines)
    return [
        replace(line, turns=is_turn or (line.pauses and index > 0))
        for index, (line, is_turn) in enumerate(zip(lines, turns, strict=True))
    ]


def _gap(lines: Sequence[ScriptLine], index: int) -> int:
    """Return the gap before a line; 0 if it belongs to the line before it or follows from that line."""
    if index == 0:
        return 0
    line, before = lines[index], lines[index - 1]
    is_inside_list = line.is_indented or (line.is_item and (before.is_item or before.is_indented))
    is_announced = before.words.endswith(COLONS) or leads_on(before.words)
    if is_inside_list or is_announced or _is_heading(lines, index - 1):
        return 0
    return SECTION if _is_heading(lines, index) else line.gap


def _is_heading(lines: Sequence[ScriptLine], index: int) -> bool:
    """Return whether a line is marked as a heading, or is a short paragraph without an end mark before another one."""
    line = lines[index]
    is_alone = (index == 0 or line.gap > 0) and index + 1 < len(lines) and lines[index + 1].gap > 0
    is_short = width(line.words) <= HEADING_COLUMNS and author_index(line.words.split()) is None
    return line.is_heading or (is_alone and is_short and not line.has_end_mark and not line.is_item)
