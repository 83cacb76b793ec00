"""Choose the amounts of a scene that are shown as a card over its picture."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.planning.text.amounts import SYMBOLS, Amount, amounts
from schemas.scene_graph import Overlay

MAX_PRICES = 2
# A price after one of these words is the old one, in English, German, French and Spanish.
OLD_PRICE = re.compile(
    r"(?:\b(?:was|were|instead of|rather than|regularly|regular price|usually|normally|used to cost|down from|from"
    r"|formerly|originally|before|msrp|list price|statt|anstatt|vorher|früher|sonst|bisher|war|kostete|uvp|von"
    r"|au lieu de|avant|était|antes|en lugar de|en vez de|era|costaba)\b[^.!?\d]{0,12})$",
    re.IGNORECASE,
)
# A price after one of these words replaces a price of the line before.
NEW_PRICE = re.compile(
    r"\b(?:now|today|only|just|for|jetzt|nur|heute|maintenant|aujourd['’]hui|seulement|ahora|hoy|solo|sólo)"
    r"\b[^.!?\d]{0,20}$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Callout:
    """An amount with the amount that it replaces, if the text names one."""

    amount: Amount
    old: Amount | None = None


def callouts(line: str, kinds: str, before: str = "") -> tuple[Callout, ...]:
    """Return the amounts of ``line`` that matter, in order; ``kinds`` is one of ``schemas.preset.CALLOUTS``.

    They are an old price with the new one, or up to two prices; without prices a percentage, else the largest number
    if ``kinds`` is "all". The old price may be in the line ``before``.
    """
    found = amounts(line) if kinds != "none" else ()
    prices = _prices(found)
    if pair := _replaced_price(line, prices) or _price_replacing(line, prices, before):
        return (pair,)
    if prices:
        return tuple(map(Callout, prices[:MAX_PRICES]))
    percentages = [amount for amount in found if amount.kind == "percent"]
    counts = [amount for amount in found if amount.kind == "count"] if kinds == "all" else []
    best = percentages[:1] or sorted(counts, key=lambda amount: -amount.value)[:1]
    return tuple(map(Callout, best))


def _replaced_price(line: str, prices: Sequence[Amount]) -> Callout | None:
    """Return the new price with the old one if one of two prices of a currency is told to be the old one."""
    if len(prices) != MAX_PRICES or len({_currency(price) for price in prices}) != 1:
        return None
    old, new = sorted(prices, key=lambda price: -price.value)
    is_told = OLD_PRICE.search(line[: old.start]) is not None
    return Callout(new, old) if is_told and old.value > new.value else None


def _price_replacing(line: str, prices: Sequence[Amount], before: str) -> Callout | None:
    """Return the only price of ``line`` with the only price of the line ``before`` if the words tell old and new."""
    old_prices = _prices(amounts(before))
    if len(prices) != 1 or len(old_prices) != 1:
        return None
    (new,), (old,) = prices, old_prices
    is_told = OLD_PRICE.search(before[: old.start]) and NEW_PRICE.search(line[: new.start])
    is_lower = _currency(new) == _currency(old) and new.value < old.value
    return Callout(new, old) if is_told and is_lower else None


def _prices(found: Sequence[Amount]) -> list[Amount]:
    return [amount for amount in found if amount.kind == "price"]


def _currency(price: Amount) -> str:
    return "".join(char for char in price.text if char.isalpha() or char in SYMBOLS)


def callout_overlays(line: str, kinds: str, position: str, before: str = "") -> tuple[Overlay, ...]:
    """Return the cards of a scene that speaks ``line`` after the line ``before``."""
    return tuple(_overlay(callout, position) for callout in callouts(line, kinds, before))


def _overlay(callout: Callout, position: str) -> Overlay:
    amount, old = callout.amount, callout.old
    number = amount.text.removesuffix(amount.unit).rstrip()
    text = f"{number}\n{amount.unit}" if amount.unit else number
    return Overlay(text=text, position=position, style="amount", was=old.text if old else "", at=amount.text)
