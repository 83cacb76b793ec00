"""The words of a language for amounts: units, currencies, magnitudes and connecting words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field

from app.planning.text.spoken_forms.numbers import Number


@dataclass(frozen=True, slots=True)
class Unit:
    """The names of one and of several; ``one`` is the numeral of one where it depends on the gender of the unit."""

    singular: str
    plural: str
    one: str = ""


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency and its hundredth part; ``cent`` is ``None`` if its decimals are not read as such."""

    unit: Unit
    cent: Unit | None = None


def _unit_alone(_magnitude: str, unit: str) -> str:
    return unit


def _never(_before: str, _after: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the rules of amounts need to know of a language.

    ``number`` says a number; ``plain`` says a run of digits alone, given the text before and after it. ``cents`` says
    the hundredths after the name of the currency. ``after_magnitude`` is the form of a unit after the name of a
    magnitude ("millions", "d'euros"). ``half`` says one half of a unit, without the unit ("half a"). ``is_adjective``
    decides from the text before and after an amount whether it describes a noun ("a 5 kg bag"), so that its unit is in
    the singular.

    Units, currencies and magnitudes are keyed by their written form without dots, and are matched with or without them.
    Those in ``suffix_currencies`` are never written before a number. ``unit_patterns`` and ``magnitude_patterns``
    replace the pattern of a key that is a unit in some places only.
    """

    decimal_mark: str
    space_groups: str
    number: Callable[[Number], str]
    plain: Callable[[str, str, str], str]
    cents: Callable[[int, Unit], str]
    units: Mapping[str, Unit]
    currencies: Mapping[str, Currency]
    magnitudes: Mapping[str, Unit]
    signs: Mapping[str, str]
    to: str
    by: str
    times: str
    per: str
    plus: str
    suffix_currencies: Set[str] = frozenset()
    per_units: Mapping[str, str] = field(default_factory=dict)
    unit_patterns: Mapping[str, str] = field(default_factory=dict)
    magnitude_patterns: Mapping[str, str] = field(default_factory=dict)
    after_magnitude: Callable[[str, str], str] = _unit_alone
    half: Callable[[Unit], str] | None = None
    is_adjective: Callable[[str, str], bool] = _never
    is_singular: Callable[[Number], bool] = lambda number: number.is_one
