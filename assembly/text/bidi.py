"""The order on the screen of the parts of a line with right-to-left text.

Source: Unicode Standard Annex #9, rules P2, W1–W7, N1–N2, I1–I2 and L2. Rules for explicit directions (X1–X8) and
paired brackets (N0) are left out.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import groupby

RIGHT_TO_LEFT = ("R", "AL")
STRONG = ("L", *RIGHT_TO_LEFT)
SEPARATORS, TERMINATOR = ("ES", "CS"), "ET"
NUMBERS = ("EN", "AN")
# An invisible letter that begins a line from left to right.
LEFT_TO_RIGHT_MARK = "\N{LEFT-TO-RIGHT MARK}"


def is_right_to_left(text: str) -> bool:
    """Return whether ``text`` has a right-to-left character, so that its order on the screen may differ."""
    return any(unicodedata.bidirectional(char) in RIGHT_TO_LEFT for char in text)


def base_level(text: str) -> int:
    """Return 1 if the first letter of ``text`` is written from right to left, else 0 (rules P2 and P3)."""
    types = (unicodedata.bidirectional(char) or "L" for char in text)
    return int(next((kind for kind in types if kind in STRONG), "L") in RIGHT_TO_LEFT)


def mark_before(line: str, text: str) -> str:
    """Return the mark with which a ``line`` of a left-to-right ``text`` has its direction; empty if it needs none."""
    return LEFT_TO_RIGHT_MARK if base_level(line) > base_level(text) else ""


def visual_order(parts: Sequence[str]) -> tuple[tuple[int, str], ...]:
    """Return the runs of one direction inside ``parts`` from left to right, each with the index of its part."""
    levels = embedding_levels("".join(parts))
    indices = [index for index, part in enumerate(parts) for _ in part]
    characters = zip("".join(parts), indices, levels, strict=True)
    runs = [
        (level, index, "".join(char for char, _, _ in run))
        for (index, level), run in groupby(characters, key=lambda entry: entry[1:])
    ]
    for level in range(max(levels, default=0), 0, -1):
        runs = _reversed_from(runs, level)
    return tuple((index, text) for _, index, text in runs)


def _reversed_from(runs: list[tuple[int, int, str]], level: int) -> list[tuple[int, int, str]]:
    """Reverse every sequence of runs of at least ``level`` (rule L2)."""
    result: list[tuple[int, int, str]] = []
    for is_deep, group in groupby(runs, key=lambda run: run[0] >= level):
        sequence = list(group)
        result += sequence[::-1] if is_deep else sequence
    return result


def embedding_levels(text: str) -> list[int]:
    """Return the level of each character: even from left to right, odd from right to left."""
    types = [unicodedata.bidirectional(char) or "L" for char in text]
    base = base_level(text)
    direction = "R" if base else "L"
    types = _neutrals_resolved(_weak_resolved(types, direction), direction)
    return [base + _level_above(kind, base) for kind in types]


def _level_above(kind: str, base: int) -> int:
    if base:
        return int(kind != "R")
    return {"L": 0, "R": 1}.get(kind, 2)


def _weak_resolved(types: list[str], direction: str) -> list[str]:
    """Apply rules W1 to W7: marks, numbers and the signs beside them."""
    result: list[str] = []
    strong, previous = direction, direction
    for kind in types:
        previous = previous if kind == "NSM" else kind
        strong = previous if previous in STRONG else strong
        result.append("AN" if previous == "EN" and strong == "AL" else "R" if previous == "AL" else previous)
    result = _number_signs_resolved(result)
    strong = direction
    for index, kind in enumerate(result):
        strong = kind if kind in STRONG else strong
        if kind == "EN" and strong == "L":
            result[index] = "L"
    return result


def _number_signs_resolved(types: list[str]) -> list[str]:
    """Apply rules W4 to W6: a separator between two numbers and terminators beside one belong to the number."""
    result = list(types)
    for index in range(1, len(result) - 1):
        before, after = result[index - 1], result[index + 1]
        joins = result[index] in SEPARATORS and before == after and before in NUMBERS
        if joins and (before == "EN" or result[index] == "CS"):
            result[index] = before
    for order in (range(1, len(result)), range(len(result) - 2, -1, -1)):
        for index in order:
            neighbour = result[index - order.step]
            if result[index] == TERMINATOR and neighbour == "EN":
                result[index] = "EN"
    return ["ON" if kind in (*SEPARATORS, TERMINATOR) else kind for kind in result]


def _neutrals_resolved(types: list[str], direction: str) -> list[str]:
    """Apply rules N1 and N2: neutrals between equal directions take it, others that of the line."""
    result: list[str] = []
    before = direction
    groups = [(is_neutral, list(group)) for is_neutral, group in groupby(types, key=_is_neutral)]
    for number, (is_neutral, group) in enumerate(groups):
        if not is_neutral:
            before = _direction_of(group[-1])
            result += group
            continue
        after = _direction_of(groups[number + 1][1][0]) if number + 1 < len(groups) else direction
        result += [before if before == after else direction] * len(group)
    return result


def _is_neutral(kind: str) -> bool:
    return kind not in (*STRONG, *NUMBERS)


def _direction_of(kind: str) -> str:
    return "L" if kind == "L" else "R"
