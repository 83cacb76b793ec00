"""A figure: what was measured, beside what it is held to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """``hold`` is the bound (``None``: measured for its own sake); ``at_least`` turns it round."""

    name: str
    value: float
    unit: str = ""
    hold: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def held(self) -> bool | None:
        if self.hold is None:
            return None
        return self.value >= self.hold if self.at_least else self.value <= self.hold

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "held": self.held}


@dataclass(frozen=True, slots=True)
class Broken:
    """A section that could not be measured, and why."""

    section: str
    reason: str


def table(figures: Iterable[Figure], broken: Iterable[Broken]) -> Table:
    shown = Table(title="Figures of this run", title_justify="left")
    for column in ("", "figure", "measured", "to hold", "note"):
        shown.add_column(column, justify="right" if column in ("measured", "to hold") else "left")
    for figure in figures:
        shown.add_row(_mark(figure.held), figure.name, _number(figure.value, figure.unit), _bound(figure), figure.note)
    for section in broken:
        shown.add_row("[red]✗", section.section, "–", "", section.reason)
    return shown


def _mark(held: bool | None) -> str:
    return "" if held is None else "[green]✓" if held else "[red]✗"


def _bound(figure: Figure) -> str:
    if figure.hold is None:
        return ""
    return f"{'≥' if figure.at_least else '≤'} {_number(figure.hold, figure.unit)}"


def _number(value: float, unit: str) -> str:
    return f"{value:.4g} {unit}".rstrip()
