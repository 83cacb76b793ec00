"""Lines of a text that belong together: those that an editor wrapped, and signs without words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.planning.text.marks import has_words
from app.planning.text.quotes import author_index
from app.planning.text.script_lines import COLONS, ScriptLine
from app.planning.text.shown_blocks import ShownBlock
from schemas.text_width import line_gap, width

# A line of at least this width without an end mark was wrapped by an editor and continues on the next line.
WRAPPED_COLUMNS = 60


def join_wrapped_lines(lines: Sequence[ScriptLine]) -> list[ScriptLine]:
    """Return the paragraphs of ``lines``, with wrapped ones joined, and code with the words before it."""
    paragraphs: list[ScriptLine] = []
    is_wrapped = False
    code: ShownBlock | None = None
    for line in lines:
        if line.shown and not line.words:
            # Code is shown with the words before it, or with the first ones.
            code = line.shown
            if paragraphs:
                paragraphs[-1], code = replace(paragraphs[-1], shown=paragraphs[-1].shown or code), None
        elif line.words and is_wrapped and not line.starts and not line.gap:
            paragraphs[-1] = _joined(paragraphs[-1], line)
        elif line.words:
            paragraphs.append(replace(line, shown=line.shown or code))
            code = None
        is_long = width(line.words) >= WRAPPED_COLUMNS
        is_wrapped = (
            is_long
            and not line.has_end_mark
            and not line.words.endswith(COLONS)
            and author_index(line.words.split()) is None
        )
    return _with_signs(paragraphs)


def _joined(before: ScriptLine, line: ScriptLine) -> ScriptLine:
    words = before.words + line_gap(before.words, line.words) + line.words
    on_screen = "\n".join(text for text in (before.on_screen, line.on_screen) if text)
    return replace(before, words=words, picture=before.picture or line.picture, on_screen=on_screen)


def _with_signs(paragraphs: Sequence[ScriptLine]) -> list[ScriptLine]:
    """Return ``paragraphs`` with lines that have no words, such as emoji, at the end of the line before them."""
    groups: list[list[ScriptLine]] = []
    for line in paragraphs:
        is_mute = not has_words(line.words) and not line.shown
        if groups and is_mute:
            groups[-1].append(line)
        elif len(groups) == 1 and not any(has_words(mute.words) or mute.shown for mute in groups[0]):
            groups[0] = [replace(line, words=" ".join((*(mute.words for mute in groups[0]), line.words)))]
        else:
            groups.append([line])
    return [replace(group[0], words=" ".join(line.words for line in group)) for group in groups]
