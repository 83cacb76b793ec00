"""A figure: a measured value and the bound that it has to keep."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """``hold`` is the bound, ``None`` for a figure without one. It is an upper bound unless ``at_least`` is set."""

    name: str
    value: float
    unit: str = ""
    hold: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def held(self) -> bool | None:
        """Whether the value keeps the bound; ``None`` without a bound."""
        if self.hold is None:
            return None
        return self.value >= self.hold if self.at_least else self.value <= self.hold

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "held": self.held}


@dataclass(frozen=True, slots=True)
class SectionError:
    """A section that could not be measured, and the reason."""

    section: str
    reason: str


def table(figures: Iterable[Figure], errors: Iterable[SectionError]) -> Table:
    rows = Table(title="Figures of this run", title_justify="left")
    for column in ("", "figure", "measured", "bound", "note"):
        rows.add_column(column, justify="right" if column in ("measured", "bound") else "left")
    for figure in figures:
        rows.add_row(_mark(figure.held), figure.name, _number(figure.value, figure.unit), _bound(figure), figure.note)
    for error in errors:
        rows.add_row("[red]✗", error.section, "–", "", error.reason)
    return rows


def _mark(held: bool | None) -> str:
    return "" if held is None else "[green]✓" if held else "[red]✗"


def _bound(figure: Figure) -> str:
    if figure.hold is None:
        return ""
    return f"{'≥' if figure.at_least else '≤'} {_number(figure.hold, figure.unit)}"


def _number(value: float, unit: str) -> str:
    return f"{value:.4g} {unit}".rstrip()
