"""Why two words of a text stay together, such as a number and its unit or a title and its name."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import regex

from app.planning.text.abbreviations import (
    DOTTED_LETTERS,
    LETTER_DOT,
    Abbreviations,
    is_inside_abbreviation,
    whole_abbreviation,
)
from app.planning.text.bound_words import (
    CURRENCIES,
    DATE_LINKS,
    EAST_ASIAN_COUNTERS,
    LETTERED,
    MAGNITUDES,
    MONTHS,
    NAME_SUFFIXES,
    NUMBERED,
    ORDINAL_NOUNS,
    STREETS,
    UNDOTTED_TITLES,
    UNIT_NAMES,
    UNIT_SYMBOLS,
    WORDS_BEFORE_ORDINALS,
)
from app.planning.text.marks import CLAUSE_MARKS, CLOSING_MARKS, END_MARKS, OPENING_MARKS, has_end_mark

# The greatest numbers of words in an address after its number, and in a phone number.
ADDRESS_WORDS, PHONE_WORDS = 3, 6
AFTER_WORD = "".join(mark for mark in END_MARKS + CLAUSE_MARKS + CLOSING_MARKS if mark not in "–—")
NUMBER = re.compile(r"[~≈<>≤≥±+−–-]?\d+(?:[.,'’:/–-]\d+)*[½¼¾⅓⅔]?|[½¼¾⅓⅔]")
AMOUNT = re.compile(rf"(?:[A-Z]{{0,3}}[€$£¥₹])?(?:{NUMBER.pattern})")
ITEM_NUMBER = re.compile(
    r"[(#]?\d{1,2}(?:[.)]|\.\))|\d{1,2}(?:\.\d{1,2}){1,2}\.?|\d{1,2}(?:\ufe0f)?\u20e3|[IVX]{2,4}\.|#\d{1,2}"
)
INITIAL = regex.compile(r"\p{Lu}\.(?:-?\p{Lu}\.)*")
ORDINAL, ROMAN_ORDINAL = re.compile(r"\d{1,3}\."), re.compile(r"[IVX]+\.")
GROUP, NEXT_GROUP = re.compile(r"[€$£¥]?\d{1,3}"), re.compile(r"\d{3}(?:[.,]\d+)?")
PHONE_START, PHONE_PART = re.compile(r"\+\d[\d()-]*|\(\d{2,5}\)|0\d{2,4}"), re.compile(r"\d[\d-]*")
DAY = re.compile(r"(?:0?[1-9]|[12]\d|3[01])(?:\.|st|nd|rd|th|er|º|ª)?")
DAY_OR_YEAR = re.compile(rf"(?:{DAY.pattern})|[12]\d{{3}}")
ROMAN = re.compile(r"[IVX]{2,}|[VX]")
# French sets a space before these marks. An ampersand begins a line rather than ends it.
SPACED_MARKS = frozenset("?!:;»…")
RANGE_SIGNS = frozenset("–-—x×")


def bond(words: Sequence[str], index: int, table: Abbreviations, *, is_tight: bool) -> str:
    """Return why the word at ``index`` stays with the next one, such as "unit"; "" if the two may be parted.

    ``is_tight`` says that no space is written between the two. ``table`` has the abbreviations of the language.
    """
    if is_tight:
        return "counter" if _is_counted(words[index], words[index + 1]) else ""
    plain = (name for name, rule in RULES.items() if rule(words, index))
    by_table = (name for name, table_rule in TABLE_RULES.items() if table_rule(words, index, table))
    return next(plain, "") or next(by_table, "")


def _is_counted(before: str, after: str) -> bool:
    return before[-1:].isdigit() and after[:1] in EAST_ASIAN_COUNTERS


def _before(words: Sequence[str], index: int) -> str:
    """Return the word at ``index`` without opening marks; "" outside the text."""
    return words[index].lstrip(OPENING_MARKS) if 0 <= index < len(words) else ""


def _after(words: Sequence[str], index: int) -> str:
    """Return the word at ``index`` without opening marks and the marks after it; "" outside the text."""
    word = _before(words, index)
    return word.rstrip(AFTER_WORD) or word


def _item(words: Sequence[str], index: int, table: Abbreviations) -> bool:
    """Return whether the word is the number of a list's item, at the beginning of a sentence."""
    if not ITEM_NUMBER.fullmatch(words[index]):
        return False
    # After an abbreviation it is the number of something: "No. 7."
    return index == 0 or (has_end_mark(words[index - 1]) and not _numbered(words, index - 1, table))


