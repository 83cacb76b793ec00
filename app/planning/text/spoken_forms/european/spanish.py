"""How Spanish amounts, signs, ordinals and abbreviations are spoken; numbers stay digits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from app.planning.text.spoken_forms.european.notation import plain_digits, with_fraction
from app.planning.text.spoken_forms.european.rules import Words, european_rules
from app.planning.text.spoken_forms.numbers import Number
from app.planning.text.spoken_forms.phrases import Rule, Said
from app.planning.text.spoken_forms.vocabulary import Currency, Unit, Vocabulary

_MONTHS = [
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
    "diciembre",
]  # fmt: skip
_ORDINALS = [
    "", "primer", "segund", "tercer", "cuart", "quint", "sext", "séptim", "octav", "noven", "décim",
]  # fmt: skip
_FRACTIONS = {
    Fraction(1, 2): "medio",
    Fraction(1, 3): "un tercio",
    Fraction(2, 3): "dos tercios",
    Fraction(1, 4): "un cuarto",
    Fraction(3, 4): "tres cuartos",
}


def _regular(name: str, one: str = "un") -> Unit:
    return Unit(name, f"{name}s", one)


_CENT = _regular("céntimo")
_EURO = Currency(_regular("euro"), _CENT)
_CENTAVO = _regular("centavo")
UNITS = {
    "%": Unit("por ciento", "por ciento"),
    "‰": Unit("por mil", "por mil"),
    "°": _regular("grado"),
    "°C": Unit("grado Celsius", "grados Celsius", "un"),
    "° C": Unit("grado Celsius", "grados Celsius", "un"),
    "ºC": Unit("grado Celsius", "grados Celsius", "un"),
    "km": _regular("kilómetro"),
    "m": _regular("metro"),
    "cm": _regular("centímetro"),
    "mm": _regular("milímetro"),
    "m²": Unit("metro cuadrado", "metros cuadrados", "un"),
    "m2": Unit("metro cuadrado", "metros cuadrados", "un"),
    "km²": Unit("kilómetro cuadrado", "kilómetros cuadrados", "un"),
    "m³": Unit("metro cúbico", "metros cúbicos", "un"),
    "ha": _regular("hectárea", "una"),
    "km/h": Unit("kilómetro por hora", "kilómetros por hora", "un"),
    "m/s": Unit("metro por segundo", "metros por segundo", "un"),
    "kg": _regular("kilogramo"),
    "g": _regular("gramo"),
    "mg": _regular("miligramo"),
    "t": _regular("tonelada", "una"),
    "l": _regular("litro"),
    "L": _regular("litro"),
    "ml": _regular("mililitro"),
    "s": _regular("segundo"),
    "min": _regular("minuto"),
    "h": _regular("hora", "una"),
    "kB": Unit("kilobyte", "kilobytes", "un"),
    "MB": Unit("megabyte", "megabytes", "un"),
    "GB": Unit("gigabyte", "gigabytes", "un"),
    "TB": Unit("terabyte", "terabytes", "un"),
    "W": Unit("vatio", "vatios", "un"),
    "kW": Unit("kilovatio", "kilovatios", "un"),
    "kWh": Unit("kilovatio hora", "kilovatios hora", "un"),
    "V": Unit("voltio", "voltios", "un"),
    "dB": Unit("decibelio", "decibelios", "un"),
    "Hz": Unit("hercio", "hercios", "un"),
    "Mbit/s": Unit("megabit por segundo", "megabits por segundo", "un"),
    "Gbit/s": Unit("gigabit por segundo", "gigabits por segundo", "un"),
    "GHz": Unit("gigahercio", "gigahercios", "un"),
    "mAh": Unit("miliamperio hora", "miliamperios hora", "un"),
    "x": Unit("vez", "veces", "una"),
}
CURRENCIES = {
    "€": _EURO,
    "EUR": _EURO,
    "$": Currency(Unit("dólar", "dólares", "un"), _CENTAVO),
    "US$": Currency(Unit("dólar", "dólares", "un"), _CENTAVO),
    "USD": Currency(Unit("dólar", "dólares", "un"), _CENTAVO),
    "MXN": Currency(Unit("peso mexicano", "pesos mexicanos", "un"), _CENTAVO),
    "£": Currency(_regular("libra", "una"), Unit("penique", "peniques", "un")),
    "M€": Currency(Unit("millón de euros", "millones de euros", "un")),
}
_MILLION = Unit("millón", "millones", "un")
MAGNITUDES = {
    "millón": _MILLION,
    "millones": _MILLION,
    "M": _MILLION,
    "mil": Unit("mil", "mil"),
    "k": Unit("mil", "mil"),
}


def _say_cents(cents: int, unit: Unit) -> str:
    return f"con {cents}" if cents >= 10 else f"con {cents} {unit.singular if cents == 1 else unit.plural}"


def _after_magnitude(magnitude: str, unit: str) -> str:
    return unit if magnitude == "mil" else f"de {unit}"


def _number(number: Number) -> str:
    return with_fraction(number, _FRACTIONS, "y")


VOCABULARY = Vocabulary(
    decimal_mark=",",
    # Telephone numbers have three groups of three digits.
    space_groups=r"(?<!\d[ ])(?:\d{1,3}(?:[ ]\d{3})*[ ]000|\d{1,2}[ ]\d{3})(?![ ]\d)",
    number=_number,
    plain=plain_digits,
    cents=_say_cents,
    units=UNITS,
    currencies=CURRENCIES,
    magnitudes=MAGNITUDES,
    signs={
        "-": "menos", "–": "menos", "−": "menos", "+": "más", "±": "más menos", "~": "unos", "≈": "unos",
        "<": "menos de", ">": "más de", "≤": "como máximo", "≥": "al menos", "<=": "como máximo", ">=": "al menos",
    },
    to="a",
    by="por",
    times="por",
    per="por",
    plus="más",
    per_units={"h": "hora", "s": "segundo", "d": "día"},
    unit_patterns={form: rf"(?<=\d){form}(?!\w)" for form in ("x",)} | {"s": r"(?<=[\d \u00a0])s(?!\w)"},
    magnitude_patterns={"k": r"k(?!\w)", "M": r"M(?!\w)"},
    after_magnitude=_after_magnitude,
    half=lambda unit: "media" if unit.one == "una" else "medio",
    is_singular=lambda number: number.is_one or (number.fraction is not None and number.value <= 1),
)  # fmt: skip


def _date(day: int, month: int, _before: str) -> str:
    return f"{'primero' if day == 1 else day} de {_MONTHS[month - 1]} de"


def _ordinal(match: re.Match[str]) -> Sequence[Said] | None:
    number = int(match["number"])
    if not 1 <= number < len(_ORDINALS):
        return None
    is_short = match["suffix"] == "er" and number in (1, 3)
    return [Said(f"{_ORDINALS[number]}{'' if is_short else 'a' if match['suffix'] == 'ª' else 'o'}", match.start())]


def _roman(label: str, number: int) -> str | None:
    """Say "Felipe II" as "Felipe segundo", and "siglo XXI" as "siglo 21"."""
    is_first = label[:1].isupper() and 1 <= number < len(_ORDINALS)
    return f"{_ORDINALS[number]}o" if is_first else str(number)


WORDS = Words(
    before_numbers={
        "n.º": "número", "N.º": "número", "nº": "número", "Nº": "número", "n°": "número", "N°": "número",
        "núm": "número", "Núm": "número", "no": "número", "No": "número", "#": "número", "aprox": "aproximadamente",
        "pág": "página", "págs": "páginas", "p": "página", "art": "artículo", "fig": "figura", "§": "párrafo",
        "cap": "capítulo", "vol": "volumen",
        "tel": "teléfono", "Tel": "teléfono", "máx": "máximo", "mín": "mínimo",
    },
    before_names={
        "Sr": "Señor", "Sra": "Señora", "Srta": "Señorita", "Sres": "Señores", "Dr": "Doctor", "Dra": "Doctora",
        "Prof": "Profesor", "D": "Don", "Dña": "Doña", "Sto": "Santo", "Sta": "Santa", "Lic": "Licenciado",
        "Ing": "Ingeniero",
    },
    inside={
        "p. ej": "por ejemplo", "aprox": "aproximadamente", "Ud": "usted", "Uds": "ustedes", "máx": "máximo",
        "mín": "mínimo", "avda": "avenida", "Avda": "Avenida", "av": "avenida", "Av": "Avenida",
    },
    anywhere={
        "EE. UU": "Estados Unidos", "EE UU": "Estados Unidos", "etc": "etcétera", "a. C": "antes de Cristo",
        "d. C": "después de Cristo", "p. m": "de la tarde", "a. m": "de la mañana",
    },
    signs={
        "%": "por ciento", "&": "y", "+": "más", "=": "igual a", "€": "euros", "$": "dólares", "£": "libras",
        "×": "por", "÷": "dividido por", "≈": "aproximadamente", "©": "copyright", "km²": "kilómetros cuadrados",
        "m²": "metros cuadrados",
    },
    version="versión",
    point="punto",
    ratio="a",
    out_of="de",
    date=_date,
    dates=r"(?<![\w/])(?P<day>\d\d?)[/.-](?P<month>\d\d?)[/.-](?P<year>(?:1[1-9]|20)\d\d)(?![\d/])",
    address_marks={".": "punto", "@": "arroba", "-": "guion", "_": "guion bajo", "+": "más"},
    months={
        "ene": 1, "feb": 2, "mar": 3, "abr": 4, "jun": 6, "jul": 7, "ago": 8, "sept": 9, "sep": 9, "oct": 10, "nov": 11,
        "dic": 12,
    },
    month_names=_MONTHS,
    numbered=frozenset(
        ("capítulo", "parte", "tomo", "acto", "escena", "volumen", "fase", "nivel", "episodio", "siglo")
    ),
    roman=_roman,
    undotted=(),
)  # fmt: skip
RULES = (
    Rule(re.compile(r"(?<![\w.,])(?P<number>\d\d?)\.?(?P<suffix>º|ª|er|°(?=[ ][a-záéíóúñ]))(?![\w])"), _ordinal),
    *european_rules(VOCABULARY, WORDS),
)
