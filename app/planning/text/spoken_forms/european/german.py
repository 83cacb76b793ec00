"""How German amounts, signs, ordinals and abbreviations are spoken; numbers stay digits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from app.planning.text.spoken_forms.european.notation import plain_digits, with_fraction
from app.planning.text.spoken_forms.european.rules import Words, european_rules
from app.planning.text.spoken_forms.numbers import Number
from app.planning.text.spoken_forms.phrases import GAP, Rule, Said, text_before
from app.planning.text.spoken_forms.vocabulary import Currency, Unit, Vocabulary

_MONTHS = [
    "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
    "Dezember",
]  # fmt: skip
_ORDINALS = [
    "", "erst", "zweit", "dritt", "viert", "fünft", "sechst", "siebt", "acht", "neunt", "zehnt", "elft", "zwölft",
    "dreizehnt", "vierzehnt", "fünfzehnt", "sechzehnt", "siebzehnt", "achtzehnt", "neunzehnt", "zwanzigst",
    "einundzwanzigst", "zweiundzwanzigst", "dreiundzwanzigst", "vierundzwanzigst", "fünfundzwanzigst",
    "sechsundzwanzigst", "siebenundzwanzigst", "achtundzwanzigst", "neunundzwanzigst", "dreißigst", "einunddreißigst",
]  # fmt: skip
_NOUNS_AFTER_ORDINALS = (
    *_MONTHS, "Jan", "Feb", "Apr", "Aug", "Sept", "Sep", "Okt", "Nov", "Dez",
    "Etage", "Stock", "Platz", "Jahrhundert", "Jahrhunderts", "Mal", "Tag", "Kapitel", "Klasse", "Jahr",
    "Runde", "Geburtstag", "Auflage", "Liga", "Woche", "Quartal", "Bezirk", "Weltkrieg", "Advent", "Schritt",
)  # fmt: skip
# After these words an ordinal ends in "-en", after articles in "-e", else in "-er".
_DATIVE = re.compile(r"(?:^|\W)(?:am|vom|zum|bis|dem|den|ab|seit|im|beim|der|des|zur)\s+$", re.IGNORECASE)
_ARTICLE = re.compile(r"(?:^|\W)(?:der|die|das)\s+$", re.IGNORECASE)
_FEMININE = ("Etage", "Klasse", "Runde", "Auflage", "Liga", "Woche")
_EURO = Currency(Unit("Euro", "Euro", "ein"), Unit("Cent", "Cent", "ein"))
_WEEKDAYS = {
    "Mo": "Montag", "Di": "Dienstag", "Mi": "Mittwoch", "Do": "Donnerstag", "Fr": "Freitag", "Sa": "Samstag",
    "So": "Sonntag",
}  # fmt: skip
_FRACTIONS = {
    Fraction(1, 2): "einhalb",
    Fraction(1, 3): "ein Drittel",
    Fraction(2, 3): "zwei Drittel",
    Fraction(1, 4): "ein Viertel",
    Fraction(3, 4): "drei Viertel",
}


def _neuter(name: str) -> Unit:
    return Unit(name, name, "ein")


def _feminine(name: str, plural: str) -> Unit:
    return Unit(name, plural, "eine")


UNITS = {
    "%": Unit("Prozent", "Prozent", "ein"),
    "‰": Unit("Promille", "Promille", "ein"),
    "°": Unit("Grad", "Grad", "ein"),
    "°C": Unit("Grad Celsius", "Grad Celsius", "ein"),
    "° C": Unit("Grad Celsius", "Grad Celsius", "ein"),
    "km": _neuter("Kilometer"),
    "m": _neuter("Meter"),
    "cm": _neuter("Zentimeter"),
    "mm": _neuter("Millimeter"),
    "m²": _neuter("Quadratmeter"),
    "qm": _neuter("Quadratmeter"),
    "km²": _neuter("Quadratkilometer"),
    "m³": _neuter("Kubikmeter"),
    "ha": _neuter("Hektar"),
    "km/h": _neuter("Kilometer pro Stunde"),
    "m/s": _neuter("Meter pro Sekunde"),
    "kg": _neuter("Kilogramm"),
    "g": _neuter("Gramm"),
    "mg": _neuter("Milligramm"),
    "t": _feminine("Tonne", "Tonnen"),
    "l": _neuter("Liter"),
    "L": _neuter("Liter"),
    "ml": _neuter("Milliliter"),
    "EL": Unit("Esslöffel", "Esslöffel", "ein"),
    "TL": Unit("Teelöffel", "Teelöffel", "ein"),
    "s": _feminine("Sekunde", "Sekunden"),
    "Sek": _feminine("Sekunde", "Sekunden"),
    "min": _feminine("Minute", "Minuten"),
    "Min": _feminine("Minute", "Minuten"),
    "h": _feminine("Stunde", "Stunden"),
    "Std": _feminine("Stunde", "Stunden"),
    "kB": _neuter("Kilobyte"),
    "MB": _neuter("Megabyte"),
    "GB": _neuter("Gigabyte"),
    "TB": _neuter("Terabyte"),
    "W": _neuter("Watt"),
    "kW": _neuter("Kilowatt"),
    "kWh": _feminine("Kilowattstunde", "Kilowattstunden"),
    "V": _neuter("Volt"),
    "PS": _neuter("PS"),
    "kcal": _feminine("Kilokalorie", "Kilokalorien"),
    "dB": _neuter("Dezibel"),
    "Mbit/s": _neuter("Megabit pro Sekunde"),
    "Gbit/s": _neuter("Gigabit pro Sekunde"),
    "MHz": _neuter("Megahertz"),
    "GHz": _neuter("Gigahertz"),
    "mAh": _feminine("Milliamperestunde", "Milliamperestunden"),
    "Hz": _neuter("Hertz"),
    "x": Unit("mal", "mal", "ein"),
}
CURRENCIES = {
    "€": _EURO,
    "EUR": _EURO,
    "$": Currency(Unit("Dollar", "Dollar", "ein"), Unit("Cent", "Cent", "ein")),
    "USD": Currency(Unit("US-Dollar", "US-Dollar", "ein"), Unit("Cent", "Cent", "ein")),
    "£": Currency(Unit("Pfund", "Pfund", "ein"), Unit("Penny", "Pence", "ein")),
    "CHF": Currency(Unit("Franken", "Franken", "ein"), Unit("Rappen", "Rappen", "ein")),
    "Fr": Currency(Unit("Franken", "Franken", "ein"), Unit("Rappen", "Rappen", "ein")),
    "ct": Currency(Unit("Cent", "Cent", "ein")),
}
_MILLION, _MILLIARD = _feminine("Million", "Millionen"), _feminine("Milliarde", "Milliarden")
MAGNITUDES = {
    "Mio": _MILLION,
    "Mill": _MILLION,
    "Million": _MILLION,
    "Millionen": _MILLION,
    "Mrd": _MILLIARD,
    "Milliarde": _MILLIARD,
    "Milliarden": _MILLIARD,
    "Tsd": Unit("Tausend", "Tausend"),
    "k": Unit("Tausend", "Tausend"),
}


_RULER_NAMES = """
Ludwig Karl Heinrich Friedrich Wilhelm Otto Leopold Georg Eduard Richard Philipp Maximilian Franz Joseph
Johannes Paul Benedikt Pius Leo Gregor Alexander Nikolaus Peter Napoleon Ramses Albrecht Rudolf Ferdinand Albert
Harald Gustav
"""
_RULERS = frozenset(_RULER_NAMES.split())


def _dotted(form: str) -> str:
    """Return the pattern of an abbreviation whose dot never ends the sentence: a noun in capitals follows it."""
    return rf"{GAP}?{form}(?!\w)(?:\.(?={GAP}+\S))?"


def _say_cents(cents: int, unit: Unit) -> str:
    return str(cents) if cents >= 10 else f"und {cents} {unit.plural}"


def _number(number: Number) -> str:
    if number.fraction and number.whole and number.fraction == Fraction(1, 2):
        return "eineinhalb" if number.whole == "1" else f"{number.whole}einhalb"
    return with_fraction(number, {**_FRACTIONS, Fraction(1, 2): "ein halb"}, "")


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
        "-": "minus", "–": "minus", "−": "minus", "+": "plus", "±": "plus minus", "~": "etwa", "≈": "etwa",
        "<": "weniger als", ">": "mehr als", "≤": "höchstens", "≥": "mindestens", "<=": "höchstens", ">=": "mindestens",
    },
    to="bis",
    by="mal",
    times="mal",
    per="pro",
    plus="plus",
    half=lambda unit: "eine halbe" if unit.one == "eine" else "ein halber",
    suffix_currencies=frozenset(("ct", "Fr")),
    per_units={"h": "Stunde", "s": "Sekunde", "d": "Tag", "a": "Jahr", "Mon": "Monat"},
    unit_patterns={form: rf"(?<=\d){form}(?!\w)" for form in ("x", "s")} | {"Fr": r"Fr(?=\.)"},
    magnitude_patterns={"k": r"k(?!\w)", **{form: _dotted(form) for form in ("Mio", "Mill", "Mrd", "Tsd")}},
)  # fmt: skip


def _ordinal(number: int, before: str, noun: str) -> str:
    stem = _ORDINALS[number]
    if _ARTICLE.search(before) and not (before.lower().rstrip().endswith("der") and noun in _FEMININE):
        return f"{stem}e"
    return f"{stem}en" if _DATIVE.search(before) else f"{stem}{'e' if noun in _FEMININE else 'er'}"


def _date(day: int, month: int, before: str) -> str:
    month_name = _MONTHS[month - 1]
    return f"{_ordinal(day, before, month_name)} {month_name}"


def _ordinal_before_noun(match: re.Match[str]) -> Sequence[Said] | None:
    """Read "3." as an ordinal before a month and the like, a small letter, or after an article."""
    number, before, noun = int(match["number"]), text_before(match), match["noun"]
    is_ordinal = noun in _NOUNS_AFTER_ORDINALS or not noun or _ARTICLE.search(before) or _DATIVE.search(before)
    if not (1 <= number < len(_ORDINALS) and is_ordinal):
        return None
    return [Said(_ordinal(number, before, noun or ""), match.start())]


def _roman(label: str, number: int) -> str | None:
    """Say "Ludwig XIV." as "Ludwig der vierzehnte", and "Kapitel IV" as "Kapitel 4"."""
    is_ruler = label in _RULERS and number < len(_ORDINALS)
    return f"der {_ORDINALS[number]}e" if is_ruler else str(number)


WORDS = Words(
    before_numbers={
        "Nr": "Nummer", "Nrn": "Nummern", "No": "Nummer", "N°": "Nummer", "№": "Nummer", "#": "Nummer",
        "ca": "circa", "S": "Seite", "Abb": "Abbildung", "Kap": "Kapitel", "Art": "Artikel", "Tel": "Telefon",
        "Bd": "Band", "§": "Paragraf", "Ziff": "Ziffer", "Aufl": "Auflage",
        "Sa": "Samstag", "So": "Sonntag", "max": "maximal", "min": "mindestens",
    },
    before_names={
        "Dr": "Doktor", "Prof": "Professor", "Hr": "Herr", "Fr": "Frau", "St": "Sankt", "Dipl": "Diplom",
    },
    inside={
        "z. B": "zum Beispiel", "d. h": "das heißt", "u. a": "unter anderem", "u. U": "unter Umständen",
        "z. T": "zum Teil", "i. d. R": "in der Regel", "v. a": "vor allem", "s. o": "siehe oben",
        "s. u": "siehe unten", "bzw": "beziehungsweise", "ca": "circa", "inkl": "inklusive", "exkl": "exklusive",
        "zzgl": "zuzüglich", "evtl": "eventuell", "ggf": "gegebenenfalls", "max": "maximal", "mind": "mindestens",
        "vgl": "vergleiche", "MwSt": "Mehrwertsteuer", "tägl": "täglich", "geb": "geboren", "gest": "gestorben",
    },
    anywhere={
        "o. Ä": "oder Ähnliches", "u. v. m": "und vieles mehr", "usw": "und so weiter", "etc": "et cetera",
        "Std": "Stunden", "Str": "Straße", "Mio": "Millionen", "Mrd": "Milliarden", "v. Chr": "vor Christus",
        "n. Chr": "nach Christus",
    },
    signs={
        "%": "Prozent", "&": "und", "+": "plus", "=": "gleich", "€": "Euro", "$": "Dollar", "£": "Pfund", "×": "mal",
        "÷": "geteilt durch", "≈": "ungefähr", "©": "Copyright", "km²": "Quadratkilometer", "m²": "Quadratmeter",
    },
    version="Version",
    point="Punkt",
    ratio="zu",
    out_of="von",
    weekdays=_WEEKDAYS,
    date=_date,
    dates=r"(?<![\w.])(?P<day>\d\d?)\.[ ]?(?P<month>\d\d?)\.[ ]?(?P<year>(?:1[1-9]|20)\d\d)(?!\d|\.\d)",
    address_marks={".": "Punkt", "@": "at", "-": "Strich", "_": "Unterstrich", "+": "plus"},
    months={
        "Jan": 1, "Feb": 2, "Mrz": 3, "Mär": 3, "Apr": 4, "Jun": 6, "Jul": 7, "Aug": 8, "Sep": 9, "Sept": 9, "Okt": 10,
        "Nov": 11, "Dez": 12,
    },
    month_names=_MONTHS,
    numbered=frozenset(("kapitel", "teil", "band", "akt", "szene", "abschnitt", "phase", "stufe", "folge")),
    roman=_roman,
    undotted=("Dr", "Prof"),
)  # fmt: skip


def _dotted_clock(match: re.Match[str]) -> Sequence[Said]:
    return [Said(f"{match['hour']}:{match['minute']}", match.start())]


RULES = (
    Rule(
        re.compile(rf"(?<![\w.,/])(?P<number>\d\d?)\.(?={GAP}+(?:(?P<noun>[A-ZÄÖÜ][\wäöüß]+)|[a-zäöü]))"),
        _ordinal_before_noun,
    ),
    Rule(re.compile(rf"(?<![\w.,])(?P<hour>[01]?\d|2[0-4])\.(?P<minute>[0-5]\d)(?={GAP}?Uhr)"), _dotted_clock),
    *european_rules(VOCABULARY, WORDS),
)
