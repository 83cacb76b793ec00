"""Split a sentence into parts of about equal spoken length, where a speaker would pause."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence, Set
from itertools import accumulate, pairwise

from app.planning.text.graphemes import line_units, split_to_width
from app.planning.text.marks import CLAUSE_MARKS, CLOSING_MARKS
from app.planning.text.sentence_ends import opens_next, sentence_starts
from app.planning.text.spoken_length import sound_ms
from schemas.text_width import is_unspaced

# A longer unit is not a word of any language and may be split anywhere.
MAX_WORD_COLUMNS = 120
# The cost of a pause after a question or opener that belongs to what follows.
OPENER_COST = 2.0
# Words that begin a clause, and words that lead to the next word, in the most frequent languages.
_OPENERS = """
and but or so because while when where which that who if until before after as than with without
und oder aber weil wenn dass während damit denn
et ou mais parce quand qui que pour avec
y o pero porque cuando para con e ma perché quando che per mas com en maar omdat
"""
_LEADING = """
a an the of to in on at by for from i you we they he she my your our his her its their this these those
der die das den dem ein eine einen von zu im am le la les un une de du des à el los las una del
il lo gli di os as um uma do da het een van
"""
CLAUSE_OPENERS, LEADING_WORDS = frozenset(_OPENERS.split()), frozenset(_LEADING.split())


def split_text(text: str, count: int, language: str = "en") -> tuple[str, ...]:
    """Return ``text`` in ``count`` parts of about equal spoken length, words in order; fewer if it has fewer words."""
    return tuple(part.strip() for part in split_with_spaces(text, count, language))


def split_with_spaces(text: str, count: int, language: str = "en") -> tuple[str, ...]:
    """Return the parts of ``split_text``, each with the space written after it: joined, they are ``text``."""
    units = _units(text, language)
    ends_ms = list(accumulate((sound_ms(unit, language=language) + 1 for unit in units), initial=0))
    sentences = sentence_starts(units, language)
    costs = [_split_cost(units, index, sentences) for index in range(len(units))]
    starts = _part_starts(costs, ends_ms, 0, len(units), max(1, min(count, len(units)))) if units else []
    return tuple("".join(units[first:last]) for first, last in pairwise([*starts, len(units)]))


def _units(text: str, language: str) -> list[str]:
    """Return the units between which ``text`` may be split, each with the space after it."""
    return [piece for unit in line_units(text, language) for piece in split_to_width(unit, MAX_WORD_COLUMNS)]


def _part_starts(costs: Sequence[float], ends_ms: Sequence[int], first: int, last: int, count: int) -> list[int]:
    """Return the indices at which the ``count`` parts of the units ``[first, last)`` begin.

    The whole is split into two, then each half again. ``ends_ms[k]`` is the spoken length of the first ``k`` units, and
    ``costs[k]`` that of a pause before unit ``k``.
    """
    if count == 1:
        return [first]
    left = count // 2
    target = _target(ends_ms, first, last, left, count)
    middle = _best_split(costs, ends_ms, (first + left, last - (count - left)), target)
    return _part_starts(costs, ends_ms, first, middle, left) + _part_starts(costs, ends_ms, middle, last, count - left)


def _target(ends_ms: Sequence[int], first: int, last: int, left: int, count: int) -> tuple[float, float]:
    """Return the time at which ``left`` of ``count`` equal parts end, and the length of a part."""
    total_ms = ends_ms[last] - ends_ms[first]
    return ends_ms[first] + total_ms * left / count, total_ms / count


def _best_split(
    costs: Sequence[float], ends_ms: Sequence[int], allowed: tuple[int, int], target: tuple[float, float]
) -> int:
    """Return the index with the lowest cost within one part's length of the target time; farther away none is lower."""
    target_ms, part_ms = target
    lowest, highest = allowed
    first = max(lowest, min(highest, bisect_left(ends_ms, target_ms - part_ms)))
    last = max(first, min(highest, bisect_left(ends_ms, target_ms + part_ms)))
    return min(
        range(first, last + 1),
        key=lambda index: abs(ends_ms[index] - target_ms) / part_ms + costs[index],
    )


def _split_cost(units: Sequence[str], index: int, sentences: Set[int]) -> float:
    """Return the cost of a pause before the unit at ``index``, as a share of a part's length.

    ``sentences`` begin at these units.
    """
    if index == 0:
        return 0.0
    before, after = units[index - 1], units[index]
    last = before.strip().rstrip(CLOSING_MARKS)[-1:]
    if opens_next(units, index - 1, sentences):
        return OPENER_COST
    if index in sentences:
        return 0.0
    if last in tuple(CLAUSE_MARKS) or (before.endswith(" ") and is_unspaced(last or " ")):
        return 0.1
    if before.strip().lower() in LEADING_WORDS:
        return 0.9
    return 0.25 if after.strip().lower() in CLAUSE_OPENERS else 0.5
