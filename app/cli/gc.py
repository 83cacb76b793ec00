"""``pytoon gc``: delete old data now instead of at the next hourly pass."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape

from app.core.config import MiB, settings
from app.core.errors import Conflict, NotFound
from app.core.home import open_home

if TYPE_CHECKING:
    from app.store.retention.report import Report

KINDS = {
    "leftovers": "of killed processes",
    "runs": "of failed runs that were resumed",
    "cancelled": "of cancelled runs",
    "revisions": "of old revisions",
    "cache": "of the cache",
    "assets": "of uploads that no job names",
}


@click.command()
@click.option("--dry-run", is_flag=True, help="Only print what would be deleted.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def gc(dry_run: bool, as_json: bool) -> None:
    """Delete what exceeds the limits and what nothing needs; everything that a kept revision needs stays."""
    home = settings().home.absolute()
    if not home.is_dir():
        raise NotFound("home", str(home))
    open_home(settings())
    from app.database.session import is_current
    from app.store.retention.sweep import delete_old_data

    if not is_current():
        raise Conflict("database", "of this home", "has tables of another version; `pytoon serve` migrates it")
    report = delete_old_data(dry_run)
    if as_json:
        click.echo(json.dumps(report.as_dict(), ensure_ascii=False, indent=1))
    else:
        show(report)


def show(report: Report) -> None:
    console = Console()
    verb = "would be deleted" if report.dry_run else "deleted"
    for kind, removed in report.removed.items():
        files = "1 file" if removed.files == 1 else f"{removed.files} files"
        console.print(f"{verb}: {files} {KINDS[kind]}, {mib(removed.bytes)}")
    console.print(f"{mib(report.before_bytes)} before, {mib(report.after_bytes)} after", style="bold")
    limit = settings().cache_mb * MiB
    if limit and report.cache_bytes > limit:
        console.print(f"The cache still exceeds its limit: revisions need {mib(report.needed_bytes)} of it.")
    for key in report.broken:
        console.print(f"[yellow]cannot be read:[/] {escape(key)}")


def mib(count: int) -> str:
    return f"{count / MiB:,.1f} MiB"