def _unit(words: Sequence[str], index: int) -> bool:
    number, unit = _before(words, index), _after(words, index + 1)
    if number.lower() in MAGNITUDES and AMOUNT.fullmatch(_before(words, index - 1)):
        return _is_unit(unit) and unit.lower() not in MAGNITUDES
    if number == "sq." and unit in ("ft", "m", "mi", "in", "yd"):
        return True
    return bool(AMOUNT.fullmatch(number)) and _is_unit(unit)


def _is_unit(word: str) -> bool:
    first = word.split("/", maxsplit=1)[0]
    return word in UNIT_SYMBOLS or first in UNIT_SYMBOLS or first.lower() in UNIT_NAMES


def _currency(words: Sequence[str], index: int) -> bool:
    return _before(words, index) in CURRENCIES and _before(words, index + 1)[:1].isdigit()


def _numbered(words: Sequence[str], index: int, table: Abbreviations) -> bool:
    label, number = _before(words, index), _after(words, index + 1)
    is_number = number[:1].isdigit() or bool(ROMAN.fullmatch(number))
    return is_number and (label.lower() in NUMBERED or "numbers" in table.kinds_of(label))


def _ordinal(words: Sequence[str], index: int, table: Abbreviations) -> bool:
    """Return whether the word is an ordinal with its dot ("im 19. Jahrhundert", "Karl V. regierte")."""
    before, after = _before(words, index), _before(words, index + 1)
    if not table.has_ordinals or not after[:1].isalpha() or table.is_starter(_bare(after)):
        return False
    if ROMAN_ORDINAL.fullmatch(before):
        return True
    is_noun = _bare(after) in ORDINAL_NOUNS or after[:1].islower()
    return bool(ORDINAL.fullmatch(before)) and (is_noun or _before(words, index - 1).lower() in WORDS_BEFORE_ORDINALS)


def _digits(words: Sequence[str], index: int) -> bool:
    before, after = _before(words, index), _after(words, index + 1)
    return bool(GROUP.fullmatch(before) and NEXT_GROUP.fullmatch(after))


def _phone(words: Sequence[str], index: int) -> bool:
    if not PHONE_PART.fullmatch(_after(words, index + 1)):
        return False
    start = index
    while 0 < start > index - PHONE_WORDS and not PHONE_START.fullmatch(words[start]):
        if not PHONE_PART.fullmatch(words[start]):
            return False
        start -= 1
    return bool(PHONE_START.fullmatch(words[start]))


def _range(words: Sequence[str], index: int) -> bool:
    triples = ((index, index + 1, index + 2), (index - 1, index, index + 1))
    return any(
        AMOUNT.fullmatch(_before(words, low))
        and _before(words, sign) in RANGE_SIGNS
        and _after(words, high)[:1].isdigit()
        for low, sign, high in triples
    )


def _date(words: Sequence[str], index: int) -> bool:
    before, after = _before(words, index), _after(words, index + 1)
    if before in MONTHS:
        is_day = bool(DAY_OR_YEAR.fullmatch(after))
        return is_day or (after in DATE_LINKS and bool(DAY_OR_YEAR.fullmatch(_after(words, index + 2))))
    if DAY.fullmatch(before):
        is_linked = after in DATE_LINKS and _is_month(_before(words, index + 2))
        return is_linked or _is_month(_before(words, index + 1))
    return before in DATE_LINKS and _links_date(words, index)


def _links_date(words: Sequence[str], index: int) -> bool:
    """Return whether the word at ``index`` is between a day and a month, or between a month and a year."""
    before, after = _before(words, index - 1), _after(words, index + 1)
    is_day_and_month = DAY.fullmatch(before) and _is_month(_before(words, index + 1))
    return bool(is_day_and_month or (_is_month(before) and DAY_OR_YEAR.fullmatch(after)))


def _is_month(word: str) -> bool:
    return word in MONTHS or word.rstrip(AFTER_WORD) in MONTHS


