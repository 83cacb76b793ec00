"""Find the amounts of a text: prices, percentages, measures, ratios and numbers of something."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import regex

from app.planning.text.amount_words import (
    ADJECTIVES,
    CODES,
    EXPONENTS,
    LETTER_EXPONENTS,
    MEASURES,
    NO_UNITS,
    NUMBERED,
    PERCENT_WORDS,
    PERIODS,
    SYMBOLS,
)

NUMBER = r"\d{1,3}(?:[.,'’ \u00a0\u202f]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d{1,2})?(?!\d)"
# Numbers as large as this need no unit.
_LARGE = r"\d{1,3}(?:[.,'’\u00a0\u202f]\d{3})+(?!\d)"
_WORD_END, _NO_LETTER = r"(?![\w’'/])", r"(?![^\W\d_])"
_START = r"(?<![\w.,:/#–-])"
_NUMBER = rf"(?:(?:{NUMBER})\s?[–-]\s?)?(?P<number>{NUMBER})"
_SCALE = rf"(?:\s?(?P<scale>{'|'.join(EXPONENTS)}){_NO_LETTER}(?:(?<=mio|mrd)\.)?)"
_LETTER = r"(?P<letter>[kKmMbB])"
# What a price is for, and a unit with what is under its bar ("kWh/100 km").
_RATE = (
    r"(?P<unit>\s?/\s?[^\W\d_]+|\s(?:per|pro|par|por)\s[^\W\d_]+"
    rf"|\s(?:an?|each|every|im|je|al|la|le)\s(?:{'|'.join(PERIODS)}){_NO_LETTER})?"
)
_BELOW = r"(?:/(?:\d+\s)?[^\W\d_]+[²³]?)*"
_MEASURE = "|".join(sorted(map(re.escape, MEASURES), key=len, reverse=True))
_THING = rf"(?:(?:{'|'.join(ADJECTIVES)})\s)*[^\W\d_]+[²³]?{_BELOW}"

PRICE = regex.compile(
    rf"(?<![\w.,])(?:(?:US|CA|A|C)?[{SYMBOLS}]\s?(?:(?:{NUMBER})[–-][{SYMBOLS}]?)?(?P<number>{NUMBER})"
    rf"(?:(?i:{_SCALE})|{_LETTER}{_NO_LETTER})?"
    rf"|{_NUMBER}(?:(?i:{_SCALE})|{_LETTER}{_NO_LETTER})?\s?(?:[{SYMBOLS}]|(?:{CODES}){_NO_LETTER})){_RATE}"
)
PERCENT = regex.compile(
    rf"(?<![\w.,])(?:\d+\s?[–-]\s?)?(?P<number>{NUMBER})(?:\s?[%٪]|\s(?P<unit>{PERCENT_WORDS}){_NO_LETTER})"
)
MEASURED = regex.compile(
    rf"{_START}{_NUMBER}\s?(?P<unit>(?:{_MEASURE}){_BELOW}|sq\.\s?(?:ft|mi|m)(?:\.(?=\s\p{{Ll}}))?){_WORD_END}"
    rf"|(?<![\w.,)–-])[−–-]?(?P<number>{NUMBER})\s?°[CF]{_WORD_END}"
)
RATIO = regex.compile(
    rf"{_START}(?P<number>\d{{1,2}}(?:[.,]\d)?)\s(?:(?:in|out of|von|sur|de cada)\s\d[\d.,]*(?<![.,])"
    rf"(?P<unit>\s(?:stars|Sterne|étoiles|estrellas|people|Menschen|personnes|personas))?)(?!\s(?:{'|'.join(PERIODS)}))"
    rf"|{_START}(?P<number>\d[.,]\d)/(?:5|10)(?P<unit>\s(?:stars|Sterne|étoiles|estrellas))?(?![\d/])"
    rf"|{_START}(?P<number>\d+)/(?:5(?P<unit>\s(?:stars|Sterne|étoiles|estrellas))|10(?![\d/])|100(?![\d/]))"
)
FACTOR = regex.compile(rf"{_START}(?P<number>{NUMBER})\s?[x×](?![\w-])(?!\s?\d)")
COUNT = regex.compile(
    rf"{_START}{_NUMBER}(?:(?i:{_SCALE})|(?P<letter>[kM])(?=\+?\s)|)\+?\s(?P<unit>{_THING}){_WORD_END}"
)
LARGE = regex.compile(
    rf"{_START}(?:(?P<number>{_LARGE})(?i:{_SCALE})?|(?P<number>{NUMBER})(?i:{_SCALE}))\+?"
    rf"(?!\s?[%{SYMBOLS}°])(?![\w/–-]|[.,:]\d)"
)
# Smaller counts are not worth a card.
MIN_COUNT = 10
FIRST_YEAR, LAST_YEAR = 1100, 2100
# A number after a name in the middle of a sentence belongs to it ("the Apollo 11 crew"), or after such a name anywhere
# ("ISO 9001", "iPhone 15").
NAME_BEFORE = regex.compile(r"(?:[^\s.!?:…]\s\p{Lu}\w+|\b\p{Lu}{2,3}|\b\p{Ll}\p{Lu}\w+)\s$")
# So many characters before a number decide on its meaning.
CONTEXT = 40
DATE_BEFORE = regex.compile(r"\b(?:on|am|vom|le|du|el|del)\s$")


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount as it is written in a text at ``[start, end)``.

    ``kind`` is "price", "percent" or "count"; ``text`` is the amount with its currency and ``unit``, which is written
    at its end, and ``value`` its number.
    """

    kind: str
    text: str
    unit: str
    value: float
    start: int
    end: int

    @property
    def number(self) -> str:
        """The amount without its unit."""
        return self.text.removesuffix(self.unit).rstrip()


