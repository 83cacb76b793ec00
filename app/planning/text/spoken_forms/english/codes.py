"""Codes of letters and digits ("COVID-19", "H₂O", "MP3", "5G"), versions and what is left of numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.planning.text.spoken_forms.english.numerals import cardinal, digits, ordinal, year
from app.planning.text.spoken_forms.english.plain_numbers import plain_number
from app.planning.text.spoken_forms.english.units import CURRENCIES, UNITS
from app.planning.text.spoken_forms.numbers import SIMPLE_FRACTIONS
from app.planning.text.spoken_forms.phrases import Rule, Said, said_as, text_after, text_before

_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
# Groups of capitals up to this length are spelled in a code: "CO2", "MP3", but not "COVID-19".
_SPELLED_LETTERS = 3
# "4.5/5" is a score on one of these scales.
_SCALES = ("5", "10", "100")
_LAST_NUMBER = re.compile(r"\d+(?:[.,]\d+)?$")
_PRICE = re.compile(r"[$€£¥]\d[\d.,]*$")
_FIRST_NUMBER = re.compile(r"\d+")


def say_code(text: str) -> str:
    """Return the words of a code: short groups of capitals letter by letter, numbers as such."""
    parts = re.findall(r"\d+|[^\W\d_]+", text)
    is_mixed = len(parts) > 1
    words = [_say_part(part, is_mixed) for part in parts]
    if is_mixed and words[0] == "A":
        words[:2] = [f"A-{words[1]}"]  # alone it would be the article
    return " ".join(words)


def _say_part(part: str, is_mixed: bool) -> str:
    if part.isdigit():
        return _say_digits(part)
    if is_mixed and part.isascii() and part.isupper() and 1 < len(part) <= _SPELLED_LETTERS:
        return " ".join(part)
    return part


def _say_digits(part: str) -> str:
    if len(part) > 4 or part.startswith("0"):
        return digits(part)
    return year(int(part)) if len(part) == 4 else plain_number(part, "", "")


def _code(match: re.Match[str]) -> Sequence[Said]:
    return [Said(say_code(match[0].translate(_SUBSCRIPTS)), match.start())]


def _version(match: re.Match[str]) -> Sequence[Said] | None:
    """Read "v2.1.0" and "3.11.4"; four numbers up to 255 are an address of the Internet Protocol."""
    parts = match["numbers"].split(".")
    if len(parts) == 4 and not match["v"]:
        return [Said(" dot ".join(digits(part) for part in parts), match.start())]
    if not match["v"] and all(len(part) == 3 for part in parts[1:]):
        return None  # "1.234.567" has group marks
    words = " point ".join(digits(part) if part.startswith("0") else cardinal(int(part)) for part in parts)
    return [Said(f"version {words}" if match["v"] else words, match.start())]


def _ordinal(match: re.Match[str]) -> Sequence[Said]:
    return [Said(ordinal(int(match["number"].replace(",", ""))), match.start())]


def _score(match: re.Match[str]) -> Sequence[Said] | None:
    """Read the slash of "4.5/5" and "9/10" as "out of"; that of "24/7" is silent, that of "3/4" part of the number."""
    first, second = _LAST_NUMBER.search(text_before(match)), _FIRST_NUMBER.match(text_after(match))
    assert first is not None and second is not None
    if re.fullmatch(SIMPLE_FRACTIONS, f"{first[0]}/{second[0]}"):
        return None
    if _PRICE.search(text_before(match)):
        return [Said("per", match.start())]
    is_scale = second[0] in _SCALES and float(first[0].replace(",", ".")) <= float(second[0])
    return [Said("out of", match.start())] if is_scale else []


def _power(match: re.Match[str]) -> Sequence[Said]:
    exponent = match[0].translate(_SUPERSCRIPTS)
    names = {"2": "squared", "3": "cubed"}
    sign = "minus " if exponent.startswith("-") else ""
    number = int(exponent.strip("-") or 0)
    return [Said(names.get(exponent) or f"to the power of {sign}{cardinal(number)}", match.start())]


def _left_over(match: re.Match[str]) -> Sequence[Said]:
    return [Said(plain_number(match[0], text_before(match), text_after(match)), match.start())]


def _joined_number(match: re.Match[str]) -> Sequence[Said]:
    """Read the dash and the number of "pre-2020" and "Area-51"."""
    return [Said(_say_digits(match["number"]), match.start())]


def _post_code(match: re.Match[str]) -> Sequence[Said]:
    return [Said(digits(match[0]), match.start())]


def _digits_in_groups(match: re.Match[str]) -> Sequence[Said]:
    groups = list(re.finditer(r"\d+", match["digits"]))
    said = [Said(f"{digits(group[0])},", match.start("digits") + group.start()) for group in groups]
    return [*said[:-1], Said(said[-1].text.rstrip(","), said[-1].at)]


def _colour(match: re.Match[str]) -> Sequence[Said]:
    parts = (digits(char) if char.isdigit() else char.upper() for char in match["digits"])
    return [Said(" ".join(parts), match.start())]


def _numbered_tag(match: re.Match[str]) -> Sequence[Said]:
    return [Said(say_code(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", match["tag"])), match.start())]


def _decimal_code(match: re.Match[str]) -> Sequence[Said]:
    """Read "PM2.5" as letters and a number with decimals."""
    whole, _, decimals = match["number"].partition(".")
    letters = " ".join(match["letters"])
    return [Said(f"{letters} {cardinal(int(whole))} point {digits(decimals)}", match.start())]


def _money_per(match: re.Match[str]) -> Sequence[Said]:
    unit = UNITS.get(match["unit"])
    return [
        Said(CURRENCIES[match["sign"]].unit.plural, match.start()),
        Said(f"per {unit.singular if unit else match['unit']}", match.start("unit")),
    ]


# What is read digit by digit after these words.
_SPELLED_AFTER = r"(?<=\b{word}[ \u00a0:])"
_SPELLED_WORDS = ("PIN", "pin", "ZIP", "zip", "zip code", "code", "passcode", "OTP", "ISBN")
# Telephone numbers of three digits, and short codes, after words that say to call them ("call 112").
_CALLED = r"(?:(?<=\bcall[ ])|(?<=\bCall[ ])|(?<=\bdial[ ])|(?<=\bDial[ ])|(?<=\btext[ ])|(?<=\bText[ ]))"
_SPELLED = "|".join(_SPELLED_AFTER.format(word=f"(?i:{word})") for word in _SPELLED_WORDS)
BEFORE_AMOUNTS = (
    Rule(re.compile(r"(?<!\w)#(?P<digits>(?=\w*\d)(?:[0-9a-fA-F]{6}|(?=\w*[a-fA-F])[0-9a-fA-F]{3}))(?!\w)"), _colour),
    Rule(re.compile(r"(?<!\w)#(?P<tag>[A-Za-z]\w*\d\w*)"), _numbered_tag),
    Rule(re.compile(rf"(?:{_SPELLED}):?[ ]?(?P<digits>\d{{3,}}(?:[- ]\d+)*)(?![\w,.]\d|\w)"), _digits_in_groups),
    Rule(
        re.compile(rf"{_CALLED}(?P<digits>[1-9]1[0-9]|999|988|\d{{5,6}})(?![\w%]|[.,]\d|[ ][a-z]+s\b)"),
        _digits_in_groups,
    ),
    Rule(re.compile(r"(?<![\w.,$€£-])(?P<digits>911)(?![\w%]|[.,]\d|[ ](?:[a-z]+s|people)\b)"), _digits_in_groups),
    Rule(re.compile(r"(?<![\w/])24/7/365(?![\w/])"), said_as("twenty-four seven three sixty-five")),
    Rule(re.compile(r"(?<![\w-])(?P<digits>1-8\d\d)-(?=[A-Z])"), _digits_in_groups),
    Rule(re.compile(r"(?<!\w)(?P<letters>[A-Z]{1,3})(?P<number>\d+\.\d+)(?![\w.])"), _decimal_code),
    Rule(re.compile(r"(?<![\w-])50-50(?![\w-])"), said_as("fifty fifty")),
    Rule(
        re.compile(r"(?<!\S)(?P<sign>[$€£])/(?P<unit>kg|km|l|h|m|g|t|lb|oz|mo|yr|day|week|month|year)(?!\w)"),
        _money_per,
    ),
    Rule(re.compile(r"(?<=,[ ][A-Z]{2}[ ])\d{5}(?!\w)"), _post_code),
    Rule(re.compile(r"(?<![\w.,])(?P<v>[vV]\.?[ ]?)?(?P<numbers>\d+(?:\.\d+){2,})(?![\w]|[.,]\d)"), _version),
    Rule(re.compile(r"(?<![\w.,])(?P<v>[vV])(?P<numbers>\d+(?:\.\d+)*)(?![\w]|[.,]\d)"), _version),
    Rule(
        re.compile(r"(?<![\w.,$€£])(?P<number>\d{1,3}(?:,\d{3})+|\d+)(?:st|nd|rd|th|ˢᵗ|ⁿᵈ|ʳᵈ|ᵗʰ)(?!\w)", re.IGNORECASE),
        _ordinal,
    ),
    Rule(re.compile(r"(?<=\d)/(?=\d)"), _score),
    Rule(re.compile(r"(?<=[\d)])[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+"), _power),
)
POWER = Rule(re.compile(r"(?<=[A-Za-z])[²³]"), _power)
AFTER_AMOUNTS = (
    Rule(re.compile(r"(?<!\w)(?=\w*[0-9₀-₉])(?=\w*[A-Za-z])[A-Za-z0-9₀-₉]+(?!\w)"), _code),
    Rule(re.compile(r"(?<=[^\W\d_])[-–](?P<number>\d+)"), _joined_number),
    Rule(re.compile(r"\d+"), _left_over),
)
