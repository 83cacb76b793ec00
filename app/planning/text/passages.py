"""The structure of a narration: items of lists with their numbers, quotations with their authors, and other sentences.

A passage is not mixed with its neighbours: it begins a scene, and a quotation is never split.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from app.planning.text.marks import CLOSING_MARKS, END_MARKS
from app.planning.text.quotes import DASHES, author_index, is_author
from app.planning.text.sentences import sentences
from app.planning.text.spoken_text import ScriptLine, item_number
from schemas.scene_graph import ListItem

# The opening quotation mark of a quotation within a paragraph.
OPENING_QUOTE = re.compile(r"(?:^|(?<=\s))[\"“„«]")


@dataclass(frozen=True, slots=True)
class Passage:
    """Sentences of a narration that belong together.

    ``item`` is set for an item of a list, ``author`` for a quotation, which is one sentence with its author.
    """

    sentences: tuple[str, ...]
    item: ListItem | None = None
    author: str = ""


def passages(lines: Sequence[ScriptLine], language: str | None = None) -> tuple[Passage, ...]:
    """Return the passages of a text, with all of its words in order."""
    separate = _with_lists_in_lines(_with_authors(lines), language)
    result: list[Passage] = []
    index = 0
    while index < len(separate):
        items = _list_at(separate, index)
        result += [_item_passage(group, item, language) for group, item in items]
        index += sum(len(group) for group, _ in items)
        if not items:
            result += _plain_passages(separate[index].words, language)
            index += 1
    return tuple(passage for passage in result if passage.sentences)


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
    """Return the quotation at the end of a paragraph with its author, and the sentences before it."""
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
        parts = sentences(line.words, language)
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
        replace(line, words=" ".join(parts[first:last]), number=numbers[first], bullet="")
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
    return [(group, ListItem(number, max(numbers))) for group, number in zip(groups, numbers, strict=True)]


def _groups(lines: Sequence[ScriptLine], start: int) -> list[list[ScriptLine]]:
    """Return the lines of each item of the list at ``start``.

    Indented lines belong to the item before them. So do other lines between two numbered items, and as many lines after
    the last one as each of the others has.
    """
    groups: list[list[ScriptLine]] = []
    for index in range(start, len(lines)):
        line = lines[index]
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
    return Passage(tuple(part for line in lines for part in sentences(line.words, language)), item)


# -- scenes ----------------------------------------------------------------------------------------------------------


def passages_of_lines(lines: Sequence[str], all_passages: Sequence[Passage]) -> tuple[Passage | None, ...]:
    """Return the passage in which each spoken line begins; a silent line belongs to that of the line before it.

    ``lines`` have the words of the passages in order, or the first of them.
    """
    ends: list[int] = []
    for passage in all_passages:
        ends.append((ends[-1] if ends else 0) + sum(map(_letters, passage.sentences)))
    result: list[Passage | None] = []
    offset, index = 0, 0
    for line in lines:
        while line and index < len(ends) and offset >= ends[index]:
            index += 1
        result.append(all_passages[index] if index < len(ends) else None)
        offset += _letters(line)
    return tuple(result)


def _letters(text: str) -> int:
    return sum(not char.isspace() for char in text)
