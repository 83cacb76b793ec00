"""The English words of amounts."""

from __future__ import annotations

import re

from app.planning.text.spoken_forms.english.numerals import cardinal, say_number
from app.planning.text.spoken_forms.english.plain_numbers import plain_number
from app.planning.text.spoken_forms.english.units import (
    CURRENCIES,
    MAGNITUDE_PATTERNS,
    MAGNITUDES,
    PER_UNITS,
    UNIT_PATTERNS,
    UNITS,
)
from app.planning.text.spoken_forms.numbers import Number
from app.planning.text.spoken_forms.phrases import GAP
from app.planning.text.spoken_forms.vocabulary import Unit, Vocabulary

SIGNS_BEFORE_NUMBERS = {
    "-": "minus",
    "–": "minus",
    "−": "minus",
    "+": "plus",
    "±": "plus or minus",
    "~": "about",
    "≈": "about",
    "<": "less than",
    ">": "more than",
    "≤": "at most",
    "≥": "at least",
    "<=": "at most",
    ">=": "at least",
    "@": "at",
}
_ARTICLE = re.compile(rf"(?:^|\W)an?{GAP}+$", re.IGNORECASE)
# A noun after an amount, rather than a word that describes or continues it.
NOUN = re.compile(
    rf"{GAP}+(?!(?:a|an|the|per|for|in|on|of|and|or|to|is|at|from|off|more|less|by|x)\b)[a-z]", re.IGNORECASE
)


def _say_cents(cents: int, unit: Unit) -> str:
    if cents >= 10:
        return cardinal(cents)
    return f"and {cardinal(cents)} {unit.singular if cents == 1 else unit.plural}"


def _half(unit: Unit) -> str:
    return "half an" if unit.singular[0] in "aeio" or unit.singular.startswith("hour") else "half a"


def _is_adjective(before: str, after: str) -> bool:
    """Return whether an amount describes a noun: "a 5 kg bag", "a $5 coffee"."""
    return _ARTICLE.search(before) is not None and NOUN.match(after) is not None


def _is_singular(number: Number) -> bool:
    return number.is_one or (number.fraction is not None and number.value <= 1)


VOCABULARY = Vocabulary(
    decimal_mark=".",
    # In English "2 100 g bags" is no group; "10 000" is one.
    space_groups=r"\d{1,3}(?:[ ]\d{3})*[ ]000",
    number=say_number,
    plain=plain_number,
    cents=_say_cents,
    units=UNITS,
    currencies=CURRENCIES,
    magnitudes=MAGNITUDES,
    signs=SIGNS_BEFORE_NUMBERS,
    to="to",
    by="by",
    times="times",
    per="per",
    plus="plus",
    suffix_currencies=frozenset(("p", "¢", "zł", "Kč", "Ft", "ETH")),
    per_units=PER_UNITS,
    unit_patterns=UNIT_PATTERNS,
    magnitude_patterns=MAGNITUDE_PATTERNS,
    half=_half,
    is_adjective=_is_adjective,
    is_singular=_is_singular,
)
