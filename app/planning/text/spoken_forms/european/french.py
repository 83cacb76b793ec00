"""How French amounts, signs, ordinals and abbreviations are spoken; numbers stay digits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from app.planning.text.spoken_forms.european.notation import plain_digits, with_fraction
from app.planning.text.spoken_forms.european.rules import Words, european_rules
from app.planning.text.spoken_forms.numbers import Number
from app.planning.text.spoken_forms.phrases import GAP, Rule, Said
from app.planning.text.spoken_forms.vocabulary import Currency, Unit, Vocabulary

_MONTHS = [
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
]  # fmt: skip
_FRACTIONS = {
    Fraction(1, 2): "demi",
    Fraction(1, 3): "un tiers",
    Fraction(2, 3): "deux tiers",
    Fraction(1, 4): "un quart",
    Fraction(3, 4): "trois quarts",
}
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50}


def _regular(name: str, one: str = "un") -> Unit:
    return Unit(name, f"{name}s", one)


_CENTIME = _regular("centime")
_EURO = Currency(_regular("euro"), _CENTIME)
UNITS = {
    "%": Unit("pour cent", "pour cent"),
    "‰": Unit("pour mille", "pour mille"),
    "°": _regular("degré"),
    "°C": Unit("degré Celsius", "degrés Celsius", "un"),
    "° C": Unit("degré Celsius", "degrés Celsius", "un"),
    "km": _regular("kilomètre"),
    "m": _regular("mètre"),
    "cm": _regular("centimètre"),
    "mm": _regular("millimètre"),
    "m²": Unit("mètre carré", "mètres carrés", "un"),
    "m2": Unit("mètre carré", "mètres carrés", "un"),
    "km²": Unit("kilomètre carré", "kilomètres carrés", "un"),
    "m³": Unit("mètre cube", "mètres cubes", "un"),
    "ha": _regular("hectare"),
    "km/h": Unit("kilomètre heure", "kilomètres heure", "un"),
    "m/s": Unit("mètre par seconde", "mètres par seconde", "un"),
    "kg": _regular("kilogramme"),
    "g": _regular("gramme"),
    "mg": _regular("milligramme"),
    "t": _regular("tonne", "une"),
    "l": _regular("litre"),
    "L": _regular("litre"),
    "cl": _regular("centilitre"),
    "ml": _regular("millilitre"),
    "s": _regular("seconde", "une"),
    "min": _regular("minute", "une"),
    "h": _regular("heure", "une"),
    "ko": _regular("kilooctet"),
    "Mo": _regular("mégaoctet"),
    "Go": _regular("gigaoctet"),
    "To": _regular("téraoctet"),
    "W": _regular("watt"),
    "kW": _regular("kilowatt"),
    "kWh": Unit("kilowattheure", "kilowattheures", "un"),
    "V": _regular("volt"),
    "dB": _regular("décibel"),
    "Mbit/s": Unit("mégabit par seconde", "mégabits par seconde", "un"),
    "Gbit/s": Unit("gigabit par seconde", "gigabits par seconde", "un"),
    "GHz": Unit("gigahertz", "gigahertz", "un"),
    "mAh": Unit("milliampère-heure", "milliampères-heures", "un"),
    "Hz": Unit("hertz", "hertz", "un"),
    "x": Unit("fois", "fois", "une"),
}
CURRENCIES = {
    "€": _EURO,
    "EUR": _EURO,
    "$": Currency(_regular("dollar"), _regular("cent")),
    "USD": Currency(Unit("dollar américain", "dollars américains", "un"), _regular("cent")),
    "$ CA": Currency(Unit("dollar canadien", "dollars canadiens", "un"), _regular("cent")),
    "£": Currency(Unit("livre", "livres", "une"), Unit("penny", "pence", "un")),
    "CHF": Currency(Unit("franc suisse", "francs suisses", "un"), _CENTIME),
    "k€": Currency(Unit("millier d'euros", "mille euros", "un")),
    "M€": Currency(Unit("million d'euros", "millions d'euros", "un")),
    "Md€": Currency(Unit("milliard d'euros", "milliards d'euros", "un")),
    "Mds €": Currency(Unit("milliard d'euros", "milliards d'euros", "un")),
    "Md €": Currency(Unit("milliard d'euros", "milliards d'euros", "un")),
}
_MILLION, _MILLIARD = _regular("million"), _regular("milliard")
MAGNITUDES = {
    "million": _MILLION,
    "millions": _MILLION,
    "milliard": _MILLIARD,
    "milliards": _MILLIARD,
    "mille": Unit("mille", "mille"),
    "k": Unit("mille", "mille"),
}


def _say_cents(cents: int, unit: Unit) -> str:
    return str(cents) if cents >= 10 else f"et {cents} {unit.singular if cents == 1 else unit.plural}"


def _after_magnitude(magnitude: str, unit: str) -> str:
    if magnitude == "mille":
        return unit
    return f"d'{unit}" if unit[0] in "aeiouhéè" else f"de {unit}"


def _number(number: Number) -> str:
    if number.fraction == Fraction(1, 2) and not number.whole:
        return "un demi"
    return with_fraction(number, _FRACTIONS, "et")


VOCABULARY = Vocabulary(
    decimal_mark=",",
    space_groups=r"(?<!\d[ ])\d{1,3}(?:[ ]\d{3})+",
    number=_number,
    plain=plain_digits,
    cents=_say_cents,
    units=UNITS,
    currencies=CURRENCIES,
    magnitudes=MAGNITUDES,
    signs={
        "-": "moins", "–": "moins", "−": "moins", "+": "plus", "±": "plus ou moins", "~": "environ", "≈": "environ",
        "<": "moins de", ">": "plus de", "≤": "au plus", "≥": "au moins", "<=": "au plus", ">=": "au moins",
    },
    to="à",
    by="sur",
    times="fois",
    per="par",
    plus="plus",
    per_units={"h": "heure", "s": "seconde", "j": "jour", "an": "an", "mois": "mois"},
    unit_patterns={form: rf"(?<=\d){form}(?!\w)" for form in ("x",)} | {"s": r"(?<=[\d \u00a0\u202f])s(?!\w)"},
    magnitude_patterns={"k": r"k(?!\w)"},
    after_magnitude=_after_magnitude,
    is_singular=lambda number: number.value < 2,
)  # fmt: skip


def _date(day: int, month: int, _before: str) -> str:
    return f"{'premier' if day == 1 else day} {_MONTHS[month - 1]}"


def _ordinal(match: re.Match[str]) -> Sequence[Said]:
    """Read "2e" as "2ème", which voices know, and "1re" as "première"."""
    number = int(match["number"]) if match["number"] else _roman(match["roman"])
    if number == 1:
        return [Said("première" if match["suffix"] in ("re", "ère") else "premier", match.start())]
    return [Said(f"{number}ème{'s' if match['suffix'].endswith('s') else ''}", match.start())]


def _roman(text: str) -> int:
    values = [_ROMAN[letter] for letter in text]
    return sum(-value if value < max(values[index:]) else value for index, value in enumerate(values))


def _time(match: re.Match[str]) -> Sequence[Said]:
    hours = "une heure" if int(match["hour"]) == 1 else f"{int(match['hour'])} heures"
    minutes = int(match["minute"])
    return [Said(hours, match.start()), *([Said(str(minutes), match.start("minute"))] if minutes else [])]


WORDS = Words(
    before_numbers={
        "n°": "numéro", "N°": "numéro", "nº": "numéro", "Nº": "numéro", "№": "numéro", "no": "numéro", "No": "numéro",
        "#": "numéro", "env": "environ", "p": "page", "pp": "pages", "art": "article", "chap": "chapitre",
        "fig": "figure", "vol": "volume", "§": "paragraphe",
        "tél": "téléphone", "Tél": "téléphone", "max": "maximum", "min": "minimum",
    },
    before_names={
        "M": "Monsieur", "MM": "Messieurs", "Mme": "Madame", "Mmes": "Mesdames", "Mlle": "Mademoiselle",
        "Dr": "Docteur", "Pr": "Professeur", "St": "Saint", "Ste": "Sainte", "Me": "Maître",
    },
    inside={
        "p. ex": "par exemple", "c.-à-d": "c'est-à-dire", "env": "environ", "max": "maximum", "min": "minimum",
        "bd": "boulevard", "c. à s": "cuillères à soupe", "c. à c": "cuillères à café",
        "av. J.-C": "avant Jésus-Christ",
        "ap. J.-C": "après Jésus-Christ", "c.à.d": "c'est-à-dire", "cf": "voir", "av": "avenue",
    },
    anywhere={
        "etc": "etcétéra", "apr. J.-C": "après Jésus-Christ",
    },
    signs={
        "%": "pour cent", "&": "et", "+": "plus", "=": "égale", "€": "euros", "$": "dollars", "£": "livres",
        "×": "fois", "÷": "divisé par", "≈": "environ",
        "©": "copyright", "km²": "kilomètres carrés", "m²": "mètres carrés",
    },
    version="version",
    point="point",
    ratio="à",
    out_of="sur",
    date=_date,
    dates=r"(?<![\w/])(?P<day>\d\d?)[/.](?P<month>\d\d?)[/.](?P<year>(?:1[1-9]|20)\d\d)(?![\d/])",
    address_marks={".": "point", "@": "arobase", "-": "tiret", "_": "tiret bas", "+": "plus"},
    months={
        "janv": 1, "févr": 2, "fév": 2, "avr": 4, "juil": 7, "sept": 9, "oct": 10, "nov": 11, "déc": 12,
    },
    month_names=_MONTHS,
    numbered=frozenset(
        ("chapitre", "partie", "tome", "acte", "scène", "volume", "phase", "niveau", "épisode", "livre")
    ),
    roman=lambda _label, number: str(number),
    undotted=("Mme", "Mmes", "Mlle", "Dr", "Pr", "Me"),
)  # fmt: skip
RULES = (
    Rule(
        re.compile(r"(?<![\w.,])(?:(?P<number>\d+)|(?P<roman>[XVI]+))(?P<suffix>er|re|ère|es?|èmes?|ème|ᵉ)(?!\w)"),
        _ordinal,
    ),
    Rule(re.compile(rf"(?<![\w.,])(?P<hour>[01]?\d|2[0-4]){GAP}?h{GAP}?(?P<minute>[0-5]\d)(?!\w)"), _time),
    Rule(re.compile(r"(?<![\w.,:])(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?![\w:])"), _time),
    *european_rules(VOCABULARY, WORDS),
)