def amounts(text: str) -> tuple[Amount, ...]:
    """Return the amounts of ``text`` in order, without years, times, dates, ordinals and numbers of things."""
    found: list[Amount] = []
    for amount in _candidates(text):
        if not any(amount.start < other.end and other.start < amount.end for other in found):
            found.append(amount)
    return tuple(sorted(found, key=lambda amount: amount.start))


def _candidates(text: str) -> Iterator[Amount]:
    """Yield the amounts of ``text``, those that say most about their words first."""
    for kind, pattern in (("price", PRICE), ("percent", PERCENT), ("count", RATIO), ("count", MEASURED)):
        for match in pattern.finditer(text):
            if pattern is not RATIO or _is_ratio(_before(text, match), match[0]):
                yield _amount(kind, match)
    yield from (_amount("count", match) for match in FACTOR.finditer(text) if value_of(match["number"]) > 1)
    for match in COUNT.finditer(text):
        amount = _amount("count", match)
        if not _is_a_name(_before(text, match), amount.unit, match) and amount.value >= MIN_COUNT:
            yield amount
    yield from (_amount("count", match) for match in LARGE.finditer(text))


def _before(text: str, match: Any) -> str:
    """Return what decides on the meaning of a number: the end of the text before it."""
    return text[max(0, match.start() - CONTEXT) : match.start()]


def _is_ratio(before: str, written: str) -> bool:
    """Return whether two numbers are a share ("1 in 5") or a rating: no date, no page, the first one smaller."""
    first, second, *_ = [value_of(number) for number in re.findall(NUMBER, written)]
    is_year = re.search(r"\s\d{4}$", written) is not None
    return first <= second and not is_year and not DATE_BEFORE.search(before) and not _is_numbered(before)


def _is_a_name(before: str, unit: str, match: Any) -> bool:
    """Return whether the number is a year, a time, a date, or belongs to a name."""
    number = match["number"]
    is_year = number.isdigit() and FIRST_YEAR <= int(number) <= LAST_YEAR and match["scale"] is None
    belongs_to_name = _is_numbered(before) or NAME_BEFORE.search(before) is not None
    return is_year or unit.rsplit(maxsplit=1)[-1].casefold() in NO_UNITS or (belongs_to_name and number.isdigit())


def _is_numbered(before: str) -> bool:
    """Return whether the word before a number says that it is the number of something ("page 12")."""
    word = next(iter(re.findall(r"[^\W\d_]+", before)[-1:]), "").casefold()
    return word in NUMBERED and before.rstrip(" .").casefold().endswith(word)


def _amount(kind: str, match: Any) -> Amount:
    groups = match.groupdict()
    exponent = EXPONENTS.get((groups.get("scale") or "").casefold(), 0)
    exponent += LETTER_EXPONENTS.get((groups.get("letter") or "").casefold(), 0)
    value = value_of(groups["number"]) * 10**exponent
    return Amount(kind, match[0], (groups.get("unit") or "").strip(), value, match.start(), match.end())


def value_of(number: str) -> float:
    """Return the value of a written number: three digits after a mark are thousands, one or two are decimals."""
    decimals = re.search(r"[.,](\d{1,2})$", number)
    whole = number[: decimals.start()] if decimals else number
    digits = "".join(char for char in whole if char.isdigit())
    return float(f"{int(digits)}.{int(decimals[1]):0{len(decimals[1])}d}" if decimals else int(digits))
