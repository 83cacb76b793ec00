"""Choose the amounts of a scene that are shown as a card over its picture."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.planning.text.amount_words import SYMBOLS
from app.planning.text.amounts import Amount, amounts
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


# A count after words of the past is replaced by the same count after words of the present.
PAST = re.compile(
    r"\b(?:was|were|had|used to be|once|waren?|hatten?|einst|étaient|était|avait|había|eran|era)\b", re.IGNORECASE
)
PRESENT = re.compile(r"\b(?:now|today|jetzt|heute|maintenant|aujourd['’]hui|ahora|hoy)\b[^.!?\d]{0,40}$", re.IGNORECASE)
# A number after one of these words is a limit.
LIMITS = (
    ("<", re.compile(r"\b(?:fewer than|less than|under|below|weniger als|unter|moins de|menos de)\s$", re.IGNORECASE)),
    (">", re.compile(r"\b(?:more than|mehr als|plus de|más de)\s$", re.IGNORECASE)),
)


@dataclass(frozen=True, slots=True)
class Callout:
    """An amount with the amount that it replaces, if the text names one, and the sign of a limit ("<") or ""."""

    amount: Amount
    old: Amount | None = None
    sign: str = ""


def callouts(line: str, kinds: str, before: str = "") -> tuple[Callout, ...]:
    """Return the amounts of ``line`` that matter, in order; ``kinds`` is one of ``schemas.preset.CALLOUTS``.

    They are an old price with the new one, or up to two prices; without prices a percentage, else the largest number
    if ``kinds`` is "all". The old amount may be in the line ``before``.
    """
    found = amounts(line) if kinds != "none" else ()
    prices = _of_kind(found, "price")
    if pair := _replaced_price(line, prices) or _price_replacing(line, prices, before):
        return (pair,)
    if prices:
        return tuple(Callout(price, sign=_sign(line, price)) for price in prices[:MAX_PRICES])
    counts = _of_kind(found, "count") if kinds == "all" else []
    best = _of_kind(found, "percent")[:1] or sorted(counts, key=lambda amount: -amount.value)[:1]
    return tuple(Callout(amount, _count_before(line, amount, before), _sign(line, amount)) for amount in best)


def _sign(line: str, amount: Amount) -> str:
    return next((sign for sign, limit in LIMITS if limit.search(line[: amount.start])), "")


def _replaced_price(line: str, prices: Sequence[Amount]) -> Callout | None:
    """Return the new price with the old one if one of two prices of a currency is told to be the old one."""
    if len(prices) != MAX_PRICES or len({_currency(price) for price in prices}) != 1:
        return None
    old, new = sorted(prices, key=lambda price: -price.value)
    is_told = OLD_PRICE.search(line[: old.start]) is not None
    return Callout(new, old) if is_told and old.value > new.value else None


def _price_replacing(line: str, prices: Sequence[Amount], before: str) -> Callout | None:
    """Return the only price of ``line`` with the only price of the line ``before`` if the words tell old and new."""
    old_prices = _of_kind(amounts(before), "price")
    if len(prices) != 1 or len(old_prices) != 1:
        return None
    (new,), (old,) = prices, old_prices
    is_told = OLD_PRICE.search(before[: old.start]) and NEW_PRICE.search(line[: new.start])
    is_lower = _currency(new) == _currency(old) and new.value < old.value
    return Callout(new, old) if is_told and is_lower else None


def _count_before(line: str, new: Amount, before: str) -> Amount | None:
    """Return the only count of the line ``before`` if the words tell that ``new`` is the same count today."""
    old_counts = _of_kind(amounts(before), "count")
    if new.kind != "count" or len(old_counts) != 1:
        return None
    (old,) = old_counts
    is_told = PAST.search(before[: old.start]) and PRESENT.search(line[: new.start])
    return old if is_told and old.unit and new.unit in ("", old.unit) else None


def _of_kind(found: Sequence[Amount], kind: str) -> list[Amount]:
    return [amount for amount in found if amount.kind == kind]


def _currency(price: Amount) -> str:
    return "".join(char for char in price.number if char.isalpha() or char in SYMBOLS)


def callout_overlays(line: str, kinds: str, position: str, before: str = "") -> tuple[Overlay, ...]:
    """Return the cards of a scene that speaks ``line`` after the line ``before``."""
    return tuple(_overlay(callout, position) for callout in callouts(line, kinds, before))


def _overlay(callout: Callout, position: str) -> Overlay:
    amount, was = callout.amount, callout.old.number if callout.old else ""
    text = card_text(amount, callout.sign)
    return Overlay(text=text, position=position, style="amount", was=was, at=amount.text)


def card_text(amount: Amount, sign: str = "") -> str:
    """Return the text of a card: the number, and its unit on a line of its own."""
    number = f"{sign} {amount.number}".strip()
    return f"{number}\n{amount.unit}" if amount.unit else number
