"""What German, French and Spanish share: numbers stay digits, which voices read, in one notation."""

from __future__ import annotations

from fractions import Fraction

from app.planning.text.spoken_forms.numbers import Number


def digits_of(number: Number) -> str:
    """Return the digits of a number without group marks and with a decimal comma."""
    return f"{number.whole},{number.decimals}" if number.decimals else number.whole


def plain_digits(digits: str, _before: str, _after: str) -> str:
    """Return the digits of a plain number, which a voice reads by itself."""
    return digits


def with_fraction(number: Number, names: dict[Fraction, str], and_word: str) -> str:
    """Return a number with the name of its fraction: "1 et demi"."""
    if number.fraction is None:
        return digits_of(number)
    fraction = number.fraction
    name = names.get(fraction) or f"{fraction.numerator} / {fraction.denominator}"
    return f"{number.whole} {and_word} {name}" if number.whole else name
