"""English numerals: cardinals, ordinals, years and decimals in words, without commas and "and"."""

from __future__ import annotations

from fractions import Fraction

from app.planning.text.spoken_forms.numbers import Number

_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["_", "_", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SCALES = ["_", "thousand", "million", "billion", "trillion", "quadrillion", "quintillion"]
# Longer runs of digits are read one by one.
MAX_DIGITS = 3 * len(_SCALES)
_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
_DENOMINATORS = {2: ("half", "halves"), 4: ("quarter", "quarters")}


def digits(text: str) -> str:
    """Return the digits of ``text`` one by one."""
    return " ".join(_ONES[int(char)] for char in text)


def cardinal(number: int) -> str:
    """Return ``number`` (from zero) in words: "one thousand two hundred thirty-four"."""
    if number >= 10**MAX_DIGITS:
        return digits(str(number))
    words: list[str] = []
    for power in reversed(range(len(_SCALES))):
        group = number // 1000**power % 1000
        if group:
            words += _below_thousand(group) + _SCALES[power : power + 1] * bool(power)
    return " ".join(words) or _ONES[0]


def _below_thousand(number: int) -> list[str]:
    hundreds, rest = divmod(number, 100)
    words = [_ONES[hundreds], "hundred"] if hundreds else []
    if 0 < rest < 20:
        words.append(_ONES[rest])
    elif rest:
        words.append(_TENS[rest // 10] + (f"-{_ONES[rest % 10]}" if rest % 10 else ""))
    return words


def ordinal(number: int) -> str:
    """Return "twenty-third" for 23."""
    words = cardinal(number)
    start = max(words.rfind(" "), words.rfind("-")) + 1
    last = words[start:]
    return words[:start] + (_ORDINALS.get(last) or (f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th"))


def year(number: int) -> str:
    """Return a year of four digits as it is read: "nineteen oh five", "two thousand five", "twenty twenty-four"."""
    century, rest = divmod(number, 100)
    if century % 10 == 0 and rest < 10:
        return cardinal(number)
    last = cardinal(rest) if rest >= 10 else f"oh {cardinal(rest)}"
    return f"{cardinal(century)} {last if rest else 'hundred'}"


def plural(words: str) -> str:
    """Return the plural of a numeral: "nineties", "thousands"."""
    return f"{words[:-1]}ies" if words.endswith("y") else f"{words}{'es' if words.endswith('x') else 's'}"


def say_number(number: Number) -> str:
    """Return a number with its decimals digit by digit, and with its fraction: "three point one four"."""
    if number.fraction:
        words = _fraction(number.fraction)
        return f"{cardinal(int(number.whole))} and {words.replace('one', 'a', 1)}" if number.whole else words
    words = digits(number.whole) if _has_leading_zero(number.whole) else cardinal(int(number.whole))
    return f"{words} point {digits(number.decimals)}" if number.decimals else words


def _has_leading_zero(text: str) -> bool:
    return len(text) > 1 and text.startswith("0")


def _fraction(value: Fraction) -> str:
    ordinals = ordinal(value.denominator)
    singular, several = _DENOMINATORS.get(value.denominator, (ordinals, f"{ordinals}s"))
    return f"{cardinal(value.numerator)} {singular if value.numerator == 1 else several}"