def _title(words: Sequence[str], index: int, table: Abbreviations) -> bool:
    title, name = _before(words, index), _before(words, index + 1)
    if title in UNDOTTED_TITLES:
        return name[:1].isupper() and not _follows_address(words, index)
    if "names" not in table.kinds_of(whole_abbreviation(words, index, table)) or _follows_address(words, index):
        return False
    if "names" in table.kinds_of(name) or _is_name(name, table) or LETTER_DOT.fullmatch(name):
        return True
    # A title alone is no sentence: "M. Le Pen".
    is_first = index == 0 or has_end_mark(words[index - 1])
    return is_first and title[:1].isupper() and name[:1].isupper()


def _follows_address(words: Sequence[str], index: int) -> bool:
    """Return whether the word at ``index`` ends an address ("24 Main St.")."""
    return index > 0 and words[index].lower() in STREETS and _address(words, index - 1)


def _abbreviation(words: Sequence[str], index: int, table: Abbreviations) -> bool:
    before, after = _before(words, index), _before(words, index + 1)
    if not before.endswith("."):
        return False
    if LETTER_DOT.fullmatch(before) and LETTER_DOT.fullmatch(after.rstrip(",;:")):
        return True
    if is_inside_abbreviation(words, index, table):
        return True
    if "leading" in table.kinds_of(whole_abbreviation(words, index, table)):
        return True
    return bool(DOTTED_LETTERS.fullmatch(before)) and after[:1].islower()


def _initials(words: Sequence[str], index: int, table: Abbreviations) -> bool:
    before, after = _before(words, index), _before(words, index + 1)
    if INITIAL.fullmatch(before):
        return _is_name(after, table) and _may_precede_initial(words, index - 1)
    is_first_name = _is_name(before, table) and before[-1] not in END_MARKS
    return is_first_name and bool(INITIAL.fullmatch(after)) and _initials(words, index + 1, table)


def _may_precede_initial(words: Sequence[str], index: int) -> bool:
    word = _before(words, index)
    if not word or INITIAL.fullmatch(word) or word[-1] in END_MARKS + CLAUSE_MARKS:
        return True
    return word[:1].isupper() and word.lower() not in LETTERED


def _is_name(word: str, table: Abbreviations) -> bool:
    """Return whether ``word`` may be a name: with a capital letter, if its script has them."""
    return word[:1].isalpha() and not word[:1].islower() and not table.is_starter(_bare(word))


def _bare(word: str) -> str:
    return word.rstrip(AFTER_WORD)


def _suffix(words: Sequence[str], index: int) -> bool:
    before, after = words[index], words[index + 1].rstrip(",;:!?…")
    return after.lower() in NAME_SUFFIXES and before[-1:] not in tuple(END_MARKS)


def _address(words: Sequence[str], index: int) -> bool:
    """Return whether the word at ``index`` is in an address before its last word ("24 Linden Ave.")."""
    start = index
    while start > 0 and index - start < ADDRESS_WORDS and not words[start][:1].isdigit():
        start -= 1
    if not re.fullmatch(r"\d{1,5}[A-Za-z]?", _before(words, start)):
        return False
    for end in range(start + 1, min(len(words), start + ADDRESS_WORDS + 2)):
        if end > start + 1 and _before(words, end).rstrip(",;:!?)").lower() in STREETS:
            return start <= index < end
        if not words[end][:1].isupper() or not words[end].isalpha():
            return False
    return False


def _spaced_mark(words: Sequence[str], index: int) -> bool:
    before, after = words[index], words[index + 1]
    return before in ("«", "&") or (set(after) <= SPACED_MARKS and not set(before) <= SPACED_MARKS)


RULES: dict[str, Callable[[Sequence[str], int], bool]] = {
    "unit": _unit,
    "currency": _currency,
    "digits": _digits,
    "phone": _phone,
    "range": _range,
    "date": _date,
    "suffix": _suffix,
    "address": _address,
    "mark": _spaced_mark,
}
# Rules that depend on the language.
TABLE_RULES: dict[str, Callable[[Sequence[str], int, Abbreviations], bool]] = {
    "item": _item,
    "numbered": _numbered,
    "ordinal": _ordinal,
    "initials": _initials,
    "title": _title,
    "abbreviation": _abbreviation,
}
