"""Rules that German, French and Spanish share, from the words of each language."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from app.planning.text.spoken_forms.amount_patterns import ABBREVIATION_DOT
from app.planning.text.spoken_forms.amounts import amount_rules
from app.planning.text.spoken_forms.european.addresses import address_rules
from app.planning.text.spoken_forms.phrases import (
    CLAIMED,
    GAP,
    Rule,
    Said,
    Saying,
    alternatives,
    said_as,
    text_before,
)
from app.planning.text.spoken_forms.roman import ROMAN, is_clear, roman_value, word_before
from app.planning.text.spoken_forms.vocabulary import Vocabulary

# Groups of capitals up to this length are spelled in a code: "CO2".
_CODE = r"(?<!\w)(?P<letters>[A-Z]{1,3})(?P<number>\d+|[₀-₉]+)(?P<rest>[A-Z]{0,3})(?!\w)"
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_FOLLOWED_DOT = rf"(?:\.(?={GAP}+\S|[,;:)]))?"
_LETTER = "A-Za-zÀ-ÿ"


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a language besides those of its amounts.

    ``before_numbers`` and ``before_names`` are abbreviations, without their last dot, that stand before a number or a
    name; ``inside`` and those never end a sentence, except at the end of a line. The dot of abbreviations in
    ``anywhere`` stays at the end of a sentence, which a capital letter follows. ``signs`` are signs that stand alone.
    ``ratio`` says the colon of "3:1", ``out_of`` the slash of "4,5/5". ``date`` says a day and a month; ``dates`` is
    the pattern of a date. ``months`` are the months by their abbreviations and ``numbered`` the words before a Roman
    numeral, ``address_marks`` the names of the marks in an address, and ``roman`` says a Roman numeral after a word, or
    ``None`` if it is none.
    """

    before_numbers: Mapping[str, str]
    before_names: Mapping[str, str]
    inside: Mapping[str, str]
    anywhere: Mapping[str, str]
    signs: Mapping[str, str]
    version: str
    point: str
    ratio: str
    out_of: str
    date: Callable[[int, int, str], str]
    dates: str
    address_marks: Mapping[str, str]
    months: Mapping[str, int]
    month_names: Sequence[str]
    numbered: Set[str]
    roman: Callable[[str, int], str | None]
    undotted: Iterable[str] = field(default=())
    weekdays: Mapping[str, str] = field(default_factory=dict)


def european_rules(vocabulary: Vocabulary, words: Words) -> tuple[Rule, ...]:
    """Return the rules of a language, in the order in which they apply, without those of its ordinals."""
    return (
        *address_rules(words.address_marks),
        Rule(re.compile(r"(?<![\w-])(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)(?!\d|-\d)"), _date(words)),
        Rule(re.compile(words.dates), _date(words)),
        Rule(
            re.compile(
                rf"(?:(?<=\d[ ])|(?<=\d\.[ ])|(?<=\d[ ]de[ ])|(?<={CLAIMED}[ ]))(?P<key>{alternatives(words.months)})"
                rf"\.(?={GAP}+\S|[,;:)]|$)"
            ),
            _month(words),
        ),
        Rule(re.compile(rf"{ROMAN}(?:\.(?={GAP}+[a-zß-ÿ]))?"), _roman(words)),
        Rule(re.compile(r"(?<![\w.,])[vV](?P<numbers>\d+(?:\.\d+)*)(?![\w]|[.,]\d)"), _version(words)),
        Rule(re.compile(r"(?<=(?<!\d)24)/(?=7(?!\d))"), said_as("")),
        Rule(re.compile(r"(?<=[.,]\d)/(?=(?:5|10)(?!\d))"), said_as(words.out_of)),
        Rule(re.compile(r"(?<=\d)\+(?=\d)"), said_as(vocabulary.plus)),
        Rule(re.compile(r"(?<=\d)=(?=\d)"), said_as(words.signs["="])),
        Rule(re.compile(rf"(?<![\w.,:])(?P<clock>\d\d?:[0-5]\d)(?:{GAP}?h(?!\w))?(?![\w:])"), _clock),
        Rule(re.compile(r"(?<=\d):(?=\d)"), said_as(words.ratio)),
        *_weekdays(words.weekdays, vocabulary.to),
        *amount_rules(vocabulary),
        Rule(re.compile(_CODE), _code),
        *_abbreviations(words),
        Rule(re.compile(rf"(?<={CLAIMED})[-–](?={CLAIMED})"), said_as(vocabulary.to)),
        Rule(re.compile(rf"(?<={CLAIMED})/(?={CLAIMED}|\d)"), said_as(vocabulary.per)),
        Rule(re.compile(rf"(?<!\S)(?P<key>{alternatives(words.signs)})(?!\S)"), _table(words.signs)),
    )


