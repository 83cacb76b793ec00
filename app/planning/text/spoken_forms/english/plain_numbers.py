"""Read a run of digits alone: as a year, a number, or digit by digit."""

from __future__ import annotations

import re

from app.planning.text.spoken_forms.english.numerals import cardinal, digits, year

# Words before a year. Other numbers of four digits follow "of", "to" or "by" too, but seldom without a plural noun.
_YEAR_PREPOSITION = re.compile(
    r"(?:^|\W)(?:in|since|by|from|until|till|to|of|before|after|year|during|around|circa|between|and|early|late|mid|"
    r"spring|summer|autumn|fall|winter|january|february|march|april|may|june|july|august|september|october|november|"
    r"december|copyright|©|est(?:\.|ablished)?|founded|born|class)\W*$",
    re.IGNORECASE,
)
_FIRM_YEAR_PREPOSITION = re.compile(r"(?:^|\W)(?:in|since|year|until|before|after)\W*$", re.IGNORECASE)
# A noun in the plural follows a number, and words that end like one follow a year.
_PLURAL_NOUN = re.compile(
    r"\W?\s*(?!(?:was|is|has|does|this|its|his|as|us|always|thus|perhaps|across|less)\b)[a-z-]+s\b"
)
_FIRST_YEAR, _LAST_YEAR = 1100, 2099
# A phone number, an account or a code; a number of this length has group marks.
_LONG = 10


def plain_number(number: str, before: str, after: str) -> str:
    """Return the words for ``number``, a run of digits, from the text before and after it on its line."""
    if len(number) > 1 and number.startswith("0"):
        return digits(number)
    if len(number) >= _LONG and not number.endswith("000"):
        return digits(number)
    if len(number) == 4 and _is_year(int(number), before, after):
        return year(int(number))
    return cardinal(int(number))


def _is_year(number: int, before: str, after: str) -> bool:
    has_plural = _PLURAL_NOUN.match(after) is not None
    if _FIRST_YEAR <= number <= _LAST_YEAR:
        return _YEAR_PREPOSITION.search(before) is not None or not has_plural
    return _FIRM_YEAR_PREPOSITION.search(before) is not None and not has_plural
