"""``pytoon estimate``: what a film would cost, before it is made."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.cli import shared_options as shared
from app.cli.film_options import film_options, sent_request
from app.cli.local_url import local_url
from app.cli.request_options import Spreading
from app.client import Client
from app.core.config import settings
from schemas.estimate import Estimate, EstimateSchema, SceneEstimate
from schemas.money import shown_usd


@click.command(cls=Spreading)
@film_options
@click.option("--json", "as_json", is_flag=True, help="Print the estimate as JSON.")
@shared.url
def estimate(as_json: bool, url: str | None, **how: Any) -> None:
    """Show which engine would render each scene of a film, and what that costs. Media are uploaded; no job is made."""
    console = Console(stderr=as_json)
    client = Client(url or local_url(settings()))
    answer = client.estimate(sent_request(client, console, how))
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False, indent=1))
        return
    print_estimate(console, EstimateSchema.read(answer))


def print_estimate(console: Console, film: Estimate) -> None:
    """Print a line for each scene, why engines are not used, and the sum."""
    table = Table("scene", "engine", "clips", "price", "why", box=None, pad_edge=False)
    for scene in film.scenes:
        engine = f"{scene.engine}:{scene.model}" if scene.model else scene.engine
        clips = f"{scene.takes} × {scene.seconds} s" if scene.seconds else ""
        texts = (str(scene.scene), engine, clips, _price(scene.usd, scene.max_usd), _why(scene))
        table.add_row(*map(Text, texts))
    console.print(table)
    limit = "" if film.budget_usd is None else f"; the budget is {shown_usd(film.budget_usd)}"
    console.print(f"the film: {_price(film.usd, film.max_usd)}{limit}", markup=False, highlight=False)


def _price(usd: Decimal, max_usd: Decimal) -> str:
    return shown_usd(usd) if usd == max_usd else f"{shown_usd(usd)} to {shown_usd(max_usd)}"


def _why(scene: SceneEstimate) -> str:
    return "\n".join([scene.why, *(f"not {fallback.engine}: {fallback.reason}" for fallback in scene.rejected)])
