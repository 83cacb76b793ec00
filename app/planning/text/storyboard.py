"""Storyboards: tables with what is seen and what is said, and pictures and captions beside the lines of a script."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.planning.text.inline_text import unmarked
from app.planning.text.labels import NUMBERED_PART, RANGE, Kind, kind_of
from app.planning.text.marks import has_words
from app.planning.text.script_lines import ScriptLine

HEADER_PARTS = re.compile(r"\s*(?:/|&|\+|\(|\)|\band\b|\bund\b)\s*")
# The label with which a cell of a storyboard is written as a line.
LABELS = {Kind.SPEECH: "Narrator", Kind.PICTURE: "Visual", Kind.CAPTION: "On-screen text", Kind.SOUND: "SFX"}
PLACE = re.compile(rf"[\W\d]*|\W*{RANGE}\W*|{NUMBERED_PART}", re.IGNORECASE)
EMPTY_CELL = re.compile(r"[\s–—\-/.·]*|n/?a|none|keine?|aucune?|ninguna?|无", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Read:
    """A line as it was read; ``line`` has no words if it is not spoken.

    ``kind`` is "part" for the heading of a part, a ``Kind`` for a line with that label, whose words are ``text``, or
    "".
    """

    line: ScriptLine
    kind: str = ""
    text: str = ""


# -- tables ----------------------------------------------------------------------------------------------------------


def is_storyboard(cells: Sequence[Sequence[str]]) -> bool:
    """Return whether the header of a table names what is said, and something else of a film."""
    kinds = [_kind_of_column(cell) for cell in cells[0]] if cells else []
    others = [kind for kind in kinds if kind and kind != Kind.SPEECH]
    return len(kinds) > 1 and (Kind.SPEECH in kinds and (bool(others) or _has_time(cells[0])))


def _has_time(header: Sequence[str]) -> bool:
    return any(
        re.match(r"(?i)\W*(?:time|timing|zeit|temps|tiempo|tempo|время|时间|時間|scene|szene|scène|shot|#)", cell)
        for cell in header
    )


def _kind_of_column(header: str) -> Kind | None:
    """Return the kind of the cells below ``header`` ("Voiceover / Audio"); what is said comes first."""
    names = [name for name in HEADER_PARTS.split(unmarked(header).strip()) if name]
    kinds = [kind_of(name)[0] for name in names]
    if Kind.SPEECH in kinds or any(name.casefold() in ("audio", "ton", "son", "sonido") for name in names):
        return Kind.SPEECH
    return next((kind for kind in kinds if kind in LABELS), None)


def cells_left_out(cells: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the cells of a storyboard in columns that are not read, without numbers and times."""
    for index, header in enumerate(cells[0]):
        column = [unmarked(row[index]).strip() for row in cells[1:] if index < len(row)]
        if _kind_of_column(header) is None and not all(PLACE.fullmatch(cell) for cell in column):
            yield from (f"{unmarked(header).strip()}: {cell}" for cell in column if not EMPTY_CELL.fullmatch(cell))


def lines_of_storyboard(cells: Sequence[Sequence[str]]) -> Iterator[Sequence[str]]:
    """Yield for each row of a storyboard its labelled lines, first what is seen."""
    order = list(LABELS)
    columns = [(kind, index) for index, cell in enumerate(cells[0]) if (kind := _kind_of_column(cell))]
    columns.sort(key=lambda column: (column[0] == Kind.SPEECH, order.index(column[0])))
    for row in cells[1:]:
        filled = [(kind, row[index].strip()) for kind, index in columns if index < len(row)]
        yield [f"{LABELS[kind]}: {cell}" for kind, cell in filled if not EMPTY_CELL.fullmatch(unmarked(cell))]


# -- pictures and captions -------------------------------------------------------------------------------------------


def with_pictures(reads: Sequence[Read]) -> list[ScriptLine]:
    """Return the lines; those that are spoken have the pictures and captions of their part of the script."""
    lines: list[ScriptLine] = []
    section: list[Read] = []
    carried: list[Read] = []
    for read in (*reads, Read(ScriptLine(""), "part")):
        if read.kind == "part":
            carried = _attach(lines, [*carried, *section])
            section = []
        section.append(read)
    _attach_to_last(lines, carried)
    return lines


def _attach(lines: list[ScriptLine], section: Sequence[Read]) -> list[Read]:
    """Add the lines of a part to ``lines``; return its pictures and captions if nothing is spoken in it."""
    spoken = [index for index, read in enumerate(section) if has_words(read.line.words)]
    result = [read.line for read in section]
    for kind in (Kind.PICTURE, Kind.CAPTION):
        marked = [index for index, read in enumerate(section) if read.kind == kind and read.text]
        for index in marked if spoken else ():
            is_before = marked[0] < spoken[0]
            after, before = [k for k in spoken if k > index], [k for k in spoken if k < index]
            target = (after or before[-1:])[0] if is_before else (before[-1:] or after)[0]
            result[target] = _with(result[target], kind, section[index].text)
    if spoken:
        lines += result
        return []
    lines += [read.line for read in section]
    return [replace(read, line=ScriptLine("")) for read in section if read.kind in (Kind.PICTURE, Kind.CAPTION)]


def _attach_to_last(lines: list[ScriptLine], reads: Sequence[Read]) -> None:
    last = next((index for index in reversed(range(len(lines))) if has_words(lines[index].words)), None)
    for read in reads if last is not None else ():
        lines[last or 0] = _with(lines[last or 0], Kind(read.kind), read.text)


def _with(line: ScriptLine, kind: Kind, text: str) -> ScriptLine:
    if kind == Kind.PICTURE:
        return replace(line, picture="; ".join(part for part in (line.picture, text) if part))
    return replace(line, on_screen=f"{line.on_screen}\n{text}".strip())
