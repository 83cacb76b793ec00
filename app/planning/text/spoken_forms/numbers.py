"""Written numbers: groups of digits, decimals and simple fractions, in the notations of several countries."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction

# "1/2" and such are fractions; other denominators are scores, dates or pages.
SIMPLE_FRACTIONS = r"1/2|[12]/3|[13]/4|1/5|[15]/6|[1357]/8|1/10|[1357]/16"
VULGAR_FRACTIONS = "¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
_GROUP_SPACES = "_'’\u00a0\u2009\u202f"
_FRACTION = re.compile(rf"(?:(\d+)[ \u00a0\u202f]?)??(?:([{VULGAR_FRACTIONS}])|(\d+)/(\d+))")


@dataclass(frozen=True, slots=True)
class Number:
    """A number: its digits without group marks, its decimals, and a fraction beside the whole."""

    whole: str
    decimals: str = ""
    fraction: Fraction | None = None
    is_grouped: bool = False

    @property
    def is_one(self) -> bool:
        return self.whole == "1" and not self.decimals and not self.fraction

    @property
    def value(self) -> Fraction:
        decimals = Fraction(int(self.decimals or 0), 10 ** len(self.decimals))
        return int(self.whole or 0) + decimals + (self.fraction or 0)

    @property
    def is_plain(self) -> bool:
        """Whether it is a run of digits, which may also be a year or a code."""
        return not (self.decimals or self.fraction or self.is_grouped)


def number_pattern(space_groups: str) -> str:
    """Return the pattern of a number; ``space_groups`` is that of "10 000", which not every language writes so."""
    fractions = rf"(?:\d+[ \u00a0\u202f]?)?[{VULGAR_FRACTIONS}]|(?:\d+[ ])?(?:{SIMPLE_FRACTIONS})(?![\d/])"
    grouped = (
        r"\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d{1,2}(?:,\d{2})+,\d{3}(?!\d)(?:\.\d+)?|\d{1,3}(?:\.\d{3})+(?!\d)(?:,\d+)?|"
        rf"\d{{1,3}}(?:[{_GROUP_SPACES}]\d{{3}})+(?!\d)(?:[.,]\d+)?|{space_groups}(?!\d)(?:[.,]\d+)?"
    )
    return rf"(?:{fractions}|(?:{grouped}|\d+[.,]\d+|(?<!\d)[.]?\d+)(?!\d)(?![.,]\d))"


def parse_number(text: str, decimal_mark: str) -> Number:
    """Return the number that ``text``, a match of ``number_pattern``, means.

    With two kinds of marks the last is that of the decimals. A single mark is that of the decimals, unless it is not
    ``decimal_mark`` and three digits follow.
    """
    if match := _FRACTION.fullmatch(text):
        return Number(match[1] or "", fraction=_fraction(match))
    digits = re.sub(rf"[ {_GROUP_SPACES}]", "", text)
    marks = re.findall("[.,]", digits)
    is_grouped = digits != text
    if not marks:
        return Number(digits, is_grouped=is_grouped)
    whole, mark, last = digits.rpartition(marks[-1])
    is_group_mark = len(marks) > 1 and len(set(marks)) == 1
    if is_group_mark or (len(marks) == 1 and mark != decimal_mark and len(last) == 3 and whole and not is_grouped):
        return Number(re.sub("[.,]", "", digits), is_grouped=True)
    return Number(re.sub("[.,]", "", whole) or "0", last, is_grouped=is_grouped or len(marks) > 1)


def _fraction(match: re.Match[str]) -> Fraction:
    if match[2]:
        return Fraction(unicodedata.numeric(match[2])).limit_denominator(10)
    return Fraction(int(match[3]), int(match[4]))
