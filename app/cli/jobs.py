"""Commands about one job that is there already: look at it, end it, go on with it."""

from __future__ import annotations

import json

import click
from rich.console import Console

from app.cli.create import local_url, report, wait_and_report
from app.cli.progress import picture, state_words
from app.client import Client
from app.core.config import settings


@click.command()
@click.argument("job_id")
@click.option("--json", "as_json", is_flag=True, help="The job as JSON on standard output.")
@click.option("--url", help="The server; the one on this machine unless given.")
@click.pass_context
def status(ctx: click.Context, job_id: str, as_json: bool, url: str | None) -> None:
    """How a job stands. The exit code is 1 when it has failed."""
    job = Client(url or local_url(settings())).job(job_id)
    if as_json:
        click.echo(json.dumps(job, ensure_ascii=False, indent=1))
    else:
        console = Console()
        console.print(picture(job))
        report(console, job)
    ctx.exit(1 if job["state"] == "FAILED" else 0)


@click.command()
@click.argument("job_id")
@click.option("--url", help="The server; the one on this machine unless given.")
def cancel(job_id: str, url: str | None) -> None:
    """End a job for good."""
    job = Client(url or local_url(settings())).cancel(job_id)
    click.echo(f"{job_id}: {state_words(job)}")


@click.command()
@click.argument("job_id")
@click.option("--wait/--no-wait", default=True, help="Wait for the film, or only send the job.")
@click.option("--url", help="The server; the one on this machine unless given.")
@click.pass_context
def resume(ctx: click.Context, job_id: str, wait: bool, url: str | None) -> None:
    """Go on with a job that has failed."""
    client = Client(url or local_url(settings()))
    client.resume(job_id)
    _see(ctx, client, job_id, wait)


@click.command()
@click.argument("job_id")
@click.option("--wait/--no-wait", default=True, help="Wait for the film, or only send the job.")
@click.option("--url", help="The server; the one on this machine unless given.")
@click.pass_context
def approve(ctx: click.Context, job_id: str, wait: bool, url: str | None) -> None:
    """Let a job go on that waits for review."""
    client = Client(url or local_url(settings()))
    client.approve(job_id)
    _see(ctx, client, job_id, wait)


@click.command()
@click.argument("job_id")
@click.option("--reason", default="", help="Kept with the job.")
@click.option("--url", help="The server; the one on this machine unless given.")
def reject(job_id: str, reason: str, url: str | None) -> None:
    """End a job that waits for review."""
    job = Client(url or local_url(settings())).reject(job_id, reason)
    click.echo(f"{job_id}: {state_words(job)}")


@click.command()
@click.argument("job_id")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON for each.")
@click.option("--url", help="The server; the one on this machine unless given.")
def events(job_id: str, as_json: bool, url: str | None) -> None:
    """What has happened to a job, in order."""
    client, last = Client(url or local_url(settings())), 0
    while found := client.events(job_id, last)["events"]:
        last = found[-1]["number"]
        for event in found:
            facts = " ".join(f"{name}={fact}" for name, fact in event["data"].items())
            click.echo(json.dumps(event, ensure_ascii=False) if as_json else f"{event['at']}  {event['kind']}  {facts}")


def _see(ctx: click.Context, client: Client, job_id: str, wait: bool) -> None:
    if wait:
        ctx.exit(0 if wait_and_report(client, Console(), job_id, None) else 1)
    click.echo(f"sent: {job_id}. See how it goes by `pytoon status {job_id}`.")
