"""``pytoon keys``: the API keys of the server on this machine, in its database."""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stdout
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table

from app.core.config import settings
from app.core.errors import BadRequest
from app.core.home import open_home
from schemas.money import json_usd, parse_usd, shown_usd

if TYPE_CHECKING:
    from app.accounts.owners import ApiKey

NO_LIMIT = "none"
# The amount in the database is a whole number of millionths with 64 bits.
MAX_USD = 1_000_000
LIMIT_HELP = "What its films may spend at providers in a day (UTC)."


@click.group()
def keys() -> None:
    """Add, list, limit and revoke API keys. As soon as one is active, every request needs one."""
    # Imported here, because other commands do without the database.
    from app.database.session import migrate

    with redirect_stdout(sys.stderr):  # log lines: standard output is for the token
        open_home(settings())
        migrate()


@keys.command()
@click.argument("name")
@click.option("--daily-usd", metavar="USD|none", help=LIMIT_HELP)
def add(name: str, daily_usd: str | None) -> None:
    """Make a key and print it. It is shown once and cannot be read again."""
    from app.accounts import owners

    _, token = owners.add(name, _amount(daily_usd))
    click.echo(f"The key of {name}, which is shown only now; send it as `Authorization: Bearer …`:", err=True)
    click.echo(token)


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the keys as JSON.")
def list_(as_json: bool) -> None:
    """List all keys, without their tokens."""
    from app.accounts import owners

    rows = owners.list_keys()
    if as_json:
        click.echo(json.dumps([_plain(key) for key in rows], ensure_ascii=False, indent=1))
    elif rows:
        Console().print(_table(rows))
    else:
        click.echo("There is no key: the API needs none.")


@keys.command()
@click.argument("name")
def revoke(name: str) -> None:
    """End a key. Requests with it are refused within five seconds; its jobs go on."""
    from app.accounts import owners

    owners.revoke(name)
    click.echo(f"{name} is revoked.")


@keys.command()
@click.argument("name")
@click.option("--daily-usd", required=True, metavar="USD|none", help=LIMIT_HELP)
def limit(name: str, daily_usd: str) -> None:
    """Change what the films of a key may spend at providers in a day."""
    from app.accounts import owners

    amount = _amount(daily_usd)
    owners.limit(name, amount)
    click.echo(f"{name}: {_limit_words(amount)}")


def _amount(text: str | None) -> Decimal | None:
    """Return an amount of an option; ``None`` for no limit. Raises ``BadRequest``."""
    if text is None or text.strip().lower() == NO_LIMIT:
        return None
    try:
        amount = parse_usd(text.strip().removeprefix("$"))
    except ValueError:
        raise BadRequest("--daily-usd", f"{text} is not an amount in US dollars, nor none") from None
    if not 0 <= amount <= MAX_USD:
        raise BadRequest("--daily-usd", f"must be from 0 to {MAX_USD:,}")
    return amount


def _limit_words(amount: Decimal | None) -> str:
    return "no daily limit" if amount is None else f"{shown_usd(amount)} a day"


def _plain(key: ApiKey) -> dict[str, Any]:
    times = {name: getattr(key, name) for name in ("created_at", "revoked_at", "last_used_at")}
    return {
        "id": key.id,
        "name": key.name,
        "daily_usd": None if key.daily_usd is None else json_usd(key.daily_usd),
        **{name: time.isoformat() if time else None for name, time in times.items()},
    }


def _table(rows: tuple[ApiKey, ...]) -> Table:
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for heading in ("name", "state", "limit", "added", "last used"):
        table.add_column(heading)
    for key in rows:
        state = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else "active"
        used = f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never"
        table.add_row(key.name, state, _limit_words(key.daily_usd), f"{key.created_at:%Y-%m-%d}", used)
    return table
