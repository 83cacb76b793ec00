"""Commands about one job that is there already: look at it, end it, go on with it."""

from __future__ import annotations

import json

import click
from rich.console import Console

from app.cli import shared_options as shared
from app.cli.create import report, wait_and_report
from app.cli.local_url import local_url
from app.cli.progress import picture, state_words
from app.client import Client
from app.core.config import settings


@click.command()
@click.argument("job_id")
@click.option("--json", "as_json", is_flag=True, help="The job as JSON on standard output.")
@shared.url
@click.pass_context
def status(ctx: click.Context, job_id: str, as_json: bool, url: str | None) -> None:
    """Show the state of a job. The exit code is 1 when it has failed."""
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
@shared.url
def cancel(job_id: str, url: str | None) -> None:
    """Cancel a job for good."""
    job = Client(url or local_url(settings())).cancel(job_id)
    click.echo(f"{job_id}: {state_words(job)}")


@click.command()
@click.argument("job_id")
@shared.wait
@shared.url
@click.pass_context
def resume(ctx: click.Context, job_id: str, wait: bool, url: str | None) -> None:
    """Resume a failed job; finished steps are not repeated."""
    client = Client(url or local_url(settings()))
    client.resume(job_id)
    _wait_or_exit(ctx, client, job_id, wait)


@click.command()
@click.argument("job_id")
@shared.wait
@shared.url
@click.pass_context
def approve(ctx: click.Context, job_id: str, wait: bool, url: str | None) -> None:
    """Approve the plan of a job that waits for review."""
    client = Client(url or local_url(settings()))
    client.approve(job_id)
    _wait_or_exit(ctx, client, job_id, wait)


@click.command()
@click.argument("job_id")
@click.option("--reason", default="", help="The reason, stored with the job.")
@shared.url
def reject(job_id: str, reason: str, url: str | None) -> None:
    """Reject the plan of a job that waits for review, and end the job."""
    job = Client(url or local_url(settings())).reject(job_id, reason)
    click.echo(f"{job_id}: {state_words(job)}")


@click.command()
@click.argument("job_id")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON for each event.")
@shared.url
def events(job_id: str, as_json: bool, url: str | None) -> None:
    """List what has happened to a job, oldest first."""
    client, last = Client(url or local_url(settings())), 0
    while page := client.events(job_id, last)["events"]:
        last = page[-1]["number"]
        for event in page:
            facts = " ".join(f"{name}={fact}" for name, fact in event["data"].items())
            click.echo(json.dumps(event, ensure_ascii=False) if as_json else f"{event['at']}  {event['kind']}  {facts}")


def _wait_or_exit(ctx: click.Context, client: Client, job_id: str, wait: bool) -> None:
    if wait:
        ctx.exit(0 if wait_and_report(client, Console(), job_id, None) else 1)
    click.echo(f"sent: {job_id}. Watch it by `pytoon status {job_id}`.")
