"""Find the amounts of a text: prices, percentages, and numbers of something."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

SYMBOLS = "$€£¥₹₽₩₺₫₴฿₪"
# Codes and words of currencies that stand after a number.
CODES = "USD|EUR|GBP|CHF|JPY|CAD|AUD|INR|SEK|NOK|DKK|PLN|CZK|euros?|dollars?|Euro|Dollar|kr|zł|Kč|元|円|원"
NUMBER = r"\d{1,3}(?:[.,'’ \u00a0\u202f]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d{1,2})?(?!\d)"
_SCALE = (
    r"(?:\s?(?:bn|k|m|b|M|K|B|thousand|million|billion|trillion|Mio\.?|Mrd\.?|Millionen|Milliarden|millions?|milliards?"
    r"|mil|millones)(?![^\W\d_]))?"
)
PRICE = re.compile(
    rf"(?<![\w.,])(?:(?:US|CA|A|C)?[{SYMBOLS}]\s?(?P<left>{NUMBER}){_SCALE}"
    rf"|(?P<right>{NUMBER}){_SCALE}\s?(?:[{SYMBOLS}]|(?:{CODES})(?![^\W\d_])))"
)
PERCENT = re.compile(rf"(?<![\w.,])(?:\d+\s?[–-]\s?)?(?P<number>{NUMBER})\s?[%٪]")
COUNT = re.compile(rf"(?<![\w.,:/#-])(?P<number>{NUMBER})\s(?P<unit>[^\W\d_]+)(?![\w’'])")
# A number after one of these words is a name, not an amount.
_NUMBERED = """
no nr nº step chapter page part room episode level version number day week lesson tip fact point figure track
schritt kapitel seite teil folge tag tipp punkt nummer étape chapitre jour numéro partie paso capítulo día número parte
"""
# A number before one of these words is a time, a date, an ordinal or the end of its clause.
_NO_UNITS = """
am pm uhr o oclock heures horas bc ad st nd rd th and or to und oder bis et ou à y de a is was are ist war est es
january february march april may june july august september october november december
januar februar märz mai juni juli oktober dezember
janvier février mars avril juin juillet août septembre octobre novembre décembre
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
"""
NUMBERED, NO_UNITS = frozenset(_NUMBERED.split()), frozenset(_NO_UNITS.split())
# Smaller counts are not worth a card.
MIN_COUNT = 10
FIRST_YEAR, LAST_YEAR = 1100, 2100


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount as it is written in a text at ``[start, end)``.

    ``kind`` is "price", "percent" or "count"; ``text`` is the amount with its currency or unit and ``value`` its
    number.
    """

    kind: str
    text: str
    unit: str
    value: float
    start: int
    end: int


def amounts(text: str) -> tuple[Amount, ...]:
    """Return the amounts of ``text`` in order, without years, times, dates, ordinals and numbers of things."""
    found: list[Amount] = []
    for amount in (*_prices(text), *_percentages(text), *_counts(text)):
        if not any(amount.start < other.end and other.start < amount.end for other in found):
            found.append(amount)
    return tuple(sorted(found, key=lambda amount: amount.start))


def _prices(text: str) -> Iterator[Amount]:
    for match in PRICE.finditer(text):
        yield _amount("price", match, match["left"] or match["right"])


def _percentages(text: str) -> Iterator[Amount]:
    for match in PERCENT.finditer(text):
        yield _amount("percent", match, match["number"])


def _counts(text: str) -> Iterator[Amount]:
    for match in COUNT.finditer(text):
        amount = _amount("count", match, match["number"], match["unit"])
        if not _is_a_name(text[: match.start()], match["unit"], match["number"]) and amount.value >= MIN_COUNT:
            yield amount


def _is_a_name(before: str, unit: str, number: str) -> bool:
    """Return whether the number is a year, a time, a date, or the number of a thing."""
    word = next(iter(re.findall(r"[^\W\d_]+", before)[-1:]), "").casefold()
    is_year = number.isdigit() and FIRST_YEAR <= int(number) <= LAST_YEAR
    follows_name = word in NUMBERED and before.rstrip(" .").casefold().endswith(word)
    return is_year or unit.casefold() in NO_UNITS or (follows_name and len(number) <= 2)


def _amount(kind: str, match: re.Match[str], number: str, unit: str = "") -> Amount:
    return Amount(kind, match[0], unit, value_of(number), match.start(), match.end())


def value_of(number: str) -> float:
    """Return the value of a written number: three digits after a mark are thousands, one or two are decimals."""
    decimals = re.search(r"[.,](\d{1,2})$", number)
    whole = number[: decimals.start()] if decimals else number
    digits = "".join(char for char in whole if char.isdigit())
    return float(f"{int(digits)}.{int(decimals[1]):0{len(decimals[1])}d}" if decimals else int(digits))
