"""Signs at the beginning of a line that are those of numbers ("> 3 people", "- 5 °C"), although Markdown has them too.

A line alone counts as such; a run of lines with the same sign is a quotation or a list.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

FENCE = re.compile(r"\s{0,3}(?:`{3,}|~{3,})")
_AMOUNT = r"[~≈]?[$€£¥]?\d"
_DEGREES = r"\d+(?:[.,]\d+)?\s?(?:°|℃|℉|(?:degrees?|grad|degrés?|grados?|gradi|graus?|stopni|derece|градус\w*)\b|度)"
# What stands after the number of a rank ("# 1 in the world"), rather than things that are counted ("# 5 tips").
_OF_RANK = r"(?:in|on|of|at|for|among|worldwide|im|auf|weltweit|en|dans|au|del|du|nel|al|no|na|mundial)"


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign: how a line begins with it as a mark of Markdown, and as a sign of a number.

    The ``mark`` is in the group "mark". ``joins`` says that no space is left after the sign, because a reader of the
    line would take it for the mark of an item.
    """

    line: re.Pattern[str]
    number: re.Pattern[str]
    joins: bool = False


SIGNS = (
    Sign(re.compile(r"\s{0,3}>"), re.compile(rf"\s{{0,3}}(?P<mark>>) ?=?\s*{_AMOUNT}")),
    Sign(re.compile(r"\s{0,3}\+\s"), re.compile(rf"\s{{0,3}}(?P<mark>\+)\s+(?={_AMOUNT})"), joins=True),
    Sign(re.compile(r"\s{0,3}-\s"), re.compile(rf"\s{{0,3}}(?P<mark>-)\s+(?={_DEGREES})", re.IGNORECASE), joins=True),
    Sign(re.compile(r"\s{0,3}\*\s"), re.compile(r"\s{0,3}(?P<mark>\*)\s+\d[^=\n]{0,40}=")),
    Sign(
        re.compile(r"\s{0,3}#{1,6}\s"),
        re.compile(rf"\s{{0,3}}(?P<mark>#)\s+(?=\d{{1,3}}(?:\s+{_OF_RANK}\b|[\s.!]*$))", re.IGNORECASE),
        joins=True,
    ),
    Sign(re.compile(r"\s{0,3}#{1,6}\s"), re.compile(r"\s{0,3}(?P<mark>#)\s+of\b", re.IGNORECASE)),
)


def with_literal_signs(text: str) -> str:
    """Return ``text`` with a backslash before each sign of a number that begins a line."""
    lines = text.split("\n")
    code = _lines_of_code(lines)
    for sign in SIGNS:
        marked = [index for index, line in enumerate(lines) if index not in code and sign.line.match(line)]
        if len(marked) == 1 and not _is_announced(lines, marked[0]):
            lines[marked[0]] = _escaped(lines[marked[0]], sign)
    return "\n".join(lines)


def _lines_of_code(lines: Sequence[str]) -> frozenset[int]:
    """Return the indices of the lines between fences."""
    inside: list[int] = []
    is_code = False
    for index, line in enumerate(lines):
        is_fence = FENCE.match(line) is not None
        inside += [index] if is_code and not is_fence else []
        is_code = is_code != is_fence
    return frozenset(inside)


def _is_announced(lines: Sequence[str], index: int) -> bool:
    """Return whether the line before ends with a colon, as before a list or a quotation."""
    before = next((line for line in reversed(lines[:index]) if line.strip()), "")
    return before.rstrip().endswith((":", "："))


def _escaped(line: str, sign: Sign) -> str:
    match = sign.number.match(line)
    if match is None:
        return line
    after = line[match.end("mark") :]
    return f"{line[: match.start('mark')]}\\{match['mark']}{after.lstrip() if sign.joins else after}"
