"""The structure of a narration: items of lists with their numbers, quotations with their authors, and other sentences.

A passage is not mixed with its neighbours: it begins a scene, and a quotation is never split.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise, takewhile

from app.planning.text.items import item_number, with_lines_of_items
from app.planning.text.marks import CLOSING_MARKS, END_MARKS
from app.planning.text.quotes import DASHES, Part, author_index, is_author, quotation_parts
from app.planning.text.script_lines import ScriptLine, with_headings, with_turns
from app.planning.text.sentences import sentences
from app.planning.text.shown_blocks import ShownBlock
from schemas.scene_graph import ListItem

# The opening quotation mark of a quotation within a paragraph.
OPENING_QUOTE = re.compile(r"(?:^|(?<=\s))[\"“„«]")

# The word for a step before its number, in the languages whose labels are numbers of items.
STEP = re.compile(r"^\W*(step|schritt|étape|paso|passo|stap)\b", re.IGNORECASE)
# What says that a numbered list has the steps of instructions.
INSTRUCTIONS = re.compile(
    r"\b(?:how to|how do|steps?|recipe|instructions?|tutorial|directions|method|schritte?n?|rezept|anleitung|so geht|"
    r"recette|étapes?|mode d['’]emploi|comment faire|receta|pasos?|instrucciones|cómo hacer)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Passage:
    """Sentences of a narration that belong together.

    ``item`` is set for an item of a list, ``author`` for a quotation, which is one sentence with its author. ``shown``
    is a table or code that is shown while the sentences are spoken, ``picture`` describes what is seen, and
    ``on_screen`` is text that is shown. ``turns`` says that the text turns before them, and
    ``continues`` that they are in the same paragraph as the passage before.
    """

    sentences: tuple[str, ...]
    item: ListItem | None = None
    author: str = ""
    shown: ShownBlock | None = None
    turns: bool = False
    is_heading: bool = False
    continues: bool = False
    picture: str = ""
    on_screen: str = ""

    @property
    def is_apart(self) -> bool:
        """Whether the passage shares no scene with its neighbours."""
        return self.item is not None or self.author != "" or self.shown is not None

    @property
    def begins_scene(self) -> bool:
        """Whether the passage begins a scene, because something else is seen or shown from there on."""
        return self.picture != "" or self.on_screen != ""


def passages(lines: Sequence[ScriptLine], language: str | None = None) -> tuple[Passage, ...]:
    """Return the passages of a text, with all of its words in order."""
    separate = _with_lists_in_lines(with_turns(with_headings(_with_authors(lines)), language), language)
    result: list[Passage] = []
    index = 0
    while index < len(separate):
        rows = _table_at(separate, index)
        items = [] if rows else _list_at(separate, index)
        result += [_item_passage(group, item, language) for group, item in items]
        index += sum(len(group) for group, _ in items)
        if rows:
            result.append(Passage((_joined_rows(rows),), shown=rows[0].shown, turns=rows[0].turns))
            index += len(rows)
        elif not items:
            result += _passages_of_line(separate[index], language)
            index += 1
    return tuple(passage for passage in result if passage.sentences)


def _passages_of_line(line: ScriptLine, language: str | None) -> list[Passage]:
    """Return the passages of a paragraph; the text may turn before the first of them."""
    parts = [part for part in _plain_passages(line.words, language) if part.sentences]
    first, *others = _with_code(parts, line.shown) or [Passage(())]
    return [
        replace(first, turns=line.turns, is_heading=line.is_heading, picture=line.picture, on_screen=line.on_screen),
        *(replace(other, continues=True) for other in others),
    ]


# -- tables and code -------------------------------------------------------------------------------------------------


def _table_at(lines: Sequence[ScriptLine], start: int) -> list[ScriptLine]:
    """Return the rows of the table that begins at ``start``; [] if none does."""
    shown = lines[start].shown
    if shown is None or shown.style != "table":
        return []
    return list(takewhile(lambda line: line.shown == shown, lines[start:]))


def _joined_rows(rows: Sequence[ScriptLine]) -> str:
    """Return the words of rows as one text, each with the end of a sentence, so that a voice pauses between them."""
    return " ".join(row.words if row.words[-1:] in tuple(END_MARKS) else f"{row.words}." for row in rows)


def _with_code(parts: list[Passage], code: ShownBlock | None) -> list[Passage]:
    """Return the passages of a paragraph, the last sentence of which is spoken while ``code`` is shown."""
    if code is None or not parts:
        return parts
    *before, last = parts
    if last.author:
        return [*before, replace(last, shown=code)]
    *sentences_before, sentence = last.sentences
    plain = [Passage(tuple(sentences_before))] if sentences_before else []
    return [*before, *plain, Passage((sentence,), shown=code)]


# -- quotations ------------------------------------------------------------------------------------------------------


def _with_authors(lines: Sequence[ScriptLine]) -> list[ScriptLine]:
    """Join a line that names an author ("— Seneca") with the quotation before it."""
    result: list[ScriptLine] = []
    for index, line in enumerate(lines):
        next_line = lines[index + 1] if index + 1 < len(lines) else ScriptLine("")
        if result and _names_author(line, result[-1], next_line):
            author = line.words.lstrip(f"{DASHES}- ")
            result[-1] = replace(result[-1], words=f"{result[-1].words} — {author}")
        else:
            result.append(line)
    return result


def _names_author(line: ScriptLine, before: ScriptLine, after: ScriptLine) -> bool:
    dash = line.bullet or line.words[:1]
    if before.bullet or (line.bullet and after.bullet):
        return False
    ends_quote = before.words[-1:] in tuple(CLOSING_MARKS) and dash in tuple(f"{DASHES}-")
    ends_sentence = before.words[-1:] in tuple(END_MARKS) and dash in tuple(DASHES)
    return (ends_quote or ends_sentence) and is_author(line.words.lstrip(f"{DASHES}- "))


def _plain_passages(text: str, language: str | None) -> list[Passage]:
    """Return the quotations of a paragraph with their authors, and the sentences around them."""
    parts = quotation_parts(text)
    if not any(part.author for part in parts):
        return _quotation_at_end(text, language)
    return [_quotation(part) if part.author else Passage(sentences(part.text, language)) for part in parts]


def _quotation(part: Part) -> Passage:
    """Return a quotation as one sentence; its author is in it, unless the words before it name him."""
    words = part.text if part.is_introduced else f"{part.text} — {part.author}"
    return Passage((words,), author=part.author)


def _quotation_at_end(text: str, language: str | None) -> list[Passage]:
    """Return the quotation at the end of a paragraph, in any marks or none, with its author after a dash."""
    words = text.split()
    index = author_index(words)
    if index is None:
        return [Passage(sentences(text, language))]
    said, author = " ".join(words[:index]), " ".join(words[index:]).lstrip(f"{DASHES} ")
    quote = OPENING_QUOTE.search(said)
    start = quote.start() if quote and said[-1] in CLOSING_MARKS else 0
    before = Passage(sentences(said[:start], language)) if said[:start].strip() else Passage(())
    return [before, Passage((f"{said[start:]} — {author}",), author=author)]


# -- lists -----------------------------------------------------------------------------------------------------------


def _with_lists_in_lines(lines: Sequence[ScriptLine], language: str | None) -> list[ScriptLine]:
    """Return ``lines`` with each list that is written in one line ("… 1. Paris. 2. Rome.") as a line for each item."""
    result: list[ScriptLine] = []
    for line in lines:
        parts = sentences(with_lines_of_items(line.words), language)
        numbers = [item_number(part) for part in parts]
        if _is_sequence([number for number in numbers if number is not None]):
            result += _items_in_line(parts, numbers, line)
        else:
            result.append(line)
    return result


def _items_in_line(parts: Sequence[str], numbers: Sequence[int | None], line: ScriptLine) -> list[ScriptLine]:
    """Return a line for the sentences before the list, for each item, and for the sentences after the last item.

    The last item has as many sentences as the shortest of the others.
    """
    starts = [index for index, number in enumerate(numbers) if number is not None]
    length = min(after - before for before, after in pairwise(starts))
    bounds = sorted({0, *starts, min(len(parts), starts[-1] + length), len(parts)})
    return [
        replace(
            line,
            words=" ".join(parts[first:last]),
            number=numbers[first],
            bullet="",
            shown=line.shown if last == len(parts) else None,
            turns=line.turns and first == 0,
        )
        for first, last in pairwise(bounds)
    ]


def _is_sequence(numbers: Sequence[int]) -> bool:
    """Return whether ``numbers`` count up or down by one."""
    steps = {after - before for before, after in pairwise(numbers)}
    return steps in ({1}, {-1})


def _list_at(lines: Sequence[ScriptLine], start: int) -> list[tuple[list[ScriptLine], ListItem]]:
    """Return the items of the list that begins at ``start``, each with the lines that belong to it; [] if none does."""
    groups = _groups(lines, start)
    if len(groups) < 2:
        return []
    if lines[start].bullet:
        return [(group, ListItem(index, len(groups))) for index, group in enumerate(groups, 1)]
    numbers = [group[0].number or 0 for group in groups]
    labels = [step_label(group[0].words) for group in groups]
    label = labels[0] if len(set(labels)) == 1 else ""
    is_ascending = numbers[0] < numbers[-1]
    dots = is_ascending and (label != "" or _are_steps(lines[:start]))
    return [(group, ListItem(number, max(numbers), label, dots)) for group, number in zip(groups, numbers, strict=True)]


def step_label(words: str) -> str:
    """Return the word for a step at the beginning of an item ("Step 2: …"), in its own spelling; "" without one."""
    match = STEP.match(words)
    return match[1].capitalize() if match else ""


def _are_steps(before: Sequence[ScriptLine]) -> bool:
    """Return whether the lines before a list say that it has the steps of instructions."""
    return any(INSTRUCTIONS.search(line.words) for line in (*before[:1], *before[-1:]))


def _groups(lines: Sequence[ScriptLine], start: int) -> list[list[ScriptLine]]:
    """Return the lines of each item of the list at ``start``.

    Indented lines belong to the item before them. So do other lines between two numbered items, and as many lines after
    the last one as each of the others has.
    """
    groups: list[list[ScriptLine]] = []
    for index in range(start, len(lines)):
        line = lines[index]
        if _table_at(lines, index):
            break
        if _continues_list(groups, line, lines[start]):
            groups.append([line])
        elif groups and (line.is_indented or lines[start].number is not None) and not line.bullet:
            groups[-1].append(line)
        else:
            break
    if lines[start].number is not None and groups:
        indented = next((k for k, line in enumerate(groups[-1][1:], 1) if not line.is_indented), len(groups[-1]))
        shortest = min((len(group) for group in groups[:-1]), default=1)
        groups[-1] = groups[-1][: max(indented, shortest)]
    return groups


def _continues_list(groups: Sequence[Sequence[ScriptLine]], line: ScriptLine, first: ScriptLine) -> bool:
    """Return whether ``line`` is the next item of the list."""
    if first.bullet:
        return bool(line.bullet)
    if first.number is None or line.number is None:
        return False
    numbers = [group[0].number or 0 for group in (*groups[:2], *groups[-1:])]
    if len(groups) < 2:
        return not groups or _is_sequence([numbers[0], line.number])
    return line.number - numbers[-1] == numbers[1] - numbers[0]


def _item_passage(lines: Sequence[ScriptLine], item: ListItem, language: str | None) -> Passage:
    parts = tuple(part for line in lines for part in sentences(line.words, language))
    shown = next((line.shown for line in lines if line.shown), None)
    first = lines[0]
    return Passage(parts, item, shown=shown, turns=first.turns, picture=first.picture, on_screen=first.on_screen)


# -- scenes ----------------------------------------------------------------------------------------------------------


def passages_of_lines(lines: Sequence[str], all_passages: Sequence[Passage]) -> tuple[Passage | None, ...]:
    """Return the passage in which each spoken line begins; a silent line belongs to that of the line before it.

    ``lines`` have the words of the passages in order, or the first of them.
    """
    indices = indices_of_lines(lines, [passage.sentences for passage in all_passages])
    return tuple(None if index is None else all_passages[index] for index in indices)


def indices_of_lines(lines: Sequence[str], texts: Sequence[Sequence[str]]) -> tuple[int | None, ...]:
    """Return the index of the one of ``texts`` in which each line begins; ``lines`` as in ``passages_of_lines``."""
    ends = [*accumulate(sum(map(_letters, text)) for text in texts)]
    result: list[int | None] = []
    offset, index = 0, 0
    for line in lines:
        while line and index < len(ends) and offset >= ends[index]:
            index += 1
        result.append(index if index < len(ends) else None)
        offset += _letters(line)
    return tuple(result)


def turns_before_lines(lines: Sequence[str], all_passages: Sequence[Passage]) -> tuple[bool, ...]:
    """Return for each spoken line whether it begins where the text turns; ``lines`` as in ``passages_of_lines``."""
    starts = accumulate((sum(map(_letters, passage.sentences)) for passage in all_passages), initial=0)
    turns = {start for start, passage in zip(starts, all_passages, strict=False) if passage.turns}
    offsets = accumulate(map(_letters, lines), initial=0)
    return tuple(line != "" and offset in turns for line, offset in zip(lines, offsets, strict=False))


def _letters(text: str) -> int:
    return sum(not char.isspace() for char in text)
