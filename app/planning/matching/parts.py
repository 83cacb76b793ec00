"""The parts of a text that have a picture each: as many items, sections, paragraphs or sentences as pictures."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice, pairwise

from app.planning.text.passages import Passage, indices_of_lines
from app.planning.text.quotes import DASHES

# What is said before each item of a list that is spoken.
COUNTED = (
    "one|first(?:ly)?|eins|erstens|une?|première?|premièrement|uno|primer[oa]",
    "two|second(?:ly)?|zwei|zweitens|deux|deuxième(?:ment)?|dos|segund[oa]",
    "three|third(?:ly)?|drei|drittens|trois|troisième(?:ment)?|tres|tercer[oa]",
    "four|fourth(?:ly)?|vier|viertens|quatre|quatrième(?:ment)?|cuatro|cuart[oa]",
    "five|fifth(?:ly)?|fünf|fünftens|cinq|cinquième(?:ment)?|cinco|quint[oa]",
    "six|sixth(?:ly)?|sechs|sechstens|sixième(?:ment)?|seis|sext[oa]",
    "seven|seventh(?:ly)?|sieben|siebtens|sept|septième(?:ment)?|siete|séptim[oa]",
    "eight|eighth(?:ly)?|acht|achtens|huit|huitième(?:ment)?|ocho|octav[oa]",
    "nine|ninth(?:ly)?|neun|neuntens|neuf|neuvième(?:ment)?|nueve|noven[oa]",
    "ten|tenth(?:ly)?|zehn|zehntens|dix|dixième(?:ment)?|diez|décim[oa]",
)
COUNTS = tuple(
    re.compile(rf"\W*(?:(?:number|nummer|numéro|número)\s+)?(?:{words})\s*[:.,{DASHES}-]", re.IGNORECASE)
    for words in COUNTED
)


@dataclass(frozen=True, slots=True)
class Part:
    """The sentences of a text from ``first`` up to ``last``, which have a picture; ``name`` says what they are.

    All scenes of a part that ``is_item`` show its picture, even one that names another.
    """

    name: str
    first: int
    last: int
    is_item: bool = False


@dataclass(frozen=True, slots=True)
class PartScenes:
    """The scenes of a part, as indices of lines; ``name`` and ``is_item`` are those of the part."""

    name: str
    scenes: tuple[int, ...]
    is_item: bool = False


def parts_of(
    passages: Sequence[Passage], pictures: int, may_be_scene: Callable[[str], bool] = bool
) -> tuple[Part, ...]:
    """Return the parts of a text if there are as many as ``pictures``, else ().

    They are the items of a list, else sections, paragraphs or sentences. What is before or after a list or the
    sections is a part if there is a picture for it too. Words are a part only if they ``may_be_scene``, as those of a
    written list are.
    """
    said = sentences_of(passages)
    for nth, parts in enumerate(_divisions(passages)):
        found = _with_ends(parts, len(said), pictures) if len(parts) > 1 else ()
        if found and (nth == 0 or all(may_be_scene(" ".join(said[part.first : part.last])) for part in found)):
            return found
    return ()


def leaves_one(passages: Sequence[Passage], pictures: int) -> bool:
    """Return whether a text ends with a list, and there is one picture more than items and what is before them."""
    end = len(sentences_of(passages))
    lists = [parts for parts in islice(_divisions(passages), 2) if len(parts) > 1 and parts[-1].last == end]
    return any(len(parts) + (parts[0].first > 0) == pictures - 1 for parts in lists)


def sentences_of(passages: Sequence[Passage]) -> tuple[str, ...]:
    return tuple(sentence for passage in passages for sentence in passage.sentences)


def scenes_of_parts(lines: Sequence[str], passages: Sequence[Passage], parts: Sequence[Part]) -> tuple[PartScenes, ...]:
    """Return the scenes that begin in each of ``parts``; () if none begins in one of them.

    Without a list, parts of one scene each are an order that says no more than that of the pictures, and silent scenes
    are there for other pictures: () too.
    """
    indices = indices_of_lines(lines, [[sentence] for sentence in sentences_of(passages)])
    scenes_of = {
        part: tuple(scene for scene, index in enumerate(indices) if index in range(part.first, part.last))
        for part in parts
    }
    result = tuple(PartScenes(part.name, scenes, part.is_item) for part, scenes in scenes_of.items())
    is_list = any(part.is_item for part in parts)
    is_clear = is_list or (len(parts) < len(lines) and all(lines))
    return result if is_clear and all(part.scenes for part in result) else ()


def _divisions(passages: Sequence[Passage]) -> Iterator[tuple[Part, ...]]:
    """Yield what a text may be divided into, from the clearest parts on."""
    starts = [*accumulate((len(passage.sentences) for passage in passages), initial=0)]
    yield tuple(
        Part(f"item {passage.item.number} of the list", first, last, is_item=True)
        for passage, (first, last) in zip(passages, pairwise(starts), strict=True)
        if passage.item
    )
    yield _spoken_items(sentences_of(passages))
    yield from _sections(passages, starts)
    begins = [index for index, passage in enumerate(passages) if not (passage.continues or _is_under(passages, index))]
    yield _parts("paragraph", [starts[index] for index in begins], starts[-1])
    if passages and passages[0].is_heading:
        yield _parts("paragraph", [starts[index] for index in (1, *begins[1:])], starts[-1])
    yield _parts("sentence", range(starts[-1]), starts[-1])


def _is_under(passages: Sequence[Passage], index: int) -> bool:
    """Return whether a passage is under a heading, and so begins no paragraph of its own."""
    return index > 0 and passages[index - 1].is_heading


def _sections(passages: Sequence[Passage], starts: Sequence[int]) -> Iterator[tuple[Part, ...]]:
    """Yield the parts under headings; the first heading may be the title, and what is under it no section."""
    headings = [
        starts[index]
        for index, passage in enumerate(passages)
        if passage.is_heading and not passages[min(index + 1, len(passages) - 1)].is_heading
    ]
    yield _parts("section", headings, starts[-1])
    yield _parts("section", headings[1:], starts[-1])


def _parts(kind: str, starts: Sequence[int], end: int) -> tuple[Part, ...]:
    return tuple(
        Part(f"{kind} {number}", first, last) for number, (first, last) in enumerate(pairwise([*starts, end]), 1)
    )


def _spoken_items(said: Sequence[str]) -> tuple[Part, ...]:
    """Return the items of a list that counts them in words ("One: …"); the last is as long as the shortest other."""
    starts: list[int] = []
    for index, sentence in enumerate(said):
        if len(starts) < len(COUNTS) and COUNTS[len(starts)].match(sentence):
            starts.append(index)
    if len(starts) < 2:
        return ()
    length = min(after - before for before, after in pairwise(starts))
    bounds = [*starts, min(len(said), starts[-1] + length)]
    return tuple(
        Part(f"item {number} of the list", first, last, is_item=True)
        for number, (first, last) in enumerate(pairwise(bounds), 1)
    )


def _with_ends(parts: tuple[Part, ...], count: int, pictures: int) -> tuple[Part, ...]:
    """Return ``parts``, with what is before and after them as far as there are more pictures; () if it is too many."""
    first, last = parts[0], parts[-1]
    before = [Part(f"the lines before {first.name}", 0, first.first)] if first.first else []
    after = [Part(f"the lines after {last.name}", last.last, count)] if last.last < count else []
    found = {len(each): each for each in ((*before, *parts, *after), (*parts, *after), (*before, *parts), parts)}
    return found.get(pictures, ())
