"""Commands about money: what was spent, the orders of a job, and what became of an order that is unknown."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import click
from rich.console import Console
from rich.table import Table

from app.cli import shared_options as shared
from app.cli.local_url import local_url
from app.client import Client
from app.core.config import settings
from app.core.errors import BadRequest
from schemas.money import ZERO, parse_usd, shown_usd

Plain = dict[str, Any]
AGO = re.compile(r"([1-9][0-9]{0,4})d")
GROUPS = {"day": "day", "engine": "engine", "job": "job_id"}
LIMIT_NAMES = {"server": "this server, today", "key": "key {}, today", "job": "budget of {}"}


class MoneyClient(Client):
    """A client with the calls about money."""

    def spend(self, query: Plain) -> Plain:
        return self._ask_again("GET", "/api/v2/spend", params=query)

    def orders(self, job_id: str) -> list[Plain]:
        return list(self._ask_again("GET", f"{_path(job_id)}/orders")["orders"])

    def resolve(self, job_id: str, scene_id: int, statement: Plain) -> Plain:
        """State what became of an order. It is not sent again after a broken connection, as it may have been taken."""
        return dict(self._ask("POST", f"{_path(job_id)}/scenes/{scene_id}/resolve", json=statement).json())


def _path(job_id: str) -> str:
    return f"/api/v2/jobs/{quote(job_id, safe='')}"


# -- spend -----------------------------------------------------------------------------------------------------------


@click.command()
@click.option("--since", metavar="7d|DATE", help="The first day, or how many days ago it is; 30 days by default.")
@click.option("--until", metavar="DATE", help="The last day (UTC), included.")
@click.option("--by", type=click.Choice(list(GROUPS)), default="day", help="What the lines are for.")
@click.option("--job", "job_id", metavar="JOB", help="Only the orders of this job.")
@click.option("--json", "as_json", is_flag=True, help="Print the server's reply as JSON.")
@shared.url
def spend(by: str, as_json: bool, url: str | None, **chosen: str | None) -> None:
    """Show what was spent at providers, and what is left of the limits of today."""
    days = {name: _day(f"--{name}", chosen[name]) for name in ("since", "until")}
    query = {name: day.isoformat() for name, day in days.items() if day}
    query |= {"job_id": chosen["job_id"]} if chosen["job_id"] else {}
    reply = MoneyClient(url or local_url(settings())).spend(query)
    if as_json:
        click.echo(json.dumps(reply, ensure_ascii=False, indent=1))
        return
    console = Console()
    console.print(_spend_table(reply, by) if reply["entries"] else "Nothing was ordered in this time.")
    console.print(_limit_table(reply["limits"]))


def _day(option: str, text: str | None) -> date | None:
    """Return a day of an option: a date, or "7d" for a week ago (UTC)."""
    if text is None:
        return None
    if ago := AGO.fullmatch(text):
        return datetime.now(UTC).date() - timedelta(days=int(ago[1]))
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadRequest(option, f"{text} is not a day such as 2026-01-31, nor a number of days such as 7d") from None


def _spend_table(reply: Plain, by: str) -> Table:
    table = _table(by, "orders", "spent", "reserved")
    for name, entries in _grouped(reply["entries"], GROUPS[by]).items():
        table.add_row(name, *_sums(entries))
    table.add_section()
    table.add_row("total", *_sums(reply["entries"]), style="bold")
    return table


def _grouped(entries: Sequence[Plain], field: str) -> dict[str, list[Plain]]:
    groups: dict[str, list[Plain]] = {}
    for entry in entries:
        groups.setdefault(str(entry[field]), []).append(entry)
    return groups


def _sums(entries: Sequence[Plain]) -> tuple[str, str, str]:
    orders = sum(int(entry["orders"]) for entry in entries)
    spent, held = (_usd(sum((parse_usd(entry[name]) for entry in entries), ZERO)) for name in ("spent_usd", "held_usd"))
    return str(orders), spent, held


def _limit_table(limits: Sequence[Plain]) -> Table:
    table = _table("limit", "of", "used", "left")
    for limit in limits:
        name = LIMIT_NAMES[limit["kind"]].format(limit["name"])
        table.add_row(name, _usd(limit["limit_usd"], "none"), _usd(limit["used_usd"]), _usd(limit["left_usd"], "–"))
    return table


# -- orders ----------------------------------------------------------------------------------------------------------


@click.command()
@click.argument("job_id")
@click.option("--json", "as_json", is_flag=True, help="Print the orders as JSON.")
@shared.url
def orders(job_id: str, as_json: bool, url: str | None) -> None:
    """List the orders of a job at providers."""
    rows = MoneyClient(url or local_url(settings())).orders(job_id)
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
    elif rows:
        Console().print(_order_table(rows))
    else:
        click.echo(f"{job_id} has ordered nothing.")


def _order_table(rows: Sequence[Plain]) -> Table:
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for heading in ("scene", "engine", "model", "state", "estimate", "cost", "provider's id", "reason"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        scene = "film" if row["scene"] is None else str(row["scene"])
        cells = (scene, row["engine"], row["model"], row["state"])
        money = (_usd(row["estimate_usd"]), _usd(row["cost_usd"], "–"))
        table.add_row(*cells, *money, row["remote_id"] or "–", row["rejected"] or row["reason"])
    return table


# -- resolve ---------------------------------------------------------------------------------------------------------


@click.command()
@click.argument("job_id")
@click.argument("scene", type=click.IntRange(0))
@click.option("--accepted", metavar="ID", help="The provider has accepted it; ID is its id in the provider's console.")
@click.option("--not-accepted", is_flag=True, help="It has not: nothing is charged, and the scene may order again.")
@click.option("--give-up", is_flag=True, help="Do not wait: the money stays reserved, the next engine renders.")
@shared.url
def resolve(job_id: str, scene: int, url: str | None, **stated: Any) -> None:
    """State what became of an order of a scene, when it is unknown whether the provider has accepted it."""
    statement = _statement(**stated)
    order = MoneyClient(url or local_url(settings())).resolve(job_id, scene, statement)
    click.echo(f"scene {scene}: the order at {order['engine']} is {order['state']}{_consequence(order)}")


def _statement(accepted: str | None, not_accepted: bool, give_up: bool) -> Plain:
    if sum((accepted is not None, not_accepted, give_up)) != 1:
        raise BadRequest("outcome", "give exactly one of --accepted ID, --not-accepted and --give-up")
    if accepted is not None:
        return {"outcome": "accepted", "remote_id": accepted}
    return {"outcome": "not_accepted" if not_accepted else "give_up"}


def _consequence(order: Plain) -> str:
    if order["state"] == "submitted":
        return "; its clip is fetched when it is finished"
    if order["state"] == "cancelled":
        return "; nothing is charged"
    if order["cost_usd"] is None:
        return f"; {_usd(order['estimate_usd'])} stay reserved"
    return f"; {_usd(order['cost_usd'])} count as spent"


# -- amounts ---------------------------------------------------------------------------------------------------------


def _usd(amount: Decimal | float | None, missing: str = "") -> str:
    return missing if amount is None else shown_usd(parse_usd(amount))


def _table(*headings: str) -> Table:
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for index, heading in enumerate(headings):
        table.add_column(heading, justify="right" if index else "left", overflow="fold")
    return table
