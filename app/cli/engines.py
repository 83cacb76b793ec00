"""``pytoon engines``: what can make the clips of scenes, for how much, and whether it is available."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from math import ceil
from typing import Any
from urllib.parse import quote

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.cli import shared_options as shared
from app.cli.local_url import local_url
from app.client import Client
from app.core.config import settings
from schemas.engine import EngineModel, EngineModelSchema, Price
from schemas.money import parse_usd, shown_usd

Plain = dict[str, Any]
# More lengths than these are shown as a range.
MOST_LENGTHS = 4


class EngineClient(Client):
    """A client with the calls about engines."""

    def engines(self) -> Plain:
        return self._ask_again("GET", "/api/v2/engines")

    def engine(self, name: str) -> Plain:
        return self._ask_again("GET", f"/api/v2/engines/{quote(name, safe='')}")


@click.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the server's reply as JSON.")
@shared.url
def engines(name: str | None, as_json: bool, url: str | None) -> None:
    """List the engines of the server, or the models and prices of one."""
    client = EngineClient(url or local_url(settings()))
    reply = client.engine(name) if name else client.engines()
    if as_json:
        click.echo(json.dumps(reply, ensure_ascii=False, indent=1))
    elif name:
        _print_engine(Console(), reply)
    else:
        _print_engines(Console(), reply["engines"])


def _print_engines(console: Console, rows: Sequence[Plain]) -> None:
    table = _table("engine", "state", "from", "models", "price", "in flight", "spent today", "reserved")
    for row in rows:
        models, orders = _models(row), row["orders"]
        cells = (row["name"], _state(row), _media(row), str(len(models) or ""), _prices_of(models))
        money = (_amount(orders["spent_today_usd"]), _amount(orders["held_today_usd"]))
        table.add_row(*map(Text, (*cells, str(orders["in_flight"] or ""), *money)))
    console.print(table)
    if not any(row["configured"] for row in rows):
        console.print("No worker has said which engines it has; start one with `pytoon serve`.", highlight=False)


def _print_engine(console: Console, row: Plain) -> None:
    console.print(f"{row['name']}: {_state(row)}{_about(row)}", markup=False, highlight=False)
    if models := _models(row):
        table = _table("model", "from", "seconds", "aspects", "resolutions", "prices")
        for model in models:
            prices = _prices(model) or ("not known" if row["costs_money"] else "free")
            table.add_row(*map(Text, (model.name, _sources(model), *_formats(model), prices)))
        console.print(table)


# -- words -----------------------------------------------------------------------------------------------------------


def _state(row: Plain) -> str:
    """Return "ready", or why nothing is ordered from the engine."""
    if not row["configured"]:
        return f"not available: {row['reason']}"
    breaker, unknown = row["breaker"], row["orders"]["ambiguous"]
    words = f"; {unknown} orders with an unknown outcome" if unknown else ""
    if breaker["state"] == "open":
        return f"no orders for {ceil(breaker['trial_in_s'])} s: {breaker['reason']}{words}"
    if breaker["pause_s"]:
        return f"paused for {ceil(breaker['pause_s'])} s: {breaker['reason']}{words}"
    if breaker["state"] == "half-open":
        return f"the next order is a trial: {breaker['reason']}{words}"
    return f"ready{words}"


def _about(row: Plain) -> str:
    facts = {
        "generates": "invents pixels",
        "needs_network": "needs the network",
        "costs_money": "costs money",
        "only_named": "is used only if a scene or a request names it",
    }
    return "".join(f"; {words}" for name, words in facts.items() if row[name])


def _media(row: Plain) -> str:
    return ", ".join(row["media"])


def _models(row: Plain) -> tuple[EngineModel, ...]:
    return tuple(EngineModelSchema.read(model) for model in row["models"])


def _sources(model: EngineModel) -> str:
    kinds = (model.from_text and "text", model.from_image and "image", model.takes_last_image and "last image")
    return ", ".join(kind for kind in kinds if kind)


def _formats(model: EngineModel) -> tuple[str, str, str]:
    return _lengths(model.seconds), ", ".join(model.aspects) or "any", ", ".join(model.resolutions) or "any"


def _lengths(seconds: Sequence[int]) -> str:
    if len(seconds) > MOST_LENGTHS and list(seconds) == list(range(seconds[0], seconds[-1] + 1)):
        return f"{seconds[0]} to {seconds[-1]}"
    return ", ".join(map(str, seconds)) or "any"


# -- prices ----------------------------------------------------------------------------------------------------------


def _prices_of(models: Iterable[EngineModel]) -> str:
    """Return the range of the prices of all models: for each second, then for each clip."""
    prices = [price for model in models for price in model.prices]
    ranges = ((unit, [price for price in prices if price.per == unit]) for unit in ("second", "clip"))
    return "\n".join(_range(of_unit, unit) for unit, of_unit in ranges if of_unit)


def _range(prices: Sequence[Price], unit: str) -> str:
    least, most = min(price.usd for price in prices), max(price.max_usd or price.usd for price in prices)
    words = shown_usd(least) if least == most else f"{shown_usd(least)} to {shown_usd(most)}"
    return f"{words} a {unit}"


def _prices(model: EngineModel) -> str:
    """Return a line for each price, with its source once after the lines that have it."""
    lines: list[str] = []
    for source in dict.fromkeys(price.source for price in model.prices):
        of_source = [price for price in model.prices if price.source == source]
        lines += [_price(price) for price in of_source] + ([f"({source})"] if source else [])
    return "\n".join(lines)


def _price(price: Price) -> str:
    limits = (f"{price.seconds} s" if price.seconds else "", price.resolution or "")
    valid_for = " ".join(limit for limit in limits if limit)
    return f"{_range([price], price.per)}{f', {valid_for}' if valid_for else ''}"


def _amount(usd: float) -> str:
    return shown_usd(parse_usd(usd)) if usd else ""


def _table(*headings: str) -> Table:
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table
