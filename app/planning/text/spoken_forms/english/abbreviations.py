"""English abbreviations in words; the dot of an abbreviation stays only where it also ends the sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from app.planning.text.spoken_forms.amount_patterns import ABBREVIATION_DOT
from app.planning.text.spoken_forms.english.tables import (
    AFTER_NAMES,
    BEFORE_NUMBERS,
    INSIDE_SENTENCES,
    MONTH_FORMS,
    MONTHS,
    TITLES,
    WEEKDAY_FORMS,
    WITH_DOT,
    WITHOUT_DOT,
)
from app.planning.text.spoken_forms.english.units import PER_UNITS, UNITS
from app.planning.text.spoken_forms.phrases import (
    CLAIMED,
    GAP,
    Rule,
    Said,
    Saying,
    alternatives,
    said_as,
    text_after,
    text_before,
)

# Titles that are not also words, and so need no dot.
_UNDOTTED_TITLES = ("Mr", "Mrs", "Ms", "Dr", "Prof", "St", "Mt")
_UNDOTTED_NAMES = ("Ave", "Blvd", "Rd", "Hwy", "Pkwy", "Inc", "Ltd", "Corp", "Jr", "Sr")
_AFTER_NAME = re.compile(rf"(?:[A-Z][\w'’-]*|{CLAIMED}+),?{GAP}$")
_HOUSE_NUMBER = re.compile(rf"(?:\d|{CLAIMED}){GAP}(?:[A-Z]\w*{GAP})+$")
_CAPITAL = re.compile(rf"\.?{GAP}+[A-Z]")
# What "/" divides by: "jobs/s", "visits/month".
_RATES = [
    "s",
    "sec",
    "min",
    "h",
    "hr",
    "hour",
    "d",
    "day",
    "week",
    "wk",
    "mo",
    "month",
    "y",
    "yr",
    "year",
    "person",
    "user",
    "head",
    "night",
    "item",
    "piece",
    "unit",
    "km",
    "kg",
    "l",
]


def _table(names: Mapping[str, str]) -> Saying:
    return lambda match: [Said(names[match["key"]], match.start())]


def _after_name(match: re.Match[str]) -> Sequence[Said] | None:
    """Read "St." as a street after a name ("24 Main St."), but as a saint before one ("in St. Louis")."""
    before, key = text_before(match), match["key"]
    if not _AFTER_NAME.search(before):
        return None
    is_title = key in TITLES and _CAPITAL.match(text_after(match)) is not None
    if is_title and not _HOUSE_NUMBER.search(before):
        return None
    return [Said(AFTER_NAMES[key], match.start())]


def _rate(match: re.Match[str]) -> Sequence[Said]:
    unit = match["unit"]
    known = UNITS.get(unit)
    return [Said(f"per {PER_UNITS.get(unit) or (known.singular if known else unit)}", match.start())]


def _calendar(match: re.Match[str]) -> Sequence[Said]:
    key = match["key"]
    return [Said(WEEKDAY_FORMS.get(key) or MONTHS[MONTH_FORMS[key] - 1], match.start())]


def _dotted(names: Iterable[str], dot: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.])(?P<key>{alternatives(names)})(?=\.){dot}")


_FOLLOWED_DOT = rf"(?:\.(?={GAP}+\S|[,;:)]))?"
_NUMBER_SIGNS = [key for key in BEFORE_NUMBERS if not key.isascii()]
_NUMBER_WORDS = [key for key in BEFORE_NUMBERS if key.isascii()]

RULES = (
    Rule(
        re.compile(
            rf"(?<![\w.])(?P<key>(?:{alternatives(_NUMBER_WORDS)})(?=\.)|{alternatives(_NUMBER_SIGNS)})\.?"
            rf"(?={GAP}?[\d{CLAIMED}#])"
        ),
        _table(BEFORE_NUMBERS),
    ),
    Rule(re.compile(rf"(?<![\w&])#(?=[\d{CLAIMED}])"), said_as("number")),
    Rule(
        re.compile(
            rf"(?<![\w.])(?P<key>{alternatives(_UNDOTTED_NAMES)}|(?:{alternatives(AFTER_NAMES)})(?=\.))(?!\w)"
            rf"{ABBREVIATION_DOT}"
        ),
        _after_name,
    ),
    Rule(
        re.compile(
            rf"(?<![\w.])(?P<key>(?:{alternatives(TITLES)})(?=\.)|(?:{alternatives(_UNDOTTED_TITLES)})(?={GAP}))\.?"
            rf"(?={GAP}+(?:and{GAP})?[A-Z])"
        ),
        _table(TITLES),
    ),
    Rule(_dotted(INSIDE_SENTENCES, _FOLLOWED_DOT), _table(INSIDE_SENTENCES)),
    Rule(_dotted(WITH_DOT, ABBREVIATION_DOT), _table(WITH_DOT)),
    Rule(_dotted([*WEEKDAY_FORMS, *MONTH_FORMS], ABBREVIATION_DOT), _calendar),
    Rule(re.compile(rf"(?<!\w)(?P<key>{alternatives(WITHOUT_DOT)})(?![\w/])"), _table(WITHOUT_DOT)),
    Rule(
        re.compile(rf"(?<=[^\W\d_][^\W\d_])/(?P<unit>{alternatives(_RATES)})(?!\w){ABBREVIATION_DOT}"),
        _rate,
    ),
)
