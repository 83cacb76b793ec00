"""The items of a list inside a text: which of its words are the numbers of items."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.planning.text.abbreviations import abbreviations_of
from app.planning.text.bound_words import MONTHS, NUMBERED
from app.planning.text.marks import CLAUSE_MARKS, has_end_mark

NUMBER = re.compile(r"\(?(\d{1,2})[.)]|\((\d{1,2})\)")


def item_starts(words: Sequence[str]) -> frozenset[int]:
    """Return the indices of the words that number the items of a list ("1. Flour 2. Water 3. Salt").

    The numbers count up from 1, at the beginning of ``words``, of a sentence or after a colon. Without an end mark
    before it, a number is an item's only if a capital letter follows ("1. und 2. Mai" are no items).
    """
    found: list[int] = []
    starts: set[int] = set()
    for index, word in enumerate(words):
        match = NUMBER.fullmatch(word.strip())
        if not match or index + 1 == len(words) or (index and _is_label(words[index - 1].strip())):
            continue
        number = int(match[1] or match[2])
        if number == 1 and _begins(words, index):
            found = [index]
        elif found and number == len(found) + 1 and _may_follow(words, index, found[0]):
            found.append(index)
            starts.update(found)
    return frozenset(starts)


def _begins(words: Sequence[str], index: int) -> bool:
    before = words[index - 1].strip() if index else ""
    return not before or has_end_mark(before) or before[-1] in CLAUSE_MARKS or _has_capital(words[index + 1])


def _may_follow(words: Sequence[str], index: int, first: int) -> bool:
    """Return whether the number at ``index`` may go on with the list that begins at ``first``."""
    after = words[index + 1].strip()
    is_alike = after[:1].islower() == words[first + 1].strip()[:1].islower()
    is_bracket = words[index].strip().endswith(")")
    begins = has_end_mark(words[index - 1]) or is_bracket or not after[:1].islower()
    return begins and is_alike and after.rstrip(CLAUSE_MARKS + ".") not in MONTHS


def _is_label(word: str) -> bool:
    """Return whether a number after ``word`` is its own ("Step 1.", "Fig. 2.")."""
    return word.lower() in NUMBERED or "numbers" in abbreviations_of(None).kinds_of(word)


def _has_capital(word: str) -> bool:
    first = word.strip()[:1]
    return first.isalnum() and not first.islower()
