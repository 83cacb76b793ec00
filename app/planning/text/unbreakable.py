"""Words that no line, caption, scene or sentence may part.

The units of a text are its words, each with the space that is written after it. ``bonds`` says for each unit whether it
stays with the next one and why; everything that breaks text asks it.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.planning.text.bond_rules import bond
from schemas.text_width import width

# A longer run is not one expression ("100 200 300 …") and may be parted.
MAX_RUN_COLUMNS = 40


def bonds(units: Sequence[str], max_columns: int = MAX_RUN_COLUMNS) -> tuple[str, ...]:
    """Return for each unit why it stays with the next one, such as "unit" or "date"; "" if the two may be parted.

    A run of bound units is at most ``max_columns`` wide: it is parted where it would become wider.
    """
    words = [unit.strip() for unit in units]
    result: list[str] = []
    columns = width(words[0]) if words else 0
    for index, unit in enumerate(units):
        reason = bond(words, index, is_tight=not unit.endswith(" ")) if index + 1 < len(units) else ""
        next_columns = width(words[index + 1]) if index + 1 < len(units) else 0
        columns += next_columns + unit.endswith(" ")
        if not reason or columns > max_columns:
            reason, columns = "", next_columns
        result.append(reason)
    return tuple(result)


def bound_runs(units: Sequence[str]) -> list[str]:
    """Return ``units`` with those joined that stay together."""
    runs: list[str] = []
    is_bound = False
    for unit, reason in zip(units, bonds(units), strict=True):
        runs[-1:] = [runs[-1] + unit] if is_bound else [*runs[-1:], unit]
        is_bound = bool(reason)
    return runs
