"""Parse amounts: numbers with a sign, a currency, a magnitude, a unit, a range and a rate ("~$5–10k/mo.")."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from app.planning.text.spoken_forms.numbers import Number, number_pattern, parse_number
from app.planning.text.spoken_forms.phrases import GAP
from app.planning.text.spoken_forms.vocabulary import Vocabulary

# The dot of an abbreviated unit, unless it also ends the sentence.
ABBREVIATION_DOT = rf"(?:\.(?={GAP}+[a-zà-ÿ(&€$£]|[,;:)/]))?"
_TIGHT_CONNECTOR = rf"(?:{GAP}?[x×*]{GAP}?(?=[\d.])|[-–—])"
_CONNECTOR = rf"(?:{_TIGHT_CONNECTOR}|{GAP}[-–—]{GAP})"
TIMES_SIGNS = ("x", "×", "*")
# Not inside a word ("H2O") and not the end of another number.
_START = r"(?<![^\W_])(?<![^\W\d_]-)(?<!\d[.,])"
# A dash before a number is a sign, unless it connects the number to what precedes it.
_MINUS = r"(?<![\w.,)\]%€$£'\"])[-–]"
# A number with letters directly after it is a code ("5G"), unless they connect it to the next ("3x4").
_END = rf"(?:(?={_CONNECTOR})|(?![^\W_]))"


@dataclass(frozen=True, slots=True)
class Mark:
    """A written sign, unit or name, and its position in the text; ``text`` is empty if there is none."""

    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Item:
    """One number of an amount, with what is written beside it.

    ``connector`` joins it to the number before it; ``is_spaced`` says whether there are spaces around that.
    """

    number: Number
    at: int
    connector: Mark
    currency: Mark
    magnitude: Mark
    plus: Mark
    unit: Mark
    has_hyphen: bool
    is_spaced: bool


@dataclass(frozen=True)
class AmountPatterns:
    """The patterns of the amounts of one language."""

    vocabulary: Vocabulary

    @cached_property
    def amount(self) -> re.Pattern[str]:
        """One or several numbers, with groups "sign" and "rate"."""
        return self._compile(rf"(?:{_CONNECTOR}{_unnamed(self._item)})*")

    @cached_property
    def single_amount(self) -> re.Pattern[str]:
        """An amount of one number, with groups "sign" and "rate"."""
        return self._compile("")

    def items(self, match: re.Match[str]) -> Iterator[Item]:
        """Yield the numbers of a match of ``amount``."""
        position, end = match.start(), match.start("rate")
        while (found := self._connected_item.search(match.string, position)) and found.start() < end:
            yield _item(found, self.vocabulary)
            position = found.end()

    def _compile(self, more_items: str) -> re.Pattern[str]:
        signs = "|".join(re.escape(sign) for sign in _longest_first(self.vocabulary.signs) if sign not in "-–")
        sign = rf"(?P<sign>(?:{_MINUS}|(?:{signs}){GAP}?)?)"
        rate = rf"(?P<rate>(?:{GAP}?/{GAP}?(?:{self._unit}|[A-Za-zÀ-ÖØ-öø-ÿ]+(?!\w)){ABBREVIATION_DOT})?)"
        return re.compile(rf"{_START}{sign}{_unnamed(self._item)}{more_items}{rate}(?![^\W_])")

    @cached_property
    def _connected_item(self) -> re.Pattern[str]:
        return re.compile(rf"(?P<connector>{_CONNECTOR})?{self._item}{_END}")

    @cached_property
    def _item(self) -> str:
        """The pattern of one number with its currency, magnitude and unit."""
        vocabulary = self.vocabulary
        currency = "|".join(
            _literal(key) for key in _longest_first(set(vocabulary.currencies) - vocabulary.suffix_currencies)
        )
        magnitude = _alternatives(
            vocabulary.magnitudes,
            {key: rf"{GAP}?{_whole_word(key)}" for key in vocabulary.magnitudes} | dict(vocabulary.magnitude_patterns),
        )
        return (
            rf"(?:(?P<currency>{currency})\.?{GAP}?)?(?P<digits>{number_pattern(vocabulary.space_groups)})"
            rf"(?:(?P<magnitude>{magnitude}){ABBREVIATION_DOT})?(?P<plus>\+(?![\d+]))?"
            rf"(?:(?P<gap>{GAP}|-|)(?P<unit>{self._unit}){ABBREVIATION_DOT})?"
        )

    @cached_property
    def _unit(self) -> str:
        keys = [*self.vocabulary.units, *self.vocabulary.currencies]
        patterns = {key: _whole_word(key) for key in keys} | dict(self.vocabulary.unit_patterns)
        return f"(?:{_alternatives(keys, patterns)})"


def canonical(written: str) -> str:
    """Return the key of a written unit: without dots, with single spaces ("sq. ft." is "sq ft")."""
    return " ".join(written.replace(".", " ").split())


def _item(match: re.Match[str], vocabulary: Vocabulary) -> Item:
    connector, currency, magnitude, plus, unit = (
        _mark(match, name) for name in ("connector", "currency", "magnitude", "plus", "unit")
    )
    if connector.text in TIMES_SIGNS and magnitude.text in vocabulary.units:
        magnitude, unit = Mark("", -1), unit if unit.text else magnitude  # "2 m x 3m" are no millions
    return Item(
        parse_number(match["digits"], vocabulary.decimal_mark),
        match.start("digits"),
        connector,
        currency,
        magnitude,
        plus,
        unit,
        has_hyphen=match["gap"] == "-",
        is_spaced=len(match["connector"] or "") > 1,
    )


def _mark(match: re.Match[str], name: str) -> Mark:
    text = match[name] or ""
    gap = len(text) - len(text.lstrip())
    return Mark(canonical(text), match.start(name) + gap)


def _unnamed(pattern: str) -> str:
    """Return ``pattern`` without the names of its groups, so that it can be repeated."""
    return re.sub(r"\(\?P<\w+>", "(?:", pattern)


def _alternatives(keys: Iterable[str], patterns: Mapping[str, str]) -> str:
    return "|".join(patterns[key] for key in _longest_first(keys))


def _longest_first(keys: Iterable[str]) -> list[str]:
    return sorted(keys, key=lambda key: (-len(key), key))


def _literal(key: str) -> str:
    """Return a pattern of ``key`` that allows dots and no-break spaces between its words."""
    return rf"\.?{GAP}?".join(re.escape(word) for word in key.split())


def _whole_word(key: str) -> str:
    return _literal(key) + (r"(?!\w)" if key[-1].isalnum() else "")
