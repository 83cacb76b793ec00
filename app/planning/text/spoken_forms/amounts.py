"""Say amounts: money, percentages, measures, ranges, dimensions and plain numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from app.planning.text.spoken_forms.amount_patterns import TIMES_SIGNS, AmountPatterns, Item, canonical
from app.planning.text.spoken_forms.numbers import Number
from app.planning.text.spoken_forms.phrases import Rule, Said, text_after, text_before
from app.planning.text.spoken_forms.vocabulary import Currency, Unit, Vocabulary

_HALF = Number("", fraction=Fraction(1, 2))


def amount_rules(vocabulary: Vocabulary) -> tuple[Rule, ...]:
    """Return the rules of amounts: with several numbers, then with one where the first finds no range."""
    patterns = AmountPatterns(vocabulary)

    def say(match: re.Match[str]) -> Sequence[Said] | None:
        items = tuple(_with_group_mark(item, vocabulary) for item in patterns.items(match))
        amount = _Amount(vocabulary, items, match["sign"], text_before(match), text_after(match))
        if not items or not _is_range(items):
            return None
        said = (*_say_sign(vocabulary, match), *amount.say(), *_say_rate(vocabulary, match))
        return None if [part.text for part in said] == [match[0]] else said

    return Rule(patterns.amount, say), Rule(patterns.single_amount, say)


def _with_group_mark(item: Item, vocabulary: Vocabulary) -> Item:
    """Read "1.500 €" as fifteen hundred: an amount of money has no three decimals."""
    is_money = item.currency.text or item.unit.text in vocabulary.currencies
    number = item.number
    if not is_money or item.magnitude.text or len(number.decimals) != 3 or number.is_grouped or number.whole == "0":
        return item
    return replace(item, number=Number(number.whole + number.decimals, is_grouped=True))


def _is_range(items: Sequence[Item]) -> bool:
    """Return whether a dash with spaces around it joins a smaller number to a larger one, as in a range."""
    return all(
        first.number.value < second.number.value or second.connector.text in TIMES_SIGNS or not second.is_spaced
        for first, second in pairwise(items)
    )


def _say_sign(vocabulary: Vocabulary, match: re.Match[str]) -> Iterator[Said]:
    sign = match["sign"].strip()
    if sign:
        yield Said(vocabulary.signs[sign], match.start("sign"))


def _say_rate(vocabulary: Vocabulary, match: re.Match[str]) -> Iterator[Said]:
    """Yield "per month" for the "/mo." of an amount."""
    key = canonical(match["rate"].replace("/", " "))
    if key:
        currency = vocabulary.currencies.get(key)
        unit = currency.unit if currency else vocabulary.units.get(key)
        name = vocabulary.per_units.get(key) or (unit.singular if unit else key)
        yield Said(
            f"{vocabulary.per} {name}", match.end("rate") - len(match["rate"].rstrip()) + match["rate"].find("/")
        )


@dataclass(frozen=True)
class _Amount:
    """The numbers of an amount and the text around it."""

    vocabulary: Vocabulary
    items: tuple[Item, ...]
    sign: str
    before: str
    after: str

    def say(self) -> Iterator[Said]:
        for index, item in enumerate(self.items):
            if index:
                yield from self._say_connector(item)
            yield from self._say_item(item, is_last=index == len(self.items) - 1)

    def _say_connector(self, item: Item) -> Iterator[Said]:
        vocabulary = self.vocabulary
        if item.connector.text in TIMES_SIGNS:
            is_product = item.connector.text == "*" or self.after.lstrip().startswith("=")
            word = vocabulary.times if is_product else vocabulary.by
            yield Said(word, item.connector.at)
        elif len(self.items) == 2 or item.connector.text != "-":  # "1-2-3" is no range
            yield Said(vocabulary.to, item.connector.at)

    def _say_item(self, item: Item, is_last: bool) -> Iterator[Said]:
        currency, currency_at = self._currency(item)
        names_currency = currency is not None and (is_last or self._has_cents(currency))
        if currency and names_currency and self._is_cents(item, currency) and not item.magnitude.text:
            yield from self._say_cents(item, currency, currency_at)
        else:
            unit = self._unit_of(item, is_last)
            named = currency.unit if currency and names_currency else unit
            yield from self._say_number(item, named)
            if currency and names_currency:
                yield Said(self._name(item, currency.unit), currency_at)
            if unit:
                yield Said(self._name(item, unit), item.unit.at)

    def _currency(self, item: Item) -> tuple[Currency | None, int]:
        """Return the currency of the amount and where it is written, next to ``item`` if possible."""
        for candidate in (item, *self.items):
            for mark in (candidate.unit, candidate.currency):  # "$5 USD" names it twice
                if mark.text in self.vocabulary.currencies:
                    return self.vocabulary.currencies[mark.text], mark.at
        return None, 0

    def _unit_of(self, item: Item, is_last: bool) -> Unit | None:
        """Return the unit to name after ``item``: in a range ("5 kg–10 kg") only after the last number."""
        unit = self.vocabulary.units.get(item.unit.text)
        is_repeated = not is_last and self.items[-1].unit.text == item.unit.text
        is_dimension = any(other.connector.text in TIMES_SIGNS for other in self.items)
        return unit if unit and (not is_repeated or is_dimension) else None

    def _say_number(self, item: Item, unit: Unit | None) -> Iterator[Said]:
        vocabulary = self.vocabulary
        magnitude = vocabulary.magnitudes.get(item.magnitude.text)
        counted = magnitude or unit
        if unit and vocabulary.half and not magnitude and item.number == _HALF and len(self.items) == 1:
            yield Said(vocabulary.half(unit), item.at)
        elif item.number.is_one and counted and counted.one and len(self.items) == 1:
            yield Said(counted.one, item.at)
        elif item.number.is_plain and not (counted or self.sign or self._has_unit()):
            yield Said(vocabulary.plain(item.number.whole, self.before, self.after), item.at)
        else:
            yield Said(vocabulary.number(item.number), item.at)
        if magnitude:
            is_one = vocabulary.is_singular(item.number)
            yield Said(magnitude.singular if is_one else magnitude.plural, item.magnitude.at)
        if item.plus.text:
            yield Said(vocabulary.plus, item.plus.at)

    def _has_unit(self) -> bool:
        return any(item.unit.text or item.currency.text or item.magnitude.text for item in self.items)

    def _name(self, item: Item, unit: Unit) -> str:
        vocabulary = self.vocabulary
        if item.magnitude.text:
            magnitude = vocabulary.magnitudes[item.magnitude.text]
            name = vocabulary.after_magnitude(magnitude.plural, unit.plural)
            return name if not self._is_adjective(item) else unit.singular
        is_singular = vocabulary.is_singular(item.number) or self._is_adjective(item)
        return unit.singular if is_singular and not item.plus.text else unit.plural

    def _is_adjective(self, item: Item) -> bool:
        return item.has_hyphen or self.vocabulary.is_adjective(self.before, self.after)

    def _has_cents(self, currency: Currency) -> bool:
        return any(self._is_cents(item, currency) for item in self.items)

    def _is_cents(self, item: Item, currency: Currency) -> bool:
        return currency.cent is not None and len(item.number.decimals) == 2

    def _say_cents(self, item: Item, currency: Currency, currency_at: int) -> Iterator[Said]:
        """Yield "nine dollars ninety-nine", "nine dollars" or "ninety-nine cents"."""
        vocabulary, number = self.vocabulary, item.number
        assert currency.cent is not None
        cents = int(number.decimals)
        if cents and not int(number.whole):
            yield Said(vocabulary.number(Number(str(cents))), item.at)
            yield Said(currency.cent.singular if cents == 1 else currency.cent.plural, currency_at)
            return
        whole = Number(number.whole)
        yield Said(currency.unit.one if whole.is_one and currency.unit.one else vocabulary.number(whole), item.at)
        yield Said(self._name(replace(item, number=whole), currency.unit), currency_at)
        if cents:
            yield Said(vocabulary.cents(cents, currency.cent), item.at)
