"""Amounts of money: exact ``Decimal`` US dollars in Python, numbers in JSON."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from marshmallow import ValidationError

from schemas import fields

ZERO = Decimal(0)


def parse_usd(value: Decimal | float | str) -> Decimal:
    """Return a number or its text as an amount: ``0.1`` is exactly one tenth, not the nearest binary fraction.

    Raises ``ValueError`` unless ``value`` is a finite number.
    """
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"not an amount of money: {value!r}") from None
    if isinstance(value, bool) or not amount.is_finite():
        raise ValueError(f"not an amount of money: {value!r}")
    return amount


def json_usd(amount: Decimal) -> float:
    """Return the JSON number of ``amount``, which ``parse_usd`` reads back as the same amount (up to 15 digits)."""
    return float(amount)


def shown_usd(amount: Decimal) -> str:
    """Return an amount as a message has it: in cents, or exactly if it has parts of a cent."""
    exact = amount.normalize()
    return f"${exact:f}" if -int(exact.as_tuple().exponent) > 2 else f"${amount:.2f}"


class Usd(fields.Field[Decimal]):
    """A field for an amount in US dollars, written as a JSON number."""

    json_schema: ClassVar[dict[str, Any]] = {"type": "number", "minimum": 0}

    def _serialize(self, value: Decimal | None, attr: str | None, obj: Any, **kwargs: Any) -> float | None:
        return None if value is None else json_usd(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:
        try:
            return parse_usd(value)
        except ValueError as error:
            raise ValidationError("Must be an amount in US dollars.") from error