def _abbreviations(words: Words) -> Iterable[Rule]:
    numbers, titles = alternatives(words.before_numbers), alternatives(words.before_names)
    undotted = alternatives(words.undotted) or "(?!)"
    start = rf"(?<![\w.{_LETTER}])"
    yield Rule(
        re.compile(rf"{start}(?P<key>{numbers})(?:\.|(?<=[°ºª№#§])){GAP}?(?=[\d{CLAIMED}])"),
        _table(words.before_numbers),
    )
    yield Rule(
        re.compile(
            rf"{start}(?P<key>(?:{titles})(?=\.)|(?:{undotted})(?={GAP}))\.?(?={GAP}+(?:(?:et|und|y){GAP})?[A-ZÀ-Þ])"
        ),
        _table(words.before_names),
    )
    for names, dot in ((words.inside, _FOLLOWED_DOT), (words.anywhere, ABBREVIATION_DOT)):
        yield Rule(re.compile(rf"{start}(?P<key>{_spaced(names)})(?=\.){dot}"), _spaced_table(names))


def _weekdays(names: Mapping[str, str], to: str) -> Iterable[Rule]:
    """Yield the rule of "Mo.–Fr.", whose parts are abbreviations only beside a dash."""
    if names:
        day = alternatives(names)
        pattern = rf"(?<!\w)(?P<first>{day})\.?(?P<dash>{GAP}?[-–]{GAP}?)(?P<last>{day})(?!\w)\.?"
        yield Rule(
            re.compile(pattern),
            lambda match: [
                Said(names[match["first"]], match.start()),
                Said(to, match.start("dash")),
                Said(names[match["last"]], match.start("last")),
            ],
        )


def _clock(match: re.Match[str]) -> Sequence[Said]:
    """Leave a time of day, which voices read, without the "h" after it."""
    return [Said(match["clock"], match.start())]


def _spaced(keys: Iterable[str]) -> str:
    """Return a pattern of abbreviations with or without spaces between their parts: "z. B." and "z.B."."""
    patterns = [re.escape(key).replace(r"\ ", f"{GAP}?") for key in sorted(keys, key=lambda key: (-len(key), key))]
    return "|".join(patterns)


def _spaced_table(names: Mapping[str, str]) -> Saying:
    by_letters = {re.sub(r"\s", "", key): name for key, name in names.items()}
    return lambda match: [Said(by_letters[re.sub(r"\s", "", match["key"])], match.start())]


def _table(names: Mapping[str, str]) -> Saying:
    return lambda match: [Said(names[match["key"]], match.start())]


def _date(words: Words) -> Saying:
    def say(match: re.Match[str]) -> Sequence[Said] | None:
        day, month = int(match["day"]), int(match["month"])
        if not (1 <= month <= 12 and 1 <= day <= 31):
            return None
        return [
            Said(words.date(day, month, text_before(match)), match.start()),
            Said(match["year"], match.start("year")),
        ]

    return say


def _month(words: Words) -> Saying:
    return lambda match: [Said(words.month_names[words.months[match["key"]] - 1], match.start())]


def _roman(words: Words) -> Saying:
    def say(match: re.Match[str]) -> Sequence[Said] | None:
        label, number = word_before(text_before(match)), roman_value(match["roman"])
        is_known = label.lower() in words.numbered or (
            label[:1].isupper() and (is_clear(match["roman"]) or match[0].endswith("."))
        )
        said = words.roman(label, number) if is_known and number and match["roman"] != "I" else None
        return [Said(said, match.start())] if said else None

    return say


def _version(words: Words) -> Saying:
    def say(match: re.Match[str]) -> Sequence[Said]:
        numbers = match["numbers"].replace(".", f" {words.point} ")
        return [Said(f"{words.version} {numbers}", match.start())]

    return say


def _code(match: re.Match[str]) -> Sequence[Said] | None:
    letters, number, rest = match["letters"], match["number"].translate(_SUBSCRIPTS), match["rest"]
    return [Said(f"{' '.join(letters)} {number} {' '.join(rest)}", match.start())]
