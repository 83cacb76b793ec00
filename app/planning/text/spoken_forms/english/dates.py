"""English dates: "2024-05-17", "12/25/2024", "17.05.2024", "May 5", "5 May 2024", "1980s", "Mon–Fri"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.planning.text.spoken_forms.amount_patterns import ABBREVIATION_DOT
from app.planning.text.spoken_forms.english.numerals import cardinal, ordinal, plural, year
from app.planning.text.spoken_forms.english.tables import MONTH_FORMS, MONTHS, WEEKDAY_FORMS
from app.planning.text.spoken_forms.phrases import GAP, Rule, Said, alternatives

_MONTH = rf"(?:{alternatives(MONTH_FORMS)})"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_YEAR = r"(?:1[1-9]|20)\d\d"
_DASH = rf"(?:{GAP}?[-–]{GAP}?)"
_SUFFIX = "(?:st|nd|rd|th)?"
# Years of two digits up to this one belong to this century.
_LAST_SHORT_YEAR = 49


def _date(match: re.Match[str], month: int, day: int) -> Sequence[Said] | None:
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    said_day = Said(f"{MONTHS[month - 1]} {ordinal(day)},", match.start())
    return [said_day, Said(year(_full_year(match["year"])), match.start("year"))]


def _full_year(text: str) -> int:
    if len(text) > 2:
        return int(text)
    return int(text) + (2000 if int(text) <= _LAST_SHORT_YEAR else 1900)


def _numeric_date(match: re.Match[str]) -> Sequence[Said] | None:
    return _date(match, int(match["month"]), int(match["day"]))


def _slashed_date(match: re.Match[str]) -> Sequence[Said] | None:
    """Read "12/25/2024" with the month first, unless it can only be a day."""
    first, second = int(match["first"]), int(match["second"])
    return _date(match, first, second) if first <= 12 else _date(match, second, first)


def _month_day(match: re.Match[str]) -> Sequence[Said]:
    said = [
        Said(MONTHS[MONTH_FORMS[match["month"]] - 1], match.start("month")),
        Said(ordinal(int(match["day"])), match.start("day")),
    ]
    if match["last"]:
        said += [Said("to", match.end("day")), Said(ordinal(int(match["last"])), match.start("last"))]
    if match["year"]:
        said[-1] = Said(f"{said[-1].text},", said[-1].at)
        said.append(Said(year(int(match["year"])), match.start("year")))
    return said


def _day_month(match: re.Match[str]) -> Sequence[Said]:
    said = [Said("the", match.start()), Said(ordinal(int(match["day"])), match.start("day"))]
    if match["last"]:
        said += [Said("to the", match.end("day")), Said(ordinal(int(match["last"])), match.start("last"))]
    month = Said(f"of {MONTHS[MONTH_FORMS[match['month']] - 1]}", match.start("month"))
    years = [Said(year(int(match["year"])), match.start("year"))] if match["year"] else []
    return [*said, month, *years]


def _month_year(match: re.Match[str]) -> Sequence[Said]:
    month = MONTHS[MONTH_FORMS[match["month"]] - 1]
    return [Said(month, match.start()), Said(year(int(match["year"])), match.start("year"))]


def _decade(match: re.Match[str]) -> Sequence[Said]:
    number = match["decade"]
    words = plural(cardinal(int(number)) if len(number) == 2 else year(int(number)))
    return [Said(words, match.start())]


def _plural(match: re.Match[str]) -> Sequence[Said]:
    """Read "1,000s" as "thousands"."""
    return [Said(plural(cardinal(int(match["number"].replace(",", ""))).removeprefix("one ")), match.start())]


def _named_range(names: dict[str, str]) -> Rule:
    """Return the rule of "Mon–Fri", whose parts are abbreviations only beside a dash."""
    forms = {**names, **{name: name for name in names.values()}}
    name = rf"(?:{alternatives(forms)})"
    pattern = rf"(?<!\w)(?P<first>{name})\.?(?P<dash>{_DASH})(?P<last>{name})(?!\w){ABBREVIATION_DOT}"

    def say(match: re.Match[str]) -> Sequence[Said]:
        first, last = forms[match["first"]], forms[match["last"]]
        return [Said(first, match.start()), Said("to", match.start("dash")), Said(last, match.start("last"))]

    return Rule(re.compile(pattern), say)


RULES = (
    Rule(re.compile(r"(?<![\w-])(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)(?!\d|-\d)"), _numeric_date),
    Rule(re.compile(r"(?<![\w/])(?P<first>\d\d?)/(?P<second>\d\d?)/(?P<year>\d{4}|\d\d)(?![\d/])"), _slashed_date),
    Rule(re.compile(rf"(?<![\w.])(?P<day>{_DAY})\.(?P<month>\d\d?)\.(?P<year>{_YEAR})(?!\d|\.\d)"), _numeric_date),
    Rule(
        re.compile(
            rf"(?<!\w)(?P<month>{_MONTH})\.?{GAP}(?P<day>{_DAY}){_SUFFIX}(?:{_DASH}(?P<last>{_DAY}){_SUFFIX})?"
            rf"(?![\w:%]|[.,]\d|{GAP}?[-–]{GAP}?\d)(?:,?{GAP}(?P<year>{_YEAR})(?![\w%]|[.,]\d))?"
        ),
        _month_day,
    ),
    Rule(
        re.compile(
            rf"(?<![\w.,:/$€£-])(?:the{GAP})?(?P<day>{_DAY}){_SUFFIX}(?:{_DASH}(?P<last>{_DAY}){_SUFFIX})?"
            rf"{GAP}(?:of{GAP})?(?P<month>{_MONTH})(?![\w]){ABBREVIATION_DOT}"
            rf"(?:,?{GAP}(?P<year>{_YEAR})(?![\w%]|[.,]\d))?"
        ),
        _day_month,
    ),
    Rule(re.compile(rf"(?<!\w)(?P<month>{_MONTH})\.?,?{GAP}(?P<year>{_YEAR})(?![\w%]|[.,]\d)"), _month_year),
    Rule(re.compile(r"(?<![\w.,])['’‘]?(?P<decade>(?:1[1-9]|20)\d0|[2-9]0)s(?!\w)"), _decade),
    Rule(re.compile(rf"(?<![\w.,])(?P<number>\d{{1,3}}(?:,000)+|\d00+(?=s{GAP}of\b))s(?!\w)"), _plural),
    _named_range(WEEKDAY_FORMS),
    _named_range({form: MONTHS[number - 1] for form, number in MONTH_FORMS.items()}),
)
