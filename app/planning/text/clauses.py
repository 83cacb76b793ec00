"""A sentence in parts: where a speaker would take breath, and as even as they can be."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate, pairwise

from app.planning.text.graphemes import line_units, pieces
from app.planning.text.sentences import CLAUSES, CLOSERS, ENDS, sound_ms
from schemas.text_width import is_unspaced

# What is longer is no word of any language, and may be parted anywhere.
ONE_WORD_COLUMNS = 120
# Words with which a clause begins, and words that lead to the next one, in the languages most spoken here.
BEGIN = """
and but or so because while when where which that who if until before after as than with without
und oder aber weil wenn dass während damit denn
et ou mais parce quand qui que pour avec
y o pero porque cuando para con e ma perché quando che per mas com en maar omdat
"""
LEAD = """
a an the of to in on at by for from i you we they he she my your our his her its their this these those
der die das den dem ein eine einen von zu im am le la les un une de du des à el los las una del
il lo gli di os as um uma do da het een van
"""
BEGINNINGS, LEADING = frozenset(BEGIN.split()), frozenset(LEAD.split())


def divided(text: str, count: int, language: str = "en") -> tuple[str, ...]:
    """``text`` in ``count`` parts that take about equally long to say, every word in order; fewer if it has fewer."""
    return tuple(part.strip() for part in parted(text, count, language))


def parted(text: str, count: int, language: str = "en") -> tuple[str, ...]:
    """Return the parts of ``divided``, each with the space that is written after it: joined they are ``text`` again."""
    units = _units(text)
    said = list(accumulate((sound_ms(unit, language=language) + 1 for unit in units), initial=0))
    places = _places(units, said, 0, len(units), max(1, min(count, len(units)))) if units else []
    return tuple("".join(units[first:last]) for first, last in pairwise([*places, len(units)]))


def _units(text: str) -> list[str]:
    """Return what may be parted, each with the space after it."""
    return [piece for unit in line_units(text) for piece in pieces(unit, ONE_WORD_COLUMNS)]


def _places(units: Sequence[str], said: Sequence[int], first: int, last: int, count: int) -> list[int]:
    """Where the ``count`` parts of ``units[first:last]`` begin: the whole is halved, then each half."""
    if count == 1:
        return [first]
    left = count // 2
    place = _best_place(units, said, (first + left, last - (count - left)), _share(said, first, last, left, count))
    return _places(units, said, first, place, left) + _places(units, said, place, last, count - left)


def _share(said: Sequence[int], first: int, last: int, left: int, count: int) -> tuple[float, float]:
    """The moment at which ``left`` of ``count`` parts are said, and how long a part is."""
    whole = said[last] - said[first]
    return said[first] + whole * left / count, whole / count


def _best_place(units: Sequence[str], said: Sequence[int], allowed: tuple[int, int], share: tuple[float, float]) -> int:
    """The least harmful place near the wanted moment: a part away from it, nothing can make up for the distance."""
    wanted, part = share
    lowest, highest = allowed
    near = max(lowest, min(highest, bisect_left(said, wanted - part)))
    far = max(near, min(highest, bisect_left(said, wanted + part)))
    return min(
        range(near, far + 1),
        key=lambda place: abs(said[place] - wanted) / part + _harm(units[place - 1], units[place]),
    )


def _harm(before: str, after: str) -> float:
    """How much it hurts to take breath between two words, as a share of a part's length."""
    last = before.strip().rstrip(CLOSERS)[-1:]
    if last in tuple(ENDS):
        return 0.0
    if last in tuple(CLAUSES) or (before.endswith(" ") and is_unspaced(last or " ")):
        return 0.1
    if before.strip().lower() in LEADING:
        return 0.9
    return 0.25 if after.strip().lower() in BEGINNINGS else 0.5
