"""The spoken words of a written text: without Markdown, tags, code, directions and speaker labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.planning.text.formats import converted
from app.planning.text.front_matter import front_matter
from app.planning.text.left_out import LeftOut
from app.planning.text.marks import has_words
from app.planning.text.markup import blocks_of
from app.planning.text.readme_parts import first_line, is_readme, subject_of, title_of_blocks
from app.planning.text.script_lines import ScriptLine, with_gaps
from app.planning.text.script_reader import ReadScript, read_blocks
from app.planning.text.source_text import source_text
from app.planning.text.wrapped_lines import join_wrapped_lines
from schemas.alias import Alias
from schemas.frame import DEFAULT_ASPECT
from schemas.text_width import one_line

MARKS = str.maketrans(dict.fromkeys("[]【】#*`>", " "))


@dataclass(frozen=True, slots=True)
class ScriptText:
    """The spoken ``lines`` of a text, the parts that are neither spoken nor shown, and the title and the
    language that it states.

    The title may be among the lines, as a heading. ``aliases`` are words that are spoken otherwise than they are
    written.
    """

    lines: tuple[ScriptLine, ...]
    parts_left_out: tuple[LeftOut, ...] = ()
    title: str | None = None
    language: str | None = None
    aliases: tuple[Alias, ...] = ()

    @property
    def left_out(self) -> tuple[str, ...]:
        """The words of the parts that are left out."""
        return tuple(part.what for part in self.parts_left_out)


def spoken_text(text: str) -> str:
    """Return the words of ``text`` that are spoken, one line for each paragraph, heading and item of a list.

    Headings, bullets, emphasis and links lose their marks and keep their words. Code, stage directions in brackets, and
    speaker names and scene numbers before a colon, are not spoken. A text without other words is spoken completely.
    """
    return "\n".join(line.words for line in script_text(text).lines)


# A request is checked, planned and compared with its plan: each reads its script.
@lru_cache(maxsize=16)
def script_text(text: str, aspect: str = DEFAULT_ASPECT) -> ScriptText:
    """Return the paragraphs of ``text`` as ``spoken_text`` describes, and what is left out.

    Tables and code are shown if they can be read in frames of ``aspect``.
    """
    document = converted(source_text(text))
    front = front_matter(document.text)
    every_block = blocks_of(front.body)
    blocks, beside = subject_of(every_block.blocks, is_readme=is_readme("", front.body))
    script = read_blocks(blocks, aspect)
    lines = join_wrapped_lines(with_gaps(script.lines))
    if not any(has_words(line.words) for line in lines):
        written = one_line(" ".join(block.text for block in every_block.blocks))
        whole = written if has_words(written) else source_text(text)
        return ScriptText((ScriptLine(one_line(whole.translate(MARKS))),), (*document.left_out, *every_block.left_out))
    hidden = _hidden_code(script, lines)
    left_out = (*document.left_out, *every_block.left_out, *beside, *script.left_out, *hidden)
    title = front.title or document.title or script.title or title_of_blocks(blocks)
    return ScriptText(tuple(lines), left_out, title, front.language, every_block.aliases)


def _hidden_code(script: ReadScript, lines: Sequence[ScriptLine]) -> list[LeftOut]:
    """Return the code that is not shown, by its first lines."""
    shown = [line.shown for line in lines]
    return [LeftOut("code", first_line(block)) for block, seen in script.code if seen is None or seen not in shown]
