"""Signs that English voices cannot say, by name or silent."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from fractions import Fraction

from app.planning.text.spoken_forms.english.numerals import cardinal, say_number
from app.planning.text.spoken_forms.english.tables import SIGNS
from app.planning.text.spoken_forms.english.units import CURRENCIES
from app.planning.text.spoken_forms.english.vocabulary import NOUN
from app.planning.text.spoken_forms.numbers import Number
from app.planning.text.spoken_forms.phrases import (
    CLAIMED,
    GAP,
    Rule,
    Said,
    alternatives,
    said_as,
    text_after,
    text_before,
)

# Marks that voices read as pauses or not at all.
_PUNCTUATION = ".,;:!?…'\"“”‘’()—–-"
# Categories of Unicode of the other signs; pictures (So) are removed before a voice speaks.
_SILENT_CATEGORIES = ("Sm", "Sc", "Sk", "Po", "Ps", "Pe", "Pc", "Pi", "Pf", "Nl", "No")
_DIMENSION = re.compile(rf"{GAP}+(?:tall|wide|long|high|deep|thick)\b")
# Of the signs of fractions in Unicode.
_LARGEST_DENOMINATOR = 320
# These are arrows, tags or quotes unless they stand alone.
_ONLY_ALONE = "<>+="


def _inches(match: re.Match[str]) -> Sequence[Said] | None:
    """Read the quote after a number as inches, unless it closes a quotation."""
    before = text_before(match)
    if (before.count('"') + before.count(CLAIMED + '"')) % 2:
        return None
    after = text_after(match)
    is_adjective = NOUN.match(after) is not None and not _DIMENSION.match(after)
    is_one = re.search(r"(?:(?<![\d.,])1|/\d+)$", text_before(match)) is not None
    return [Said("inch" if is_adjective or is_one else "inches", match.start())]


def _sign(match: re.Match[str]) -> Sequence[Said]:
    sign = match[0]
    before, after = text_before(match)[-1:], text_after(match)[:1]
    is_alone = not before.strip() and (not after.strip() or after.isdigit())
    if sign in _ONLY_ALONE and not (is_alone or (sign == "+" and before.isalnum())):
        return []
    name = SIGNS[sign]
    return [Said(name, match.start())] if name else []


def _currency(match: re.Match[str]) -> Sequence[Said]:
    return [Said(CURRENCIES[match[0]].unit.plural, match.start())]


def _greek_letter(match: re.Match[str]) -> Sequence[Said]:
    return [Said(unicodedata.name(match[0]).split()[-1].lower(), match.start())]


def _other_sign(match: re.Match[str]) -> Sequence[Said] | None:
    """Read a number sign such as "Ⅳ" or "①" as its number; other signs are silent."""
    sign = match[0]
    if sign in _PUNCTUATION or sign == CLAIMED or unicodedata.category(sign) not in _SILENT_CATEGORIES:
        return None
    value = unicodedata.numeric(sign, None)
    if value is None:
        return []
    fraction = Fraction(abs(value)).limit_denominator(_LARGEST_DENOMINATOR)
    is_whole = fraction.denominator == 1
    words = cardinal(int(fraction)) if is_whole else say_number(Number("", fraction=fraction))
    return [Said(words, match.start())]


_CURRENCY_SIGNS = [sign for sign in CURRENCIES if not sign[-1].isalnum()]
# A range between phrases that other rules have said: "1st–3rd", "9:00–17:00".
SPACED_RANGE = Rule(re.compile(rf"(?<={CLAIMED}){GAP}?[-–]{GAP}?(?={CLAIMED})"), said_as("to"))
RANGE = Rule(re.compile(rf"(?<={CLAIMED})[-–](?={CLAIMED})"), said_as("to"))
INCHES = Rule(re.compile(r'(?<=\d)"(?!\w)'), _inches)
FEET = Rule(re.compile(r"(?<=\d)['’′](?![^\W\d_]|\d{3})"), said_as("feet"))
# "5+5" and "10 - 5 = 5".
PLUS = Rule(re.compile(r"(?<=\d)\+(?=\d)"), said_as("plus"))
MINUS = Rule(re.compile(rf"(?<=\d{GAP})[-–−](?={GAP}\d+(?:[.,]\d+)?{GAP}?=)"), said_as("minus"))
EQUALS = Rule(re.compile(rf"(?<=[\d{CLAIMED}])=(?=[\d{CLAIMED}])"), said_as("equals"))
# "A → B", but not "→ next".
ARROW = Rule(re.compile(rf"(?<=[\w{CLAIMED}]){GAP}?[→⇒]{GAP}?(?=[\w{CLAIMED}])"), said_as("to"))
_SIZE = r"(?:X{0,4}[SL]|M|[2-6]XL)"
RULES = (
    RANGE,
    Rule(re.compile(r"#(?= of\b)", re.IGNORECASE), said_as("number")),
    EQUALS,
    ARROW,
    Rule(re.compile(rf"(?<={CLAIMED})/(?={CLAIMED})"), said_as("per")),
    Rule(re.compile(rf"(?<=\b[SML])[-–](?={_SIZE}\b)"), said_as("to")),
    Rule(re.compile(rf"(?<![^\s(])(?:{alternatives(_CURRENCY_SIGNS)})(?![^\s.,;:!?)])"), _currency),
    Rule(re.compile(f"[{re.escape(''.join(SIGNS))}]"), _sign),
    Rule(re.compile(r"(?<![^\W\d_])[α-ωΑ-Ω](?![^\W\d_])"), _greek_letter),
    Rule(re.compile(r"[^\w\s]|_|[^\W\d]"), _other_sign),
)
