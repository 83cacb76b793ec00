"""Words that no line, caption, scene or sentence may part.

The units of a text are its words, each with the space that is written after it. ``bonds`` says for each unit whether it
stays with the next one and why; everything that breaks text asks it.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.planning.text.abbreviations import abbreviations_of
from app.planning.text.bond_rules import bond
from app.planning.text.items import item_starts
from schemas.text_width import width

# A longer run is not one expression ("100 200 300 …") and may be parted.
MAX_RUN_COLUMNS = 40


def bonds(units: Sequence[str], max_columns: int = MAX_RUN_COLUMNS, language: str | None = None) -> tuple[str, ...]:
    """Return for each unit why it stays with the next one, such as "unit" or "date"; "" if the two may be parted.

    A run of bound units is at most ``max_columns`` wide: it is parted where it would become wider.
    """
    words = [unit.strip() for unit in units]
    table, items = abbreviations_of(language), item_starts(words)
    result: list[str] = []
    columns = width(words[0]) if words else 0
    for index, unit in enumerate(units):
        has_next = index + 1 < len(units)
        reason = bond(words, index, table, is_tight=not unit.endswith(" ")) if has_next else ""
        reason = "" if index + 1 in items else "item" if index in items else reason
        next_columns = width(words[index + 1]) if has_next else 0
        columns += next_columns + unit.endswith(" ")
        if not reason or columns > max_columns:
            reason, columns = "", next_columns
        result.append(reason)
    return tuple(result)


def bound_runs(units: Sequence[str], language: str | None = None) -> list[str]:
    """Return ``units`` with those joined that stay together."""
    runs: list[str] = []
    is_bound = False
    for unit, reason in zip(units, bonds(units, language=language), strict=True):
        runs[-1:] = [runs[-1] + unit] if is_bound else [*runs[-1:], unit]
        is_bound = bool(reason)
    return runs
