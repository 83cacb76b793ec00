"""The blocks of a text as lines that are spoken, with what is seen and what is shown while they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from app.planning.text.directions import is_cue, without_cues
from app.planning.text.inline_text import CLOSE, OPEN, starred, unmarked
from app.planning.text.items import BULLET, item_number
from app.planning.text.labels import MUSIC, Kind, Label, Part, is_character, label_of, part_of
from app.planning.text.left_out import LeftOut
from app.planning.text.marks import has_end_mark, has_words
from app.planning.text.markup import Block, Line
from app.planning.text.script_form import (
    AUDIO,
    HASHTAGS,
    ScriptForm,
    form_of,
    is_name_line,
    without_time,
)
from app.planning.text.script_lines import PARAGRAPH, SECTION, ScriptLine
from app.planning.text.script_rows import Row, chatter_in, rows_of
from app.planning.text.shown_blocks import ShownBlock, code_block
from app.planning.text.storyboard import Read, cells_left_out, is_storyboard, with_pictures
from app.planning.text.tables import rows_of_table

RULE_SIGNS, MIN_RULE = "-*_=~–—•.+#", 3
# Before the signature of an e-mail.
SIGNATURE = "--"
QUOTED = re.compile(r"^(?:\"([^\"]+)\"|“([^“”]+)[”“]|„([^„“”]+)[“”]|«\s*([^«»]+?)\s*»|「([^「」]+)」|'([^']+)')$")
STRESSED_LINE = re.compile(f"{OPEN}[^{OPEN}{CLOSE}]+{CLOSE}")
BRACKETED_LINE = re.compile(r"[(\[{（【][^()\[\]{}（）【】]+[)\]}）】][.]?")
# The kinds of lines that are left out, and how a warning names them.
LEFT_OUT_KINDS = {
    Kind.PICTURE: "picture",
    Kind.SOUND: "direction",
    Kind.ACTION: "direction",
    Kind.NOTE: "note",
    Kind.CAPTION: "",
}


@dataclass(frozen=True, slots=True)
class ReadScript:
    """The spoken ``lines``, what is left out, the title that a line states, and each code with how it is shown."""

    lines: tuple[ScriptLine, ...]
    left_out: tuple[LeftOut, ...]
    title: str | None = None
    code: tuple[tuple[Block, ShownBlock | None], ...] = ()


def read_blocks(blocks: Sequence[Block], aspect: str) -> ReadScript:
    """Return the lines of ``blocks``; tables and code are shown if they can be read in frames of ``aspect``."""
    rows = list(rows_of(blocks))
    form = form_of([unmarked(row.line.text) for row in rows if row.line])
    reader = _Reader(form, aspect, chatter_in(rows, is_script=form.is_script))
    reader.left_out += [
        LeftOut("note", cell) for block in blocks if is_storyboard(block.cells) for cell in cells_left_out(block.cells)
    ]
    lines = with_pictures([read for index, row in enumerate(rows) for read in reader.read(index, row)])
    return ReadScript(tuple(lines), tuple(reader.left_out), reader.title, tuple(reader.code))


@dataclass(slots=True)
class _Reader:
    """Reads rows in order; ``open_label`` is the label of a line without words, which the next paragraph has."""

    form: ScriptForm
    aspect: str
    chatter: frozenset[int]
    left_out: list[LeftOut] = field(default_factory=list)
    code: list[tuple[Block, ShownBlock | None]] = field(default_factory=list)
    title: str | None = None
    open_label: Kind | None = None
    open_has_words: bool = False
    pauses: bool = False
    is_dialogue: bool = False
    has_spoken: bool = False

    def read(self, index: int, row: Row) -> Iterator[Read]:
        if row.line is None:
            yield from self._read_block(row.block)
        elif index in self.chatter:
            yield self._omitted("chatter", row)
        else:
            yield from self._read_line(row, row.line)

    # -- blocks without lines ----------------------------------------------------------------------------------------

    def _read_block(self, block: Block) -> Iterator[Read]:
        self.open_label = None
        if block.is_rule:
            yield Read(ScriptLine("", starts=True, gap=SECTION), "part")
        elif block.code is not None:
            shown = code_block(block.code.split("\n"), block.language, self.aspect)
            self.code.append((block, shown))
            yield Read(ScriptLine("", starts=True, gap=block.gap, shown=shown))
        elif block.cells:
            yield from self._read_table(block)
        else:
            yield Read(ScriptLine("", starts=True, gap=PARAGRAPH), "part")

    def _read_table(self, block: Block) -> Iterator[Read]:
        cells = [[unmarked(cell) for cell in row] for row in block.cells]
        rows = rows_of_table(cells[0], cells[1:], self.aspect)
        if any(shown is None for _, shown in rows):
            self.left_out.append(LeftOut("table", " | ".join(cells[0])))
        for index, (text, shown) in enumerate(rows):
            yield Read(ScriptLine(text, starts=True, shown=shown, gap=0 if index else block.gap))

    # -- lines -------------------------------------------------------------------------------------------------------

    def _read_line(self, row: Row, line: Line) -> Iterator[Read]:
        bare = without_time(unmarked(line.text), self.form.has_times)
        self.is_dialogue = self.is_dialogue and row.gap == 0
        if _is_rule(bare):
            yield Read(ScriptLine("", starts=True, gap=SECTION))
        elif not bare.strip():
            self.pauses = self.pauses or line.pauses
            yield from self._without_words(row)
        elif HASHTAGS.match(bare):
            yield self._omitted("hashtags", row)
        else:
            yield from self._read_words(row, line, bare)

    def _without_words(self, row: Row) -> Iterator[Read]:
        """Yield a line that has a time code or nothing."""
        text = unmarked(row.line.text) if row.line else ""
        yield self._omitted("time", row) if has_words(text) else Read(ScriptLine("", gap=row.gap))

    def _read_words(self, row: Row, line: Line, bare: str) -> Iterator[Read]:
        label, part = label_of(bare), part_of(bare)
        if part and self._is_part(part):
            yield from self._read_part(row, line, part)
        elif label and self._is_label(label, row):
            yield from self._read_label(row, line, label)
        elif is_name_line(bare, self.form):
            self.open_label = None
            yield self._omitted("speaker", row)
        elif self.open_label and not (row.gap and self.open_has_words):
            self.open_has_words = True
            yield self._read_of_kind(self.open_label, row, bare)
        elif self._is_direction(line, bare, row):
            yield self._omitted("direction", row)
        else:
            self.open_label = None
            yield from self._spoken(row, line, line.text)

    def _is_part(self, part: Part) -> bool:
        if part.words and not part.is_numbered:
            return self.form.is_script
        return part.is_strong or self.form.is_script

    def _read_part(self, row: Row, line: Line, part: Part) -> Iterator[Read]:
        """Yield the heading of a part; the words after it are spoken if no label stands before what is said."""
        self.open_label = None
        label = label_of(part.words) if part.words else None
        if label and self._is_label(label, row):
            yield Read(ScriptLine("", starts=True, gap=SECTION), "part")
            yield from self._read_label(row, line, label)
        elif part.words and part.is_shot and self.form.has_speech:
            yield Read(ScriptLine("", starts=True, gap=SECTION), "part")
            yield self._read_of_kind(Kind.PICTURE, row, part.words)
        elif part.words and self._speaks_part(part) and not row.block.level:
            yield Read(ScriptLine("", starts=True, gap=row.gap), "part")
            yield from self._spoken(row, line, _end_of(line.text, part.words), is_labelled=True)
        else:
            yield replace(self._omitted("direction", row), kind="part")

    def _speaks_part(self, part: Part) -> bool:
        """Return whether the words after the heading of a part are spoken: a sentence, or without labels anything."""
        return not self.form.has_speech or (not part.is_numbered and has_end_mark(part.words))

    def _is_label(self, label: Label, row: Row) -> bool:
        if label.name.casefold() in self.form.speakers:
            return True
        if label.kind == Kind.TITLE:
            return not self.has_spoken and (self.form.is_script or row.gap == 0) and label.words != ""
        if label.kind is None or (label.kind == Kind.SPEECH and not label.words):
            return label.kind is not None
        if label.kind == Kind.NOTE and HASHTAGS.match(label.words):
            return True
        is_music = MUSIC.fullmatch(label.name.casefold())
        if is_music and not has_end_mark(label.words):
            return True
        if self.form.speaks_audio and label.name.casefold() in AUDIO:
            return True
        if label.is_ambiguous:
            return self.form.has_speech or self.form.has_parts
        return label.is_strong or self.form.is_script

    def _kind_of(self, label: Label) -> Kind | None:
        """Return what follows a label in this script: "Audio:" may stand before what is said."""
        is_audio = self.form.speaks_audio and label.name.casefold() in AUDIO and not is_cue(label.words)
        return Kind.SPEECH if is_audio or label.name.casefold() in self.form.speakers else label.kind

    def _read_label(self, row: Row, line: Line, label: Label) -> Iterator[Read]:
        kind = self._kind_of(label)
        self.open_label = kind if not label.words and kind != Kind.SPEECH else None
        self.open_has_words = False
        speaker = LeftOut("speaker", label.name)
        is_known = label.kind is not None and (label.is_strong or self.form.is_script)
        if kind == Kind.SPEECH and not is_known and speaker not in self.left_out:
            self.left_out.append(speaker)
        if kind == Kind.TITLE:
            self.title = _unquoted(label.words)
            yield Read(ScriptLine("", starts=True, gap=row.gap))
        elif kind == Kind.SPEECH:
            self.is_dialogue = True
            yield from self._spoken(row, line, _end_of(line.text, label.words), is_labelled=True)
        elif label.words and kind:
            yield self._read_of_kind(kind, row, label.words)
        else:
            yield Read(ScriptLine("", starts=True, gap=row.gap))

    def _read_of_kind(self, kind: Kind, row: Row, words: str) -> Read:
        """Return a line that is not spoken: a description of a picture, a caption, or a direction."""
        name = LEFT_OUT_KINDS[kind]
        text = starred(row.line.text) if row.line else words
        self.left_out += [LeftOut(name, text)] if name and has_words(words) else []
        return Read(ScriptLine("", starts=True, gap=row.gap), kind.value, _unquoted(words))

    def _is_direction(self, line: Line, bare: str, row: Row) -> bool:
        """Return whether a line without a label is one in a script with speakers: in italics, brackets or capitals."""
        if self.form.has_characters and not self.is_dialogue:
            if is_character(bare):
                self.is_dialogue = True
            return True
        is_stressed = self.form.has_speech and STRESSED_LINE.fullmatch(line.text)
        return bool(is_stressed or (self.form.is_script and BRACKETED_LINE.fullmatch(bare)))

    def _omitted(self, kind: str, row: Row) -> Read:
        if row.line and has_words(unmarked(row.line.text)):
            self.left_out.append(LeftOut(kind, starred(row.line.text)))
        return Read(ScriptLine("", starts=True, gap=row.gap))

    # -- words that are spoken ---------------------------------------------------------------------------------------

    def _spoken(self, row: Row, line: Line, text: str, *, is_labelled: bool = False) -> Iterator[Read]:
        """Yield the words of a line without directions, in parts if there is a pause between them."""
        timed = text if is_labelled else without_time(text, self.form.has_times)
        bullet = None if line.mark or item_number(unmarked(timed)) is not None else BULLET.match(timed)
        uncued = without_cues(timed[bullet.end() :] if bullet else timed, self.left_out, is_script=self.form.has_speech)
        said = " ".join(unmarked(uncued.words).split())
        said = _unquoted(said) if is_labelled or self.form.is_script else said
        self.pauses = self.pauses or line.pauses or uncued.pauses_before
        if not said:
            yield Read(ScriptLine("", starts=True, gap=row.gap))
            return
        mark = line.mark if line.mark[:1].isdigit() and not is_labelled else ""
        sign = "" if is_labelled else (bullet["bullet"] if bullet else line.mark.strip() if not mark else "")
        yield Read(
            ScriptLine(
                mark + said,
                item_number(mark + said) if line.depth < 2 else None,
                bullet=sign,
                starts=self._starts(row, line, text, timed, is_labelled or bullet is not None),
                is_indented=line.is_indented,
                gap=row.gap,
                is_heading=row.block.level > 0,
                pauses=self.pauses,
            )
        )
        self.pauses, self.has_spoken = uncued.pauses_after, True

    def _starts(self, row: Row, line: Line, text: str, timed: str, is_marked: bool) -> bool:
        is_item = bool(line.mark) or item_number(unmarked(timed)) is not None
        return is_marked or is_item or line.is_hard or row.block.level > 0 or timed != text


def _is_rule(line: str) -> bool:
    signs = "".join(line.split())
    return signs == SIGNATURE or (not has_words(line) and len(signs) - len(signs.rstrip(RULE_SIGNS)) >= MIN_RULE)


def _end_of(text: str, words: str) -> str:
    """Return the end of ``text``, which has marks of emphasis, that has the same letters as ``words``."""
    count = sum(not char.isspace() for char in words)
    for index in range(len(text), -1, -1):
        if count == 0:
            return text[index:]
        count -= bool(index) and not text[index - 1].isspace() and text[index - 1] not in (OPEN, CLOSE)
    return text


def _unquoted(words: str) -> str:
    """Return ``words`` without the quotation marks around all of them."""
    match = QUOTED.match(words.strip())
    return next(filter(None, match.groups())).strip() if match else words.strip()
